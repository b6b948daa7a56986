"""The map of a wall: what its districts are drawn and listed from."""

import math
from dataclasses import dataclass
from typing import Any

from wall.find.cities import District, city_of
from wall.find.facets import Facet, facet_of, find
from wall.find.filters import EVERYWHERE, Query
from wall.text import fold
from wall.web.asked import Asked

SHADES = 5


@dataclass(frozen=True, slots=True)
class Spot:
    """A district of the map; without an outline it is only in the list."""

    facet: Facet
    outline: District | None
    shade: int  # 0 for none, to SHADES for the most


def city_map(asked: Asked) -> dict[str, Any]:
    """The districts of the city, shaded by how many there are; the cards of those that were chosen."""
    board, query, counts = asked.room.board, asked.query, asked.found.counts["district"]
    city = city_of(board.wall, asked.maps)
    outlines = city.districts if city else {}
    names = {fold(name): name for name in (*board.wall.districts, *counts) if name != EVERYWHERE}
    names = {key: outline.name for key, outline in outlines.items()} | names
    most = max((counts[name] for name in names.values()), default=0)
    spots = [
        Spot(facet_of(board.wall, query, "district", name, counts[name], asked.path), outlines.get(key), shade)
        for key, name in sorted(names.items())
        for shade in [math.ceil(SHADES * math.sqrt(counts[name] / most)) if most else 0]
    ]
    shades: dict[int, list[int]] = {}
    for spot in spots:
        shades.setdefault(spot.shade, []).append(spot.facet.count)
    cards = [asked.drawn(card) for card in asked.found.cards] if query.of("district") else []
    legend = [(shade, min(shades[shade]), max(shades[shade])) for shade in sorted(shades)]
    whole = facet_of(board.wall, query, "district", EVERYWHERE, counts[EVERYWHERE], asked.path)
    return {"city": city, "spots": spots, "whole_city": whole, "legend": legend, "cards": cards}


def has_districts(asked: Asked) -> bool:
    """Whether any card on this wall says where it is."""
    return bool(find(asked.room.board, Query()).counts["district"].keys() - {EVERYWHERE})
