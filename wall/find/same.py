"""Which cards have the very name somebody pins, spelling and order apart: cheap enough to be asked for every pin."""

from itertools import islice
from weakref import WeakKeyDictionary

from wall.find.names import said
from wall.model.board import Board
from wall.model.card import Card

SOON = 64  # revisions after which, on a small board, the names of all cards are looked at again
LIVE = ("pending", "approved")


class Names:
    """The names of a board by what they say. What is found is held against the card: an entry may be out of date."""

    def __init__(self) -> None:
        self._cards: dict[frozenset[str], set[str]] = {}
        self._names: dict[str, str] = {}
        self._revision = 0

    def look(self, board: Board) -> None:
        """Take in the cards pinned since the last look, which stand last; and all of them where it is worth it."""
        all_of_them = board.revision - self._revision > SOON + len(board.cards) // 4
        new = len(board.cards) if all_of_them else len(board.cards) - len(self._names)
        for card in islice(reversed(board.cards.values()), new):
            if self._names.get(card.id) != card.name:
                self._names[card.id] = card.name
                self._cards.setdefault(said(card.name), set()).add(card.id)
        if all_of_them:
            self._revision = board.revision

    def having(self, stems: frozenset[str]) -> list[str]:
        return sorted(self._cards.get(stems, ()))


_names: WeakKeyDictionary[Board, Names] = WeakKeyDictionary()


def same(board: Board, name: str) -> list[Card]:
    """The waiting and approved cards that have this very name.

    One that got the name by an edit may be missed for a while.
    """
    names = _names.get(board)
    if names is None:
        names = _names[board] = Names()
    names.look(board)
    stems = said(name)
    if not stems:
        return []
    found = [board.cards[card_id] for card_id in names.having(stems)]
    return [card for card in found if card.status in LIVE and said(card.name) == stems]
