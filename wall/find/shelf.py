"""A shelf: one index, the words on it that somebody may see, and how they are spelled."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wall.find.asked import Asked
from wall.find.index import Index, fields_of
from wall.find.meaning import Vocabulary
from wall.find.roots import words_in
from wall.find.search import Answer, Searching
from wall.find.synonyms import Synonyms
from wall.model.card import Card

SLICE = 100  # cards learned before others get their turn
MANY = 1500  # cards from which on others get theirs during a search


@dataclass(slots=True)
class Shelf:
    """One index, and the words that those see who see the same cards of it."""

    index: Index = field(default_factory=Index)
    learning: asyncio.Lock = field(default_factory=asyncio.Lock)
    _vocabularies: dict[frozenset[int], Vocabulary] = field(default_factory=dict)

    def vocabulary(self, synonyms: Synonyms, unseen: frozenset[int] = frozenset()) -> Vocabulary:
        """The words on the cards that are not `unseen`, kept until they change."""
        known = self._vocabularies.get(unseen)
        if known is None or not known.fresh:
            self._vocabularies = {key: kept for key, kept in self._vocabularies.items() if kept.fresh}
            known = self._vocabularies[unseen] = Vocabulary(self.index, synonyms, unseen)
        return known

    def answer_now(self, synonyms: Synonyms, asked: Asked, unseen: frozenset[int] = frozenset()) -> Answer:
        """What answers a question, to somebody who does not see some cards."""
        return Searching(self.vocabulary(synonyms, unseen)).answer(asked)

    async def answer(self, synonyms: Synonyms, asked: Asked, unseen: frozenset[int] = frozenset()) -> Answer:
        """The same; of many cards in a thread, so that the live walls need not wait. To be asked while `learning`."""
        if len(self.index) <= MANY:
            return self.answer_now(synonyms, asked, unseen)
        return await asyncio.to_thread(self.answer_now, synonyms, asked, unseen)

    async def learn(self, cards: Sequence[Card]) -> None:
        """Take in cards; many of them in slices, so that nobody waits for it but who asked."""
        for start in range(0, len(cards), SLICE):
            for card in cards[start : start + SLICE]:
                self.index.learn(card)
            if len(cards) > SLICE:
                await asyncio.sleep(0)


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
