"""Searching one wall: which cards answer a question, the best first, and what else may have been meant."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from wall.find.asked import Asked, Word
from wall.find.index import FIELDS, LABELS, MEMBERS, NAME, PLACE, TEXT, Index
from wall.find.meaning import PARTS, SYNONYM, TYPO, Vocabulary
from wall.find.roots import root_of_folded
from wall.find.synonyms import Roots, Synonyms
from wall.text import fold

WEIGHTS = {NAME: 1.0, LABELS: 0.7, PLACE: 0.7, MEMBERS: 0.4, TEXT: 0.35}
AGAIN = 0.15  # what a word counts in further fields, of what it would count alone
ENOUGH = 0.75  # of a word that is this surely on the wall nobody asks whether it is a typo
NEARLY = 0.5  # of what was asked for, by weight, a card needs where none has it all
NEIGHBOURS = 0.25  # for words that stand together as they were asked
WHOLE = 0.4  # for a name that says nothing else

Scores = dict[int, float]  # cards by number


@dataclass(slots=True)
class Answer:
    """The cards that answer, best first; `complete` if they have everything that was asked for."""

    ids: list[str] = field(default_factory=list)
    complete: bool = True
    roots: frozenset[str] = frozenset()  # the words they were found by
    meant: dict[str, str] = field(default_factory=dict)  # typed word -> root of what is on the wall instead
    suggestion: str = ""  # the question with these words respelled


class Searching:
    """One question to one index. Nothing of the cards in `unseen` can be told from the answer (W8)."""

    def __init__(self, vocabulary: Vocabulary, synonyms: Synonyms, unseen: set[int]) -> None:
        self._vocabulary, self._synonyms, self._unseen = vocabulary, synonyms, unseen
        self._index: Index = vocabulary.index
        self._by: set[str] = set()
        self._meant: dict[str, str] = {}

    def answer(self, asked: Asked) -> Answer:
        parts = [self._word(word, asked.words) for word in self._grouped(asked.words)]
        parts += [self._phrase(phrase) for phrase in asked.phrases]
        if not parts:
            parts = [dict.fromkeys(self._all(), 1.0)]
        weights = [math.log(1 + (len(self._index) + 1) / (len(part) + 1)) for part in parts]
        cards = set(parts[0]).intersection(*parts[1:])
        complete = bool(cards)
        if not complete:
            cards = self._nearly(parts, weights)
        for words in asked.without:
            cards -= self._with(words)
        scores = {
            card: sum(weight * part[card] for weight, part in zip(weights, parts, strict=True) if card in part)
            for card in cards
        }
        self._praise(scores, [word.root for word in asked.words])
        ids = self._index.cards
        order = sorted(scores, key=lambda card: (-round(scores[card], 6), ids[card]))
        return Answer([ids[card] for card in order], complete, frozenset(self._by), self._meant)

    def _all(self) -> Iterable[int]:
        return (number for number in self._index.slots.values() if number not in self._unseen)

    def _grouped(self, words: tuple[Word, ...]) -> list[Roots]:
        """The words, those together that belong together: "alte Menschen"."""
        found: list[Roots] = []
        roots, at = [word.root for word in words], 0
        while at < len(roots):
            size = min(self._synonyms.longest, len(roots) - at)
            while size > 1 and tuple(roots[at : at + size]) not in self._synonyms:
                size -= 1
            found.append(tuple(roots[at : at + size]))
            at += size
        return found

    def _word(self, roots: Roots, words: tuple[Word, ...]) -> Scores:
        """The cards that have a word, or what may be meant by it."""
        if len(roots) > 1:
            together = [self._one(root, words) for root in roots]
            scores = _all_of(together, 1.0)
        else:
            scores = self._one(roots[0], words)
        for other in self._synonyms.of(roots):
            found = [self._having(self._vocabulary.related(root, SYNONYM)) for root in other]
            _best(scores, found[0] if len(found) == 1 else _all_of(found, 1.0))
        return scores

    def _one(self, root: str, words: tuple[Word, ...]) -> Scores:
        related = self._vocabulary.related(root)
        sure = max((how for word, how in related.items() if self._index.shown(word, self._unseen)), default=0.0)
        scores = self._having(related)
        for first, second in pairwise(words):  # "OK Lab" for "OKLab"
            if root in (first.root, second.root):
                _best(scores, self._having({first.root + second.root: 0.9}))
        parts = self._vocabulary.parts(root)
        if parts:
            found = [self._having(self._vocabulary.related(part)) for part in parts]
            _best(scores, _all_of(found, PARTS))
        typed = next((word.typed for word in words if word.root == root), root)
        _best(scores, self._apart(fold(typed)))
        if sure < ENOUGH and not parts:
            guesses = [] if scores else self._vocabulary.close_to(root, len(typed), self._unseen)
            for other, edits in guesses:
                _best(scores, self._having(self._vocabulary.related(other, TYPO[edits])))
            if guesses:
                self._meant[typed] = guesses[0][0]
        return scores

    def _apart(self, typed: str) -> Scores:
        """The cards that write a word as two, one after the other: "OK Lab" for "oklab"."""
        found: Scores = {}
        for cut in range(2, len(typed) - 1):
            pair = root_of_folded(typed[:cut]), root_of_folded(typed[cut:])
            if all(word in self._index.numbers for word in pair):
                _best(found, self._phrase(pair))
        return found

    def _having(self, words: dict[str, float]) -> Scores:
        """The cards with any of these words, each by its best."""
        total: Scores = {}
        rising = sorted(words, key=lambda word: words[word])
        self._by.update(words)
        for place in range(FIELDS):
            found: Scores = {}
            for word in rising:
                cards = self._index.having(word, place)
                if cards:
                    found.update(dict.fromkeys(cards, words[word] * WEIGHTS[place]))
            if not total:
                total = found
                continue
            for card, score in found.items():
                other = total.get(card)
                total[card] = score if other is None else max(score, other) + AGAIN * min(score, other)
        for card in self._unseen:
            total.pop(card, None)
        return total

    def _phrase(self, words: Roots) -> Scores:
        scores = _all_of([self._having({word: 1.0}) for word in words], 1.0)
        return {card: score for card, score in scores.items() if self._index.says(card, words)}

    def _with(self, words: Roots) -> set[int]:
        """The cards that have a word or phrase, exactly."""
        cards = set.intersection(
            *({card for place in range(FIELDS) for card in self._index.having(word, place)} for word in words)
        )
        return {card for card in cards if len(words) == 1 or self._index.says(card, words)}

    def _nearly(self, parts: list[Scores], weights: list[float]) -> set[int]:
        """Where no card has everything: the cards with most of it."""
        shares: Scores = {}
        for weight, part in zip(weights, parts, strict=True):
            for card in part:
                shares[card] = shares.get(card, 0.0) + weight
        enough = NEARLY * sum(weight for weight, part in zip(weights, parts, strict=True) if part)
        return {card for card, share in shares.items() if share >= enough}

    def _praise(self, scores: Scores, roots: list[str]) -> None:
        """A little more for words that stand together, and for names that say little else."""
        if len(scores) > 2000 or not roots:
            return
        for card in scores:
            name = self._index.name_of(card)
            said = sum(word in self._by for word in name)
            more = WHOLE * said / max(len(name), 3)
            more += NEIGHBOURS * sum(self._index.says(card, pair) for pair in pairwise(roots))
            scores[card] *= 1 + more


def _best(scores: Scores, other: Scores) -> None:
    for card, score in other.items():
        if score > scores.get(card, 0.0):
            scores[card] = score


def _all_of(parts: list[Scores], worth: float) -> Scores:
    """The cards that have every part, by their mean."""
    cards = set(parts[0]).intersection(*parts[1:])
    return {card: worth * sum(part[card] for part in parts) / len(parts) for card in cards}
