"""The outlines of a city's districts, as paths to draw: of Leipzig, and of every wall somebody gave a map to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise
from pathlib import Path

from wall.model.wall import Wall
from wall.text import fold

LETTER = 19  # units a letter of a label takes, of a map that is 2,000 wide
TIGHT = 52


@dataclass(frozen=True, slots=True)
class District:
    """One outline. `label` is where the name stands, in `lines` if it fits, else in none; in a `tight` one hardly the
    number does."""

    name: str
    path: str
    label: tuple[int, int]
    lines: tuple[str, ...]
    tight: bool


@dataclass(frozen=True, slots=True)
class City:
    """All outlines by their folded names, in a picture of this size."""

    size: tuple[int, int]
    credit: str
    districts: Mapping[str, District]


def city_of(wall: Wall, folder: Path) -> City | None:
    """The map somebody made for this wall in `folder`, else one of ours that has most of its districts."""
    own = folder / f"{wall.slug}.json"
    if own.is_file():
        return _read(own, own.stat().st_mtime_ns)
    names = set(map(fold, wall.districts))
    for city in _ours():
        if len(names & city.districts.keys()) * 2 > len(names):
            return city
    return None


@cache
def _ours() -> tuple[City, ...]:
    folder = files("wall.find") / "outlines"
    return tuple(_city(file.read_text("utf-8")) for file in sorted(folder.iterdir(), key=lambda file: file.name))


@lru_cache(maxsize=64)
def _read(file: Path, changed: int) -> City:
    """Read again when it has changed."""
    return _city(file.read_text("utf-8"))


def _city(text: str) -> City:
    """What `exchange/geojson` made."""
    raw = json.loads(text)
    found = {}
    for district in raw["districts"]:
        x, y, room = district["label"]
        path = "".join(_path(ring, raw["arcs"]) for ring in district["rings"])
        found[fold(district["name"])] = District(
            district["name"], path, (x, y), _lines(district["name"], room), room < TIGHT
        )
    width, height = raw["size"]
    return City((width, height), raw["credit"], found)


def _path(ring: Sequence[int], arcs: Sequence[Sequence[int]]) -> str:
    """A ring as SVG has it: from the first point, step by step."""
    points: list[tuple[int, int]] = []
    for number in ring:
        arc = arcs[number if number >= 0 else ~number]
        line = list(zip(accumulate(arc[::2]), accumulate(arc[1::2]), strict=True))
        points += (line if number >= 0 else line[::-1])[:-1]
    steps = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(points)]
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps)}z".replace(" -", "-")


def _lines(name: str, room: int) -> tuple[str, ...]:
    """The name in one line or two, if it has room within a circle with that radius."""
    head, hyphen, tail = name.rpartition("-")
    for lines in ((name,), (head + hyphen, tail) if head else ()):
        if lines and max(map(len, lines)) * LETTER / 2 < room * (1.25 - 0.2 * len(lines)):
            return lines
    return ()
