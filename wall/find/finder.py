"""The search index of this process: the words of every wall somebody searched, as fresh as what is asked about."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from wall.find.asked import read
from wall.find.index import Index
from wall.find.missed import Missed
from wall.find.search import Answer
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
        # A board that is let go takes its words along.
        self._shelves: WeakKeyDictionary[Board, Shelf] = WeakKeyDictionary()

    async def search(self, board: Board, text: str, sees: Callable[[Card], bool]) -> Answer:
        """What answers a question on a board, for somebody who sees these cards of it."""
        asked = read(text)
        if not asked:
            return Answer()
        shelf = self._shelves.setdefault(board, Shelf())
        async with shelf.learning:
            await catch_up(shelf, board)
            found = await shelf.answer(self.synonyms, asked, unseen(shelf.index, board, sees))
            if shelf.index.revision != board.revision:  # it has to be as fresh as the page that shows it: now at once
                await catch_up(shelf, board)
                found = shelf.answer_now(self.synonyms, asked, unseen(shelf.index, board, sees))
        found.suggestion = respelled(text, found.meant, (board.cards[card_id] for card_id in found.ids[:LOOKED_AT]))
        return found


async def catch_up(shelf: Shelf, board: Board) -> None:
    """Bring a shelf to where its board is."""
    while shelf.index.revision != board.revision:
        revision = board.revision
        await shelf.learn(stale(shelf.index, board))
        shelf.index.revision = revision


def unseen(index: Index, board: Board, sees: Callable[[Card], bool]) -> frozenset[int]:
    """The cards of an index that somebody does not see."""
    return frozenset(number for number in index.hidden if not sees(board.cards[index.cards[number]]))


def stale(index: Index, board: Board) -> list[Card]:
    """Forget what hangs no longer; the cards that are to be learned."""
    cards = board.cards
    gone = [card_id for card_id in index.slots if card_id not in cards or cards[card_id].status != "approved"]
    for card_id in gone:
        index.forget(card_id)
    return [card for card in cards.values() if card.status == "approved" and index.stamp(card.id) != card.revision]
