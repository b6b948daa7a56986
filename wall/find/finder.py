"""The search index of this process: the words of every wall somebody searched, as fresh as what is asked about."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from wall.find.asked import read
from wall.find.index import Index, fields_of
from wall.find.meaning import Vocabulary
from wall.find.roots import words_in
from wall.find.search import Answer, Searching
from wall.find.synonyms import Synonyms, default_synonyms
from wall.model.board import Board
from wall.model.card import Card

SLICE = 100  # cards learned before others get their turn
LOOKED_AT = 20  # best cards in which the spelling of a word is looked up


@dataclass(slots=True)
class Shelf:
    """One wall's index."""

    index: Index = field(default_factory=Index)
    vocabulary: Vocabulary | None = None
    learning: asyncio.Lock = field(default_factory=asyncio.Lock)


class Finder:
    """Learns a board when it is first asked about, and what changed since whenever it is asked again.

    Nothing is done when a card is pinned: the difference is found when somebody searches, before they are answered.
    """

    def __init__(self, synonyms: Synonyms | None = None) -> None:
        self.synonyms = synonyms or default_synonyms()
        self._shelves: dict[int, Shelf] = {}

    async def search(self, board: Board, text: str, sees: Callable[[Card], bool]) -> Answer:
        """What answers a question on a board, for somebody who sees these cards of it."""
        asked = read(text)
        if not asked:
            return Answer()
        shelf = self._shelves.setdefault(board.wall.key, Shelf())
        await self._learn(shelf, board)
        index = shelf.index
        unseen = {number for number in index.hidden if not sees(board.cards[index.cards[number]])}
        found = Searching(self._vocabulary(shelf), self.synonyms, unseen).answer(asked)
        found.suggestion = respelled(text, found.meant, (board.cards[card_id] for card_id in found.ids[:LOOKED_AT]))
        return found

    def _vocabulary(self, shelf: Shelf) -> Vocabulary:
        if shelf.vocabulary is None or shelf.vocabulary.state != shelf.index.state:
            shelf.vocabulary = Vocabulary(shelf.index, self.synonyms)
        return shelf.vocabulary

    async def _learn(self, shelf: Shelf, board: Board) -> None:
        """Bring a shelf to where its board is; a whole wall in slices, so that nobody waits for it but who asked."""
        async with shelf.learning:
            while shelf.index.at != (board.epoch, board.revision):
                if shelf.index.at[0] != board.epoch:
                    shelf.index, shelf.vocabulary = Index(), None
                index, at = shelf.index, (board.epoch, board.revision)
                new = stale(index, board)
                for start in range(0, len(new), SLICE):
                    for card in new[start : start + SLICE]:
                        index.learn(card)
                    if len(new) > SLICE:
                        await asyncio.sleep(0)
                index.at = at


def stale(index: Index, board: Board) -> list[Card]:
    """Forget what hangs no longer; the cards that are to be learned."""
    cards = board.cards
    gone = [card_id for card_id in index.slots if card_id not in cards or cards[card_id].status != "approved"]
    for card_id in gone:
        index.forget(card_id)
    return [card for card in cards.values() if card.status == "approved" and index.stamp(card.id) != card.revision]


def respelled(text: str, meant: dict[str, str], cards: Iterable[Card]) -> str:
    """The question with every misspelled word as these cards write it; '' if there is none."""
    if not meant:
        return ""
    written: dict[str, str] = {}
    for card in cards:
        for _, part in fields_of(card):
            for start, end, root in words_in(part):
                written.setdefault(root, part[start:end])
        if all(root in written for root in meant.values()):
            break
    suggestion = text
    for typed, root in meant.items():
        if root not in written:
            return ""
        suggestion = suggestion.replace(typed, written[root])
    return suggestion
