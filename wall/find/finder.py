"""The search index of this process: the words of every wall somebody searched, as fresh as what is asked about."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from wall.find.asked import read
from wall.find.index import Index
from wall.find.missed import Missed
from wall.find.search import Answer, Searching
from wall.find.shelf import Shelf, respelled
from wall.find.synonyms import Synonyms, default_synonyms
from wall.model.board import Board
from wall.model.card import Card

LOOKED_AT = 20  # best cards in which the spelling of a word is looked up


class Finder:
    """Learns a board when it is first asked about, and what changed since whenever it is asked again.

    Nothing is done when a card is pinned: the difference is found when somebody searches, before they are answered.
    """

    def __init__(self, synonyms: Synonyms | None = None) -> None:
        self.synonyms = synonyms or default_synonyms()
        self.missed = Missed()
        self._shelves: WeakKeyDictionary[Board, Shelf] = (
            WeakKeyDictionary()
        )  # a board that is let go takes its words along

    async def search(self, board: Board, text: str, sees: Callable[[Card], bool]) -> Answer:
        """What answers a question on a board, for somebody who sees these cards of it."""
        asked = read(text)
        if not asked:
            return Answer()
        shelf = self._shelves.setdefault(board, Shelf())
        await self._catch_up(shelf, board)
        index = shelf.index
        unseen = frozenset(number for number in index.hidden if not sees(board.cards[index.cards[number]]))
        found = Searching(shelf.vocabulary(self.synonyms, unseen)).answer(asked)
        found.suggestion = respelled(text, found.meant, (board.cards[card_id] for card_id in found.ids[:LOOKED_AT]))
        return found

    async def _catch_up(self, shelf: Shelf, board: Board) -> None:
        """Bring a shelf to where its board is."""
        async with shelf.learning:
            while shelf.index.revision != board.revision:
                revision = board.revision
                await shelf.learn(stale(shelf.index, board))
                shelf.index.revision = revision


def stale(index: Index, board: Board) -> list[Card]:
    """Forget what hangs no longer; the cards that are to be learned."""
    cards = board.cards
    gone = [card_id for card_id in index.slots if card_id not in cards or cards[card_id].status != "approved"]
    for card_id in gone:
        index.forget(card_id)
    return [card for card in cards.values() if card.status == "approved" and index.stamp(card.id) != card.revision]
