"""What there is to choose on a wall, and how many cards each choice would give."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from urllib.parse import quote_plus
from weakref import WeakKeyDictionary

from wall.find.filters import EVERYWHERE, FILTERS, MARKS, YES, Query, misses, wanted
from wall.model.board import Board
from wall.model.card import Card
from wall.model.types import now
from wall.model.wall import Wall
from wall.text import fold

Counts = Mapping[str, Counter[str]]
HOLE = "\0"  # stands in no value
LISTED = ("kind", "topic", "district", "section", "when")  # `member` has too many values to list
WHEN = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "morning", "afternoon", "evening")


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of a filter; `count` is how many cards have it among those that the other filters leave."""

    name: str
    value: str
    count: int
    chosen: bool
    url: str
    key: str  # the value as it stands in addresses
    hue: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The cards a query finds, in their order on the wall or the best first, and the counts beside it."""

    cards: Sequence[Card]
    counts: Counts


_all: WeakKeyDictionary[Board, tuple[object, Found]] = WeakKeyDictionary()


def find(board: Board, query: Query, answers: Iterable[Card] | None = None) -> Found:
    """What everybody sees of a board, or what a search answered, as far as it fits.

    What a wall shows unasked is counted once a revision.
    """
    if answers is not None:
        return _sift(answers, query)
    if query.filtered:
        return _sift(board.visible(), query)
    state = (board.epoch, board.revision, now().date())
    known = _all.get(board)
    if known is None or known[0] != state:
        known = _all[board] = (state, _sift(board.visible(), query))
    return known[1]


def _sift(cards: Iterable[Card], query: Query) -> Found:
    """One pass: a card that misses a single filter still counts for the other values of that one."""
    want = wanted(query)
    found: list[Card] = []
    near: dict[str, list[Card]] = {name: [] for name in want}
    for card in cards:
        missed = misses(card, want)
        if len(missed) > 1:
            continue
        (near[missed[0]] if missed else found).append(card)
    return Found(found, {name: _tally(chain(found, near.get(name, ())), of) for name, of in FILTERS.items()})


def _tally(cards: Iterable[Card], of: Callable[[Card], Iterable[str]]) -> Counter[str]:
    """How many cards have each value; of several spellings the most frequent one stands for all."""
    counted = Counter(chain.from_iterable(map(of, cards)))
    spelling: dict[str, str] = {}
    for value, count in counted.most_common():
        first = spelling.setdefault(fold(value), value)
        if first is not value:
            counted[first] += count
            del counted[value]
    return counted


def facets(board: Board, query: Query, counts: Counts, path: str) -> dict[str, list[Facet]]:
    """Every filter's values, in an order that stays while others are chosen; without those that would give nothing."""
    wall, everything = board.wall, find(board, Query()).counts
    listed = {name: _listed(wall, name, counts[name], everything[name], query, path) for name in LISTED}
    marks = [facet_of(wall, query, name, YES, counts[name][YES], path) for name in MARKS if everything[name]]
    return listed | {"marks": marks}


def chosen(board: Board, query: Query, counts: Counts, path: str) -> list[Facet]:
    """What is chosen; each address takes one choice back."""
    return [
        facet_of(board.wall, query, name, value, counts[name][value], path)
        for name in FILTERS
        for value in query.of(name)
    ]


def _listed(
    wall: Wall, name: str, counts: Counter[str], everything: Counter[str], query: Query, path: str
) -> list[Facet]:
    values = [value for value in _order(wall, name, everything) if counts[value] or query.has(name, value)]
    there = set(map(fold, values))
    values += [value for value in query.of(name) if fold(value) not in there]
    head, _, tail = query.toggled(name, HOLE).address(path).partition(quote_plus(HOLE))
    return [facet_of(wall, query, name, value, counts[value], path, (head, tail)) for value in values]


def _order(wall: Wall, name: str, everything: Counter[str]) -> list[str]:
    if name == "section":
        return [section.id for section in wall.sections]
    if name == "when":
        return [value for value in WHEN if everything[value]]
    if name == "district":
        named = sorted((value for value in everything if value != EVERYWHERE), key=fold)
        return [EVERYWHERE, *named] if named else []  # where nobody names one there is nothing to choose
    return sorted(everything, key=lambda value: (-everything[value], fold(value)))


def facet_of(
    wall: Wall, query: Query, name: str, value: str, count: int, path: str, around: tuple[str, str] | None = None
) -> Facet:
    """One value of a filter, with the address that chooses it or takes it back.

    Where many are listed, `around` is what stands before and after a value that is not chosen yet.
    """
    key, is_chosen = quote_plus(value, safe="*"), query.has(name, value)
    hue = wall.hue(value) if name == "kind" else None
    url = query.toggled(name, value).address(path) if around is None or is_chosen else f"{around[0]}{key}{around[1]}"
    return Facet(name, value, count, is_chosen, url, key, hue)
