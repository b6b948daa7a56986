"""The views of a wall: what each needs beyond the cards that were found."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from wall.find.facets import find
from wall.find.filters import TABS, Query, matches, ordered
from wall.find.net import net_of
from wall.model.wall import Section
from wall.web.asked import Asked
from wall.web.calendar_view import calendar, meets
from wall.web.map_view import city_map, has_districts


@dataclass(frozen=True, slots=True)
class Column:
    section: Section
    cards: list[str]

    @property
    def count(self) -> int:
        return len(self.cards)


def wall(asked: Asked) -> dict[str, Any]:
    """Section by section; moderators also see hidden cards, in their places. What a search found: best first."""
    if asked.answer is not None:
        return asked.hits(ordered(asked.found.cards, asked.query, asked.section_names))
    board, query, columns = asked.room.board, asked.query, []
    ids = {card.id for card in asked.found.cards}
    for section in board.wall.sections:
        hidden = asked.viewer.role_in(section.id) == "moderator"
        drawn = [
            asked.drawn(card)
            for card in board.column(section.id)
            if card.id in ids or (hidden and card.hidden and card.status == "approved" and matches(card, query))
        ]
        columns.append(Column(section, drawn))
    return {"columns": columns}


def one_list(asked: Asked) -> dict[str, Any]:
    """One list of all, in the order that was asked for."""
    found = ordered(asked.found.cards, asked.query, asked.section_names)
    shown = {"cards": [asked.drawn(card) for card in found]} if asked.answer is None else asked.hits(found)
    return shown | {"orders": _orders(asked, ("name", "newest", "soonest"))}


def table(asked: Asked) -> dict[str, Any]:
    """One row for each card, sorted by the column asked for; of itself by name, what a search found best first."""
    by_name = not asked.query.sort and asked.answer is None
    query = replace(asked.query, sort="name") if by_name else asked.query
    wall, names = asked.room.board.wall, asked.section_names
    found = ordered(asked.found.cards, query, names)
    rows = [asked.drawing.row(wall, card, names.get(card.section, ""), asked.language) for card in found]
    shown = {"rows": rows, "heads": _heads(asked, query.sort)}
    return shown if asked.answer is None else shown | {"orders": _orders(asked, ())}


def _orders(asked: Asked, names: tuple[str, ...]) -> list[tuple[str, str, bool]]:
    """The orders of a list: name ('' as they came), address, whether it is the present one."""
    return [(name, asked.query.address(asked.path, sort=name), asked.query.sort == name) for name in ("", *names)]


def _heads(asked: Asked, sort: str) -> dict[str, tuple[str, str]]:
    """For each column that sorts: the address its head leads to, and its aria-sort."""
    heads = {}
    for name in ("name", "kind", "section", "district", "soonest", "newest"):
        is_sorted, down = sort.removeprefix("-") == name, sort.startswith("-")
        up_is = "descending" if name == "newest" else "ascending"
        down_is = "ascending" if name == "newest" else "descending"
        target = f"-{name}" if is_sorted and not down else name
        heads[name] = (asked.query.address(asked.path, sort=target), (down_is if down else up_is) if is_sorted else "")
    return heads


def graph(asked: Asked) -> dict[str, Any]:
    """Who is in what."""
    return {"net": net_of(asked.found.cards)}


def has_members(asked: Asked) -> bool:
    """Whether any card on this wall says who is in it."""
    return bool(find(asked.room.board, Query()).counts["member"])


DRAWN: dict[str, Callable[[Asked], dict[str, Any]]] = {"wall": wall, "list": one_list, "table": table}
DRAWN |= {"map": city_map, "graph": graph, "calendar": calendar, "agenda": calendar}
# Views that some walls have no use for.
SHOWN: dict[str, Callable[[Asked], bool]] = {"map": has_districts, "calendar": meets, "graph": has_members}


def tabs(asked: Asked) -> list[str]:
    """The views that have something to show on this wall, and the present one."""
    return [view for view in TABS if view == asked.query.tab or view not in SHOWN or SHOWN[view](asked)]
