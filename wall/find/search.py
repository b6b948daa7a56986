"""Searching one wall: which cards answer a question, the best first, and what else may have been meant."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat

from wall.find.asked import Asked, Word
from wall.find.index import FIELDS, LABELS, MEMBERS, NAME, PLACE, TEXT
from wall.find.meaning import COMPOUND, ENDS, SYNONYM, TYPO, Meaning, Vocabulary
from wall.find.roots import root_of_folded
from wall.find.synonyms import Roots
from wall.text import fold

WEIGHTS = {NAME: 1.0, LABELS: 0.7, PLACE: 0.75, MEMBERS: 0.4, TEXT: 0.3}
AGAIN = 0.1  # what a word counts in further fields, of what it would count alone
PARTS = 0.7  # for a compound whose words stand apart
RARE = 2  # cards with a word that may be a typo of one that many have
SUBJECTS = (NAME, LABELS, MEMBERS, TEXT)  # where they are looked for: "Frauenzentrum" is no place
FEW, FIRST, ALONE = 12, 0.55, 0.45  # where there are so few, one word of a compound will do; the first tells most
NEARLY = 0.5  # of what was asked for, by weight, a card needs where none has it all
NEIGHBOURS = 0.25  # for words that stand together as they were asked
WHOLE = 0.6  # for a name that says nothing else

Scores = dict[int, float]  # cards by number


@dataclass(slots=True)
class Answer:
    """The cards that answer, best first; `complete` if they have everything that was asked for."""

    ids: list[str] = field(default_factory=list)
    complete: bool = True
    roots: frozenset[str] = frozenset()  # the words they were found by
    meant: dict[str, str] = field(default_factory=dict)  # typed word -> root of what is on the wall instead
    missing: tuple[str, ...] = ()  # typed words that nobody has, as they are
    suggestion: str = ""  # the question with these words respelled


class Searching:
    """One question to the words somebody sees of an index. Nothing of what they do not see can be told from it (W8)."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary, self._index = vocabulary, vocabulary.index
        self._by: Meaning = {}
        self._meant: dict[str, str] = {}
        self._joined: dict[Word, str] = {}
        self._missing: list[str] = []

    def answer(self, asked: Asked) -> Answer:
        for pair in pairwise(asked.words):  # "OKLab" for "OK Lab"
            joined = root_of_folded("".join(fold(word.typed) for word in pair))
            if joined in self._vocabulary.words:
                self._joined.update(dict.fromkeys(pair, joined))
        parts = [self._together(words) for words in self._grouped(asked.words)]
        parts += [self._phrase(phrase) for phrase in asked.phrases]
        if not parts:
            parts = [dict.fromkeys(self._all(), 1.0)]
        count = len(self._index) - len(self._vocabulary.unseen)
        weights = [math.log(1 + (count + 1) / (len(part) + 1)) for part in parts]
        cards = set(parts[0]).intersection(*parts[1:])
        complete = bool(cards)
        if not complete:
            cards = self._nearly(parts, weights)
        for unwanted in asked.without:
            cards -= self._with(unwanted)
        scores = {
            card: sum(weight * part[card] for weight, part in zip(weights, parts, strict=True) if card in part)
            for card in cards
        }
        self._praise(scores, [word.root for word in asked.words])
        ids = self._index.cards
        order = sorted(scores, key=lambda card: (-round(scores[card], 6), ids[card]))
        found = [ids[card] for card in order]
        return Answer(found, complete, frozenset(self._by), self._meant, tuple(self._missing))

    def _all(self) -> Iterable[int]:
        return (number for number in self._index.slots.values() if number not in self._vocabulary.unseen)

    def _grouped(self, words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
        """The words, those together that belong together: "alte Menschen"."""
        synonyms, found, at = self._vocabulary.synonyms, [], 0
        while at < len(words):
            size = min(synonyms.longest, len(words) - at)
            while size > 1 and tuple(word.root for word in words[at : at + size]) not in synonyms:
                size -= 1
            found.append(words[at : at + size])
            at += size
        return found

    def _together(self, words: tuple[Word, ...]) -> Scores:
        """The cards that have these words, or what may be meant by them together."""
        scores = _all_of([self._word(word) for word in words])
        for other in self._vocabulary.synonyms.of(tuple(word.root for word in words)):
            if len(words) > 1 or len(other) > 1:
                _best(scores, _all_of([self._having(self._vocabulary.related(root, SYNONYM)) for root in other]))
        return scores

    def _word(self, word: Word) -> Scores:
        """The cards that have a word, or what may be meant by it; where nobody writes it so, also by its neighbours."""
        vocabulary, meant = self._vocabulary, self._vocabulary.meaning(word.root, typing=True)
        scores = self._having(meant)
        _best(scores, self._apart(fold(word.typed)))
        if word in self._joined:
            _best(scores, self._having({self._joined[word]: 1.0}))
        guesses: list[tuple[str, int]] = []
        sure = max(meant.values(), default=0.0) >= COMPOUND
        if (word.root,) not in vocabulary.synonyms and not (sure and len(scores) > RARE):
            guesses = vocabulary.close_to(word.root, len(word.typed))
        if sure:  # it may be a typo all the same, if hardly anybody writes so
            guesses = [(other, edits) for other, edits in guesses if vocabulary.count(other) >= 5 * RARE]
        unsure = not scores.keys() & self._having(meant).keys()
        for other, edits in guesses:
            _best(scores, self._having(vocabulary.meaning(other, TYPO[edits])))
            self._compound(scores, other, TYPO[edits])
        if guesses and unsure:
            self._meant[word.typed] = guesses[0][0]
        if not guesses:
            self._compound(scores, word.root, 1.0)
        if not scores or word.typed in self._meant:
            self._missing.append(word.typed)
        return scores

    def _compound(self, scores: Scores, root: str, sure: float) -> None:
        """Add the cards that have the words of a compound apart; where few were found, also what comes near."""
        vocabulary, parts = self._vocabulary, self._vocabulary.parts(root)
        if not parts:
            return
        related = [vocabulary.related(part, sure * PARTS) for part in parts]
        _best(scores, _all_of([self._having(words, SUBJECTS) for words in related]))
        around = {word for word in related[0] if word.startswith(parts[0]) and word.endswith(parts[-1])}
        _best(scores, self._having(dict.fromkeys(around, sure * COMPOUND)))
        if len(scores) >= FEW:
            return
        _best(scores, _all_of([self._having(vocabulary.meaning(part, sure * PARTS), SUBJECTS) for part in parts]))
        for part, alone in zip(parts, chain((FIRST,), repeat(ALONE)), strict=False):
            if part not in ENDS:
                _best(scores, self._having(vocabulary.related(part, sure * alone), SUBJECTS))

    def _apart(self, typed: str) -> Scores:
        """The cards that write a word as two, one after the other: "OK Lab" for "oklab"."""
        found: Scores = {}
        for cut in range(2, len(typed) - 1):
            pair = root_of_folded(typed[:cut]), root_of_folded(typed[cut:])
            if self._vocabulary.words.issuperset(pair):
                _best(found, self._phrase(pair))
        return found

    def _having(self, words: Meaning, fields: Iterable[int] = range(FIELDS)) -> Scores:
        """The cards with any of these words, each by its best."""
        total: Scores = {}
        rising = sorted(words, key=lambda word: words[word])
        for word, how in words.items():
            self._by[word] = max(how, self._by.get(word, 0.0))
        for place in fields:
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
        for card in self._vocabulary.unseen:
            total.pop(card, None)
        return total

    def _phrase(self, words: Roots) -> Scores:
        scores = _all_of([self._having({word: 1.0}) for word in words])
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
            said = sum(self._by.get(word, 0.0) for word in name)
            more = WHOLE * said / max(len(name), 3)
            more += NEIGHBOURS * sum(self._index.says(card, pair) for pair in pairwise(roots))
            scores[card] *= 1 + more


def _best(scores: Scores, other: Scores) -> None:
    for card, score in other.items():
        if score > scores.get(card, 0.0):
            scores[card] = score


def _all_of(parts: list[Scores]) -> Scores:
    """The cards that have every part, by their mean."""
    if len(parts) == 1:
        return parts[0]
    cards = set(parts[0]).intersection(*parts[1:])
    return {card: sum(part[card] for part in parts) / len(parts) for card in cards}
