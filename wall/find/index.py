"""The words of one wall's cards: which card has which word in which field, in which order. Cheap to keep up to date."""

from array import array
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import takewhile

from wall.find.duplicates import host_of
from wall.find.roots import roots_in
from wall.model.card import Card

NAME, LABELS, PLACE, MEMBERS, TEXT = range(5)  # fields, as they are weighted
FIELDS = 5
FIRST = FIELDS + 1  # number of the first word; lower ones stand for the beginning of a text in a field
_BITS = 3  # of a key that are the field's


def fields_of(card: Card) -> Iterator[tuple[int, str]]:
    """Everything of a card that is searched, with its field. Nothing in it that is not everybody's (W8)."""
    yield NAME, card.name
    yield LABELS, card.kind
    for topic in card.topics:
        yield LABELS, topic
    for district in card.districts:
        yield PLACE, district
    for member in card.members:
        yield MEMBERS, member
    place = card.schedule.get("place", "") if card.schedule is not None else ""
    for text in (card.description, card.offers, card.seeks, card.meeting, place, card.english, card.easy):
        if text:
            yield TEXT, text
    if card.website:
        yield TEXT, host_of(card.website).rpartition(".")[0]


class Index:
    """Words are known by number. A card keeps those of its words in their order, before each text that of its field."""

    def __init__(self) -> None:
        self.revision = -1  # of the board whose cards are in here
        self.slots: dict[str, int] = {}  # card id -> number
        self.cards: list[str] = []  # number -> card id, '' for one that is gone
        self.stamps: list[int] = []  # the revision of each card
        self.hidden: set[int] = set()  # cards that only moderators see
        self._orders: list[array[int]] = []
        self._postings: dict[int, array[int]] = {}  # word and field -> cards
        self.numbers: dict[str, int] = {}
        self.words: list[str] = [""] * FIRST
        self._free: list[int] = []
        self._used: array[int] = array("I", [0] * FIRST)  # how often a word stands in the postings
        self._gone: list[int] = []
        self.state = 0  # goes up with every change
        self.wording = 0  # goes up when words come or go

    def __len__(self) -> int:
        return len(self.slots)

    def stamp(self, card_id: str) -> int:
        """The revision in which a card is known, -1 for none."""
        number = self.slots.get(card_id)
        return -1 if number is None else self.stamps[number]

    def learn(self, card: Card) -> None:
        """Take in a card, instead of what it said before."""
        self.forget(card.id)
        number = self._gone.pop() if self._gone else len(self.cards)
        if number == len(self.cards):
            self.cards.append("")
            self.stamps.append(0)
            self._orders.append(array("I"))
        self.cards[number], self.stamps[number], self.slots[card.id] = card.id, card.revision, number
        if card.hidden:
            self.hidden.add(number)
        order, keys = array("I"), set()
        for field, text in fields_of(card):
            order.append(field + 1)
            for word in roots_in(text):
                known = self._number(word)
                order.append(known)
                keys.add(known << _BITS | field)
        self._orders[number] = order
        self.state += 1
        for key in keys:
            self._postings.setdefault(key, array("I")).append(number)
            self._used[key >> _BITS] += 1

    def _number(self, word: str) -> int:
        known = self.numbers.get(word)
        if known is None:
            self.wording += 1
            known = self._free.pop() if self._free else len(self.words)
            if known == len(self.words):
                self.words.append("")
                self._used.append(0)
            self.words[known], self.numbers[word] = word, known
        return known

    def forget(self, card_id: str) -> None:
        """Let go of a card and of every word that only it had."""
        number = self.slots.pop(card_id, None)
        if number is None:
            return
        for key in {word << _BITS | field for field, word in _said(self._orders[number])}:
            cards = self._postings[key]
            cards.remove(number)
            word = key >> _BITS
            self._used[word] -= 1
            if not cards:
                del self._postings[key]
            if not self._used[word]:
                self.wording += 1
                del self.numbers[self.words[word]]
                self.words[word] = ""
                self._free.append(word)
        self.cards[number], self._orders[number] = "", array("I")
        self.hidden.discard(number)
        self._gone.append(number)
        self.state += 1

    def having(self, word: str, field: int) -> Iterable[int]:
        """The numbers of the cards that have a word in a field."""
        known = self.numbers.get(word)
        return () if known is None else self._postings.get(known << _BITS | field, ())

    def only_on(self, cards: Set[int]) -> set[str]:
        """The words that stand on these cards and on no other."""
        said = {self.words[word] for number in cards for _, word in _said(self._orders[number])}
        return {
            word for word in said if all(card in cards for field in range(FIELDS) for card in self.having(word, field))
        }

    def says(self, number: int, words: Sequence[str]) -> bool:
        """Whether a card has these words one after the other."""
        wanted = array("I", [self.numbers.get(word, 0) for word in words])
        if 0 in wanted:
            return False
        order, needle, size = self._orders[number].tobytes(), wanted.tobytes(), wanted.itemsize
        at = order.find(needle)
        while at % size and at >= 0:
            at = order.find(needle, at + 1)
        return at >= 0

    def name_of(self, number: int) -> list[str]:
        """The words of a card's name, which stands first."""
        said = takewhile(lambda word: word >= FIRST or word == NAME + 1, self._orders[number])
        return [self.words[word] for word in said if word >= FIRST]


def _said(order: "array[int]") -> Iterator[tuple[int, int]]:
    """Field and word, in order."""
    field = NAME
    for number in order:
        if number < FIRST:
            field = number - 1
        else:
            yield field, number
