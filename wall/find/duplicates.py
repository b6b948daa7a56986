"""Which cards are probably the same network as a name or another card: a score, and the reason in one word."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from wall.find.names import Name, Places, parts_of, take_apart
from wall.find.same import LIVE
from wall.model.board import Board
from wall.model.card import Card
from wall.text import fold

Reason = Literal["same", "part", "similar", "website"]
LIKELY = 0.72  # from here on a card is shown as a likely duplicate
KIND, PLACE, OWN, NUMBER = 0.4, 0.5, 0.15, 0.4  # weights beside those of telling words, which go up to 1
TYPO = 0.9  # what a word with a typo counts of the word
BOTH, ONE = 1.5, 0.25  # what counts against: words missing on both sides, words that one side has beyond the other
UNRELATED = 0.3  # up to here a common website or common members make no duplicate
ALONE = 0.75  # what the words of a part have to weigh for it to stand for the whole name
FEW = 30  # cards a small wall is taken to have, so that its first words are not all common ones
LOOKED_UP = 16  # words of a name for which typos are looked for
TRIED = 80  # cards compared in full for one name


@dataclass(frozen=True, slots=True)
class Twin:
    """A card that is probably the same network; `score` runs from LIKELY to 1."""

    card_id: str
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Known:
    """A card as the index knows it."""

    raw: str
    website: str
    members: frozenset[str]
    name: Name
    parts: tuple[Name, ...]

    def stands_for(self, card: Card) -> bool:
        return self.raw == card.name and self.website == card.website and len(self.members) == len(card.members)


class Index:
    """The names of one board, taken apart once, found by the words in them."""

    def __init__(self, board: Board) -> None:
        self.about = about(board)
        self.places = Places.of(board.wall)
        self.known: dict[str, Known] = {}
        self._cards: dict[str, set[str]] = {}  # stem or joined stems -> cards
        self._hosts: dict[str, set[str]] = {}
        self._vocabulary: list[str] | None = None
        self._revision = -1

    def refresh(self, board: Board) -> None:
        """Take in what changed on the board since the last look at all of it."""
        if board.revision == self._revision:
            return
        live = {card.id: card for card in board.cards.values() if card.status in LIVE}
        for card_id, known in list(self.known.items()):
            if card_id not in live or not known.stands_for(live[card_id]):
                self._forget(card_id, known)
        for card_id, card in live.items():
            if card_id not in self.known:
                self._learn(card)
        self._revision = board.revision

    def _learn(self, card: Card) -> None:
        name = take_apart(card.name, self.places)
        parts = [take_apart(part, self.places) for part in parts_of(card.name)]
        known = Known(
            card.name,
            card.website,
            frozenset(map(fold, card.members)),
            name,
            tuple(part for part in parts if part.words),
        )
        self.known[card.id] = known
        for table, key in self._places_of(known):
            table.setdefault(key, set()).add(card.id)
        self._vocabulary = None

    def _forget(self, card_id: str, known: Known) -> None:
        del self.known[card_id]
        for table, key in self._places_of(known):
            table[key].discard(card_id)
            if not table[key]:
                del table[key]
        self._vocabulary = None

    def _places_of(self, known: Known) -> Iterator[tuple[dict[Any, set[str]], Any]]:
        """Every table a card stands in, and under what."""
        for key in {*known.name.all, *known.name.joins}:
            yield self._cards, key
        if host := host_of(known.website):
            yield self._hosts, host

    def weight(self, word: str) -> float:
        """How well a word tells one network from another: 1 for a rare one, less the more cards have it."""
        count = max(len(self.known), FEW)
        return max(0.3, math.log((count + 2) / (len(self._cards.get(word, ())) + 1)) / math.log(count + 2))

    def close_to(self, word: str) -> list[str]:
        """Words of the board that differ by a typo."""
        if len(word) < 5 or word.isdecimal() or word in self.places.inner:
            return []
        if self._vocabulary is None:
            self._vocabulary = [key for key in self._cards if len(key) > 4]
        most = 1 if len(word) < 8 else 2
        from rapidfuzz import process  # with the first name that is held against others: it takes 3 MB
        from rapidfuzz.distance import OSA

        found = process.extract(word, self._vocabulary, scorer=OSA.distance, score_cutoff=most, limit=8)
        return [other for other, distance, _ in found if distance and other[0] == word[0]]

    def twins(self, raw: str, website: str = "", members: Iterable[str] = ()) -> list[Twin]:
        """Likely duplicates of a name, most likely first."""
        name = take_apart(raw, self.places)
        typos = {word: set(self.close_to(word)) for word in sorted(name.words | name.places)[:LOOKED_UP]}
        same_host = self._hosts.get(host_of(website), set())
        team, found = frozenset(map(fold, members)), []
        for card_id in self._candidates(name, typos, same_host):
            known = self.known[card_id]
            score, reason = self._judge(name, known, typos)
            if card_id in same_host and _same_page(website, known.website, len(same_host)) and score > UNRELATED:
                score, reason = 1 - (1 - score) * 0.4, "same" if reason == "same" else "website"
            if len(team & known.members) > 1 and score > UNRELATED:
                score = 1 - (1 - score) * 0.9
            if score >= LIKELY:
                found.append(Twin(card_id, round(score, 3), reason))
        return sorted(found, key=lambda twin: (-twin.score, len(self.known[twin.card_id].raw), twin.card_id))

    def _candidates(self, name: Name, typos: dict[str, set[str]], same_host: set[str]) -> list[str]:
        """The cards that share most with a name."""
        shared: dict[str, float] = dict.fromkeys(same_host, 1.0)
        for key in {*name.all, *name.joins}:
            for other in (key, *typos.get(key, ())):
                cards = self._cards.get(other)
                if cards and (len(cards) < TRIED or key in name.words):
                    weight = self.weight(other)
                    for card_id in cards:
                        shared[card_id] = shared.get(card_id, 0.0) + weight
        return sorted(shared, key=lambda card_id: (-shared[card_id], card_id))[:TRIED]

    def _judge(self, name: Name, known: Known, typos: dict[str, set[str]]) -> tuple[float, Reason]:
        """How alike two names are, as a whole or by a part that people use alone."""
        if not name.all or self._elsewhere(name, known.name):
            return 0.0, "similar"
        if name.all == known.name.all:
            return 1.0, "same"
        whole, part = self._score(name, known.name, typos), 0.0
        for other in known.parts:
            if sum(map(self.weight, other.words)) >= ALONE:
                part = max(part, self._score(name, other, typos) * 0.95)
        return (part, "part") if part > whole else (whole, "similar")

    def _elsewhere(self, a: Name, b: Name) -> bool:
        """Whether the names say that these are two: other districts, other towns, other numbers."""
        if a.numbers - b.numbers and b.numbers - a.numbers:
            return True
        here, there = a.places - b.places, b.places - a.places
        if here and there:
            return True
        return bool((here - self.places.inner and b.own - a.own) or (there - self.places.inner and a.own - b.own))

    def _score(self, a: Name, b: Name, typos: dict[str, set[str]]) -> float:
        """How much of two names is the same, from 0 to 1."""
        shared = a.all & b.all
        left, right = set(a.all - shared), set(b.all - shared)
        matched = sum(self._worth(word, a) for word in shared)
        telling = bool(shared & a.words)
        for joined, stems, others in ((a.joins, left, right), (b.joins, right, left)):
            for word in sorted(word for word in others if word in joined and joined[word] & stems):
                matched += self._worth(word, b if others is right else a)
                stems -= joined[word]
                others.discard(word)
                telling = True
        for word in sorted(left):
            other = min(typos.get(word, set()) & right, default="")
            if other:
                matched += TYPO * self._worth(word, a)
                left.discard(word)
                right.discard(other)
                telling = True
        if not telling and (not shared or (left | right) - self.places.own):
            return 0.0
        against = sorted((self._missing(left, a, right, b), self._missing(right, b, left, a)))
        return matched / (matched + BOTH * against[0] + ONE * (against[1] - against[0]))

    def _worth(self, word: str, name: Name) -> float:
        if word in name.words:
            return self.weight(word)
        if word in name.kinds:
            return KIND
        return PLACE if word in name.places else NUMBER if word in name.numbers else OWN

    def _missing(self, words: set[str], name: Name, others: set[str], other: Name) -> float:
        """What speaks against: the town is only worth leaving out where nothing stands in its place."""
        replaced = bool(others & (other.words | other.places))
        return sum(1.0 if replaced and word in name.own else self._worth(word, name) for word in words)


_indexes: WeakKeyDictionary[Board, Index] = WeakKeyDictionary()


def about(board: Board) -> tuple[str, ...]:
    """What every name of a board is read by."""
    return (board.epoch, board.wall.place, board.wall.title, *board.wall.districts)


def index_of(board: Board) -> Index:
    """The board's index, up to date."""
    index = _indexes.get(board)
    if index is None or index.about != about(board):
        index = _indexes[board] = Index(board)
    index.refresh(board)
    return index


def named(board: Board, name: str, website: str = "") -> list[Twin]:
    """Likely duplicates of a name among the waiting and approved cards, most likely first.

    Whoever shows them to visitors leaves out what visitors may not see.
    """
    return index_of(board).twins(name, website)


def of(board: Board, card: Card) -> list[Twin]:
    """Likely duplicates of a card among the other waiting and approved ones, most likely first."""
    return [twin for twin in index_of(board).twins(card.name, card.website, card.members) if twin.card_id != card.id]


def host_of(website: str) -> str:
    """The host of an address without "www.", or ''."""
    try:
        return (urlsplit(_whole(website)).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _same_page(a: str, b: str, on_board: int) -> bool:
    """Whether two addresses of one host lead to the same network: nobody else is there, or it is the same page."""
    return on_board < 2 or urlsplit(_whole(a)).path.strip("/") == urlsplit(_whole(b)).path.strip("/")


def _whole(website: str) -> str:
    return website if "://" in website or not website else f"https://{website}"
