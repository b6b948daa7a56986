"""The board: one wall with all its cards in memory, at one revision."""

from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import Any

import orjson

from wall.model.card import Card
from wall.model.change import Change
from wall.model.types import altered
from wall.model.wall import Wall, WallSettings


def _waits(card: Card | None) -> bool:
    return card is not None and card.status == "pending" and not card.hidden


class Board:
    """A wall's state. `apply` moves it one revision; nothing else changes it."""

    __slots__ = ("__weakref__", "_columns", "_shown", "_visible", "_waiting", "cards", "wall")

    def __init__(self, wall: Wall, cards: Iterable[Card] = ()) -> None:
        self.wall = wall
        self.cards: dict[str, Card] = {card.id: card for card in cards}
        self._columns: dict[str, list[Card]] | None = None
        self._visible: tuple[Card, ...] | None = None
        self._shown = sum(card.visible for card in self.cards.values())
        self._waiting = sum(map(_waits, self.cards.values()))

    @property
    def revision(self) -> int:
        return self.wall.revision

    @property
    def epoch(self) -> str:
        return self.wall.epoch

    def apply(self, change: Change) -> bool:
        """Take the next change; one that was seen already is a no-op (W3).

        Returns whether it was taken. A change of another epoch, or one that leaves a gap, is never taken: the caller
        loads the board or asks the journal.
        """
        if change.epoch != self.epoch or change.revision != self.revision + 1:
            return False
        update: dict[str, Any] = {"revision": change.revision}
        if change.settings is not None:
            settings = WallSettings.model_validate(change.settings)
            update |= {field: getattr(settings, field) for field in WallSettings.model_fields}
        self.wall = altered(self.wall, **update)
        card = change.after
        if card is not None:
            before = self.cards.get(card.id)
            self._waiting += _waits(card) - _waits(before)
            self._shown += card.visible - (before is not None and before.visible)
            self.cards[card.id] = card
        self._columns = self._visible = None
        return True

    def column(self, section_id: str) -> list[Card]:
        """All cards of a section, in order, whatever their status."""
        if self._columns is None:
            columns: dict[str, list[Card]] = {}
            for card in self.cards.values():
                columns.setdefault(card.section, []).append(card)
            for column in columns.values():
                column.sort(key=lambda card: card.place)
            self._columns = columns
        return self._columns.get(section_id, [])

    def visible(self) -> tuple[Card, ...]:
        """What everybody sees, section by section, in order."""
        if self._visible is None:
            columns = (self.column(section.id) for section in self.wall.sections)
            self._visible = tuple(card for column in columns for card in column if card.visible)
        return self._visible

    def with_status(self, status: str) -> list[Card]:
        """Cards of one status, oldest first."""
        found = [card for card in self.cards.values() if card.status == status]
        return sorted(found, key=lambda card: card.pinned_at_revision)

    def led_to(self, card: Card) -> Card | None:
        """The card that a merged one leads to in the end; None where it leads nowhere."""
        met: set[str] = set()
        while card.status == "merged" and card.id not in met:
            met.add(card.id)
            following = self.cards.get(card.merged_into)
            if following is None:
                return None
            card = following
        return None if card.id in met else card

    def count(self) -> int:
        """How many cards everybody sees. Asked with every change and page, so that number is kept up."""
        return self._shown

    def waiting(self, sections: Collection[str] | None = None) -> int:
        """How many cards wait for a moderator, of all sections or of some; one put aside does not.

        Asked for all with every pin, so that number is kept up.
        """
        if sections is None:
            return self._waiting
        return sum(card.status == "pending" and not card.hidden for s in sections for card in self.column(s))

    def state(self) -> dict[str, Any]:
        """The whole board as plain data, in a fixed order: what a snapshot keeps."""
        cards = sorted(self.cards.values(), key=lambda card: card.id)
        return {"wall": self.wall.model_dump(mode="json"), "cards": [card.model_dump(mode="json") for card in cards]}

    def digest(self) -> str:
        """Equal for equal boards, whichever way they came about."""
        return blake2b(orjson.dumps(self.state(), option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()
