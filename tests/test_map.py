"""The map of a wall: outlines that fit together when they are made small, shaded districts, the same as a list."""

import asyncio
import csv
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from typer.testing import CliRunner

from tests.makers import Running, hang, make_settings, make_wall, running
from wall.__main__ import cli
from wall.errors import BadRequest
from wall.exchange.geojson import outlines
from wall.find.cities import city_of
from wall.model.wall import Wall


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """What is drawn comes from the board in memory, whichever database it was read from."""
    return on_sqlite


def square(name: str, x: float, y: float, *more: list[float]) -> dict[str, Any]:
    """A district of a tenth of a degree; `more` are points on its eastern border, from south to north."""
    ring = [[x, y], [x + 0.1, y], *more, [x + 0.1, y + 0.1], [x, y + 0.1], [x, y]]
    return {"properties": {"id": 7, "ot": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def city(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


WAVES = [[12.1 + 0.001 * (n % 2), 51.0 + 0.01 * n] for n in range(1, 10)]
EAST = square("Grünau-Mitte", 12.1, 51.0)
EAST["geometry"]["coordinates"][0][4:4] = WAVES[::-1]
TOWN = city(square("Connewitz", 12.0, 51.0, *WAVES), EAST)


def points(path: str) -> list[tuple[int, int]]:
    """The corners of a path of one ring, wherever it begins."""
    numbers = [int(number) for number in re.findall(r"-?\d+", path)]
    x, y, found = 0, 0, []
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        found.append((x, y))
    return found


async def test_a_border_of_two_districts_is_simplified_once_for_both(server: Running, tmp_path: Path) -> None:
    raw = outlines(TOWN, ["Connewitz", "Grünau-Mitte"], "Beispielstadt")
    (tmp_path / "probe.json").write_text(json.dumps(raw), "utf-8")
    made = city_of((await server.house.hub.room("probe")).board.wall, tmp_path)
    assert made is not None
    assert made.credit == "Beispielstadt"
    west, east = (set(points(made.districts[name].path)) for name in ("connewitz", "gruenau-mitte"))
    shared = west & east
    assert 2 < len(shared) < 11, "a straight line would be enough for neither, all the points are too many"
    assert len(west) == len(shared) + 2
    assert len(east) == len(shared) + 2


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b'{"features": [1]}', city(), city(square("Anderswo", 12.0, 51.0)), b"\xff\xfe"]
)
def test_what_is_no_map_of_these_districts_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest, match="polygons that are named as the wall's districts"):
        outlines(raw, ["Connewitz"])


def test_leipzig_is_there_with_every_district_and_small() -> None:
    with (files("wall.demo") / "districts.csv").open(encoding="utf-8") as file:
        names = [row["district"] for row in csv.DictReader(file) if row["wall"] == "leipzig"]
    leipzig = city_of(Wall.model_construct(slug="irgendeine", districts=names), Path("gibtesnicht"))
    assert leipzig is not None
    assert {district.name for district in leipzig.districts.values()} == set(names)
    assert sum(len(district.path) for district in leipzig.districts.values()) < 30_000
    assert city_of(Wall.model_construct(slug="irgendeine", districts=["Dorf", *names[:1]]), Path("x")) is None


async def test_the_command_makes_a_walls_map_and_names_what_is_missing(
    on_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "town.geojson").write_bytes(city(square("Connewitz", 12.0, 51.0)))
    for name, value in {"database_url": on_sqlite, "mode": "demo", "maps_dir": str(tmp_path)}.items():
        monkeypatch.setenv(name.upper(), value)
    async with running(make_settings(on_sqlite, maps_dir=tmp_path)) as server, server.browser() as client:
        await make_wall(server.house.database)
        await _make_and_look(server, client, tmp_path)


async def _make_and_look(server: Running, client: httpx.AsyncClient, tmp_path: Path) -> None:
    words = ["map", "probe", str(tmp_path / "town.geojson"), "--credit", "Beispielstadt"]
    done = await asyncio.to_thread(CliRunner().invoke, cli, words)
    assert done.exit_code == 0, done.output
    assert "1 districts drawn" in done.output
    assert "only in the list: Grünau-Mitte" in done.output
    await hang(server, "Hier", districts=["Connewitz"])
    await hang(server, "Dort", districts=["Grünau-Mitte", "Connewitz"])
    await hang(server, "Überall")
    text = (await client.get("/w/probe?view=map")).text
    assert re.findall(r'aria-label="([^"]+)"[^>]* class="map__district" data-shade="5"', text) == [
        "Connewitz: 2 Netzwerke"
    ]
    assert "Grenzen: Beispielstadt, vereinfacht" in text
    listed = re.findall(r'class="districts__one"[^>]*href="([^"]+)".*?facet__count">(\d+)<', text)
    assert [(url.replace("&amp;", "&"), count) for url, count in listed] == [
        ("/w/probe?district=*&view=map", "1"),
        ("/w/probe?district=Connewitz&view=map", "2"),
        (f"/w/probe?district={quote_plus('Grünau-Mitte')}&view=map", "1"),
    ]
    chosen = (await client.get("/w/probe?view=map&district=Connewitz")).text
    assert 'class="map__chosen"' in chosen
    assert re.findall(r'id="name-[^>]+><a[^>]+>([^<]+)<', chosen) == ["Hier", "Dort"]


async def test_a_city_without_outlines_has_the_list_alone(server: Running, client: httpx.AsyncClient) -> None:
    await make_wall(server.house.database, "dorf", districts=["Oberdorf", "Unterdorf"])
    await hang(server, "Hier", "dorf", districts=["Oberdorf"])
    text = (await client.get("/w/dorf?view=map")).text
    assert '<svg class="map"' not in text
    assert 'href="/w/dorf?district=Oberdorf&amp;view=map"' in text
    assert 'id="view-map"' in (await client.get("/w/dorf")).text
    assert 'id="view-map"' not in (await client.get("/w/probe")).text, "no card there names a district"
