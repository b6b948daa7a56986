"""What one export holds: a wall and some of its cards, in order, as plain data that one audience may see (W8)."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from wall.model.audience import Role, card_for, copy_of_card, copy_of_wall, sees, wall_for_everybody
from wall.model.board import Board
from wall.model.card import Card
from wall.model.wall import Wall

Holds = Literal["everybody", "team", "copy"]  # whose view it is; a copy is everything, to be put back elsewhere
T = TypeVar("T")
SLICE, PAUSE = 24, 0.0003  # cards in a row; seconds
RoleIn = Callable[[str], Role]  # as what somebody looks at the cards of a section


def gently(items: Iterable[T]) -> Iterator[T]:
    """The same, with small pauses: a thread that works through many cards would else let the loop wait for 5 ms each
    time, which is when Python takes the turn away from it."""
    for number, item in enumerate(items, 1):
        yield item
        if number % SLICE == 0:
            time.sleep(PAUSE)


@dataclass(frozen=True, slots=True)
class Portion:
    """All that a writer of a format gets to see. `base` is the address of the installation, without a slash."""

    holds: Holds
    wall: dict[str, Any]
    cards: list[dict[str, Any]]
    base: str
    founded: datetime

    @property
    def address(self) -> str:
        return f"{self.base}/w/{self.wall['slug']}"

    def address_of(self, card: dict[str, Any]) -> str:
        return f"{self.address}/c/{card['id']}"

    def section_name(self, section_id: str) -> str:
        return next((section["name"] for section in self.wall["sections"] if section["id"] == section_id), section_id)


def as_visitor(section: str) -> Role:
    return "visitor"


def picked(board: Board, holds: Holds, role_in: RoleIn = as_visitor) -> list[Card]:
    """The cards that an export may hold, in the wall's order. Quick: it looks at the board, which only its loop may."""
    found: list[Card] = []
    for section in board.wall.sections:
        role = role_in(section.id) if holds == "team" else "visitor"
        found += [card for card in board.column(section.id) if holds == "copy" or sees(role, card)]
    if holds == "copy":
        there = {card.id for card in found}
        rest = [card for card in board.cards.values() if card.id not in there]  # erased ones hang in no section
        found += sorted(rest, key=lambda card: card.id)
    return found


def portion(wall: Wall, cards: Sequence[Card], holds: Holds, base: str, *, role_in: RoleIn = as_visitor) -> Portion:
    """Cards that were picked as plain data. Takes its time: to be called in a thread."""
    if holds == "copy":
        data, said = copy_of_wall(wall), [copy_of_card(card) for card in gently(cards)]
    else:
        data = wall_for_everybody(wall)
        said = [card_for(role_in(card.section) if holds == "team" else "visitor", card) for card in gently(cards)]
    return Portion(holds, data, said, base.rstrip("/"), wall.created_at)
