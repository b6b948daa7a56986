"""GeoJSON: the outlines of a city's districts, made small enough to be drawn in a page; shared borders stay shared."""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from wall.errors import BadRequest
from wall.text import clean, fold

WIDTH = 2000  # units across the wider side; for a city some ten metres each
TOLERANCE = 7.0  # units by which a simplified border may leave the true one
Point = tuple[int, int]
Ring = list[Point]
Area = tuple[str, list[Ring]]


def outlines(raw: bytes, names: Iterable[str], credit: str = "") -> dict[str, Any]:
    """The districts in a GeoJSON file as plain data: borders once each (`arcs`, as steps from point to point), and of
    each district its name, its rings as numbers of arcs (~n: backwards) and where a label fits, with how much room.

    `names` are what the wall calls its districts: they tell which property of the file is the name.

    Raises:
        BadRequest: it is no GeoJSON with polygons that are named as the wall's districts are.
    """
    try:
        features = [f for f in json.loads(raw)["features"] if f["geometry"]["type"] in ("Polygon", "MultiPolygon")]
        key = _name_key(features, {fold(name) for name in names})
        areas = [(clean(str(f["properties"][key])), _polygons(f["geometry"])) for f in features]
        degrees = [(x, y) for _, polygons in areas for ring in polygons for x, y in ring]
        west, east = min(x for x, _ in degrees), max(x for x, _ in degrees)
        south, north = min(y for _, y in degrees), max(y for _, y in degrees)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadRequest(f"no GeoJSON with polygons that are named as the wall's districts are: {error}") from None
    narrow = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / max((east - west) * narrow, north - south, 1e-9)
    size = (round((east - west) * narrow * scale), round((north - south) * scale))
    drawn: list[Area] = []
    for name, polygons in areas:
        rings = [[(round((x - west) * narrow * scale), round((north - y) * scale)) for x, y in r] for r in polygons]
        drawn.append((name, [tidy for ring in rings if len(tidy := _without_repeats(ring)) > 2]))
    return {"credit": credit, "size": size} | _share_borders(drawn)


def _name_key(features: Sequence[Any], names: set[str]) -> str:
    """The property whose values are most often the name of a district."""
    keys = {key for feature in features for key in feature["properties"]}
    hits = {key: sum(fold(str(f["properties"].get(key))) in names for f in features) for key in keys}
    best = max(sorted(hits), key=lambda key: hits[key])
    if not hits[best]:
        raise ValueError(f"none of {', '.join(sorted(keys))} names a district of the wall")
    return str(best)


def _polygons(geometry: Any) -> list[list[tuple[float, float]]]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[(float(point[0]), float(point[1])) for point in ring] for polygon in polygons for ring in polygon]


def _without_repeats(ring: Ring) -> Ring:
    """An open ring: without the closing point, without standing still, without going somewhere and straight back."""
    kept: Ring = []
    for point in ring:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and kept[-2] == point:
            kept.pop()
            continue
        kept.append(point)
    while len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return kept


def _share_borders(areas: Sequence[Area]) -> dict[str, Any]:
    nodes = _nodes(areas)
    numbers: dict[tuple[Point, ...], int] = {}
    arcs: list[list[Point]] = []
    districts = []
    for name, rings in areas:
        lines, whole = [], []
        for ring in rings:
            line = []
            for arc in _arcs(ring, nodes):
                back = tuple(reversed(arc))
                forward = min(tuple(arc), back)
                if forward not in numbers:
                    numbers[forward] = len(arcs)
                    arcs.append(_simplify(list(forward)))
                number = numbers[forward]
                line.append(number if forward == tuple(arc) else ~number)
            lines.append(line)
            whole.append(_closed(line, arcs))
        x, y, room = _label(whole)
        districts.append({"name": name, "rings": lines, "label": [x, y, room]})
    return {"arcs": [_steps(arc) for arc in arcs], "districts": districts}


def _nodes(areas: Sequence[Area]) -> set[Point]:
    """Points where borders part or meet: where the neighbours on the way, or the areas beside it, change."""
    owners: dict[tuple[Point, Point], set[int]] = {}
    beside: dict[Point, set[Point]] = {}
    for number, (_, rings) in enumerate(areas):
        for ring in rings:
            for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
                owners.setdefault((min(a, b), max(a, b)), set()).add(number)
                beside.setdefault(a, set()).add(b)
                beside.setdefault(b, set()).add(a)
    return {
        point
        for point, others in beside.items()
        if len(others) != 2 or len({frozenset(owners[min(point, other), max(point, other)]) for other in others}) > 1
    }


def _arcs(ring: Ring, nodes: set[Point]) -> Iterator[list[Point]]:
    """A ring cut at its nodes; one without nodes is cut where every ring of these points is."""
    starts = [place for place, point in enumerate(ring) if point in nodes] or [ring.index(min(ring))]
    for start, end in zip(starts, [*starts[1:], starts[0] + len(ring)], strict=True):
        yield [ring[place % len(ring)] for place in range(start, end + 1)]


def _simplify(line: list[Point]) -> list[Point]:
    """Douglas and Peucker: the ends stay, and whatever is further than TOLERANCE from the line between them."""
    kept, spans = {0, len(line) - 1}, [(0, len(line) - 1)]
    while spans:
        start, end = spans.pop()
        far, place = max(
            ((_distance(line[n], line[start], line[end]), n) for n in range(start + 1, end)), default=(0.0, start)
        )
        if far > TOLERANCE or (line[start] == line[end] and far > 0):
            kept.add(place)
            spans += [(start, place), (place, end)]
    return [line[place] for place in sorted(kept)]


def _distance(point: Point, a: Point, b: Point) -> float:
    """From a point to the line from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0 if not length else max(0.0, min(1.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length))
    return math.hypot(point[0] - a[0] - along * dx, point[1] - a[1] - along * dy)


def _closed(line: Sequence[int], arcs: Sequence[Sequence[Point]]) -> list[Point]:
    return [point for n in line for point in (arcs[n] if n >= 0 else arcs[~n][::-1])[:-1]]


def _steps(arc: Sequence[Point]) -> list[int]:
    steps = [*arc[0]]
    for a, b in pairwise(arc):
        steps += [b[0] - a[0], b[1] - a[1]]
    return steps


def _label(rings: Sequence[Sequence[Point]]) -> tuple[int, int, int]:
    """The point inside that is furthest from every border, and how far it is."""
    points = [point for ring in rings for point in ring]
    edges = [edge for ring in rings for edge in zip(ring, [*ring[1:], ring[0]], strict=True)]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    x, y, room, step = (left + right) // 2, (top + bottom) // 2, 0.0, max(right - left, bottom - top) / 16
    around = [(left + step * n, top + step * m) for n in range(1, 17) for m in range(1, 17)]
    while step > 2:
        for place in around:
            spot = (round(place[0]), round(place[1]))
            if _inside(spot, edges) and (far := min(_distance(spot, a, b) for a, b in edges)) > room:
                x, y, room = *spot, far
        step /= 2
        around = [(x + step * n, y + step * m) for n in (-1, 0, 1) for m in (-1, 0, 1)]
    return x, y, round(room)


def _inside(point: Point, edges: Iterable[tuple[Point, Point]]) -> bool:
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in edges:
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1
