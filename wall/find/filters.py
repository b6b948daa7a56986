"""What a visitor asks for, as an address, and which cards fit its filters. Its words are for the search."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from wall.model.card import Card
from wall.model.meeting import today, when
from wall.model.meeting_words import coming, meeting_of
from wall.model.types import MONTH, now
from wall.text import clean, fold

LONGEST = 200
MOST = 40  # values of one filter that are read
EVERYWHERE = "*"  # among the districts: cards that name none are there for the whole city
YES = "1"
SIGNS = re.compile(r"^[^\w]+")
RECENT = 12 * MONTH
TABS = ("wall", "list", "table", "map", "calendar", "graph")  # the first needs no name in an address
VIEWS = (*TABS, "agenda")  # the calendar as a list of days
CALENDARS = ("calendar", "agenda")
A_MONTH = re.compile(r"^20\d\d-(?:0[1-9]|1[0-2])$")
SORTS = ("name", "kind", "section", "district", "newest", "soonest")
Values = Mapping[str, tuple[str, ...]]


def meets_when(card: Card) -> tuple[str, ...]:
    """When a network meets: weekdays (mon … sun) and parts of the day (morning, afternoon, evening)."""
    meeting = meeting_of(card)
    return () if meeting is None else when(meeting)


def _confirmed(card: Card) -> tuple[str, ...]:
    return (YES,) if card.confirmed_at is not None and card.confirmed_at > now() - RECENT else ()


# Each filter and what a card has of it. Of one filter any chosen value will do; of several, each has to fit.
FILTERS: dict[str, Callable[[Card], Iterable[str]]] = {
    "topic": lambda card: card.topics,
    "district": lambda card: card.districts or (EVERYWHERE,),
    "section": lambda card: (card.section,),
    "when": lambda card: meets_when(card),
    "kind": lambda card: (card.kind,),
    "open": lambda card: (YES,) if card.newcomers in ("yes", "ask") else (),
    "offers": lambda card: (YES,) if card.offers else (),
    "seeks": lambda card: (YES,) if card.seeks else (),
    "confirmed": _confirmed,
    "member": lambda card: card.members,
}
MARKS = ("open", "offers", "seeks", "confirmed")  # what a card has or has not


@dataclass(frozen=True, slots=True)
class Query:
    """What a visitor asked for; empty parts ask for nothing. `view` and `sort` say how to show it."""

    q: str = ""
    chosen: Values = field(default_factory=dict)
    view: str = VIEWS[0]
    sort: str = ""
    month: str = ""  # of a calendar, as 2026-12
    found: int = 0

    @classmethod
    def read(cls, params: Mapping[str, str]) -> "Query":
        """The query in an address. What it does not know, it leaves out."""
        pairs: Iterable[tuple[str, str]] = getattr(params, "multi_items", params.items)()
        given: dict[str, list[str]] = {}
        for name, raw in pairs:
            given.setdefault(name, []).append(raw)
        chosen = {}
        for name in FILTERS:
            read = dict.fromkeys(clean(raw[:LONGEST]) for raw in given.get(name, ())[:MOST])
            if values := tuple(value for value in read if value):
                chosen[name] = values[:1] if name in MARKS else values
        view, sort, month = (params.get(name, "") for name in ("view", "sort", "month"))
        return cls(
            clean(params.get("q", "")[:LONGEST]),
            chosen,
            view if view in VIEWS else VIEWS[0],
            sort if sort.removeprefix("-") in SORTS else "",
            month if view in CALENDARS and A_MONTH.match(month) else "",
        )

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.chosen)

    @property
    def plain(self) -> bool:
        """Whether it asks for the wall just as it hangs."""
        return not self.filtered and self.view == VIEWS[0]

    @property
    def tab(self) -> str:
        """Under which tab this view is."""
        return "calendar" if self.view in CALENDARS else self.view

    def of(self, name: str) -> tuple[str, ...]:
        """The chosen values of one filter."""
        return self.chosen.get(name, ())

    def has(self, name: str, value: str) -> bool:
        """Whether this value of a filter is chosen, however it is written."""
        return name in self.chosen and fold(value) in map(fold, self.of(name))

    def toggled(self, name: str, value: str) -> "Query":
        """The query with one value more, or without it where it was chosen."""
        kept = tuple(other for other in self.of(name) if fold(other) != fold(value))
        values = kept if len(kept) < len(self.of(name)) else (*kept, value)
        chosen = {other: self.of(other) for other in FILTERS if other != name and self.of(other)}
        return replace(self, chosen=chosen | ({name: values} if values else {}))

    def without(self) -> "Query":
        """The same view of everything."""
        return Query(view=self.view, sort=self.sort, month=self.month)

    def pairs(self) -> list[tuple[str, str]]:
        """What an address or a form has to carry, in a fixed order: equal queries have one address."""
        found = [("q", self.q)] if self.q else []
        found += [(name, value) for name in FILTERS for value in self.of(name)]
        found += [("view", self.view)] if self.view != VIEWS[0] else []
        found += [("sort", self.sort)] if self.sort else []
        return found + ([("month", self.month)] if self.month else [])

    def address(self, path: str, **other: str) -> str:
        """The address of this query with some parts changed; '' takes a part away."""
        pairs = [pair for pair in self.pairs() if pair[0] not in other]
        pairs += [(name, value) for name, value in other.items() if value and (name, value) != ("view", VIEWS[0])]
        return f"{path}?{urlencode(pairs, safe='*')}" if pairs else path

    def counted(self, found: int) -> "Query":
        return replace(self, found=found)


def misses(card: Card, wanted: Mapping[str, frozenset[str]]) -> list[str]:
    """The filters a card does not fit. `wanted` are folded values."""
    return [name for name, values in wanted.items() if values.isdisjoint(map(fold, FILTERS[name](card)))]


def wanted(query: Query) -> dict[str, frozenset[str]]:
    """The chosen values as `misses` compares them."""
    return {name: frozenset(map(fold, values)) for name, values in query.chosen.items()}


def matches(card: Card, query: Query) -> bool:
    """Whether a card fits every filter. Which cards have the words of a query, the search says."""
    return not misses(card, wanted(query))


def ordered(cards: Sequence[Card], query: Query, section_names: Mapping[str, str]) -> list[Card]:
    """The cards in the order that was asked for, else as they came. Who has nothing there to sort by stands last."""
    by, down = query.sort.removeprefix("-"), query.sort.startswith("-")
    if not by:
        return list(cards)
    if by == "newest":
        return sorted(cards, key=lambda card: (card.created_at, card.id), reverse=not down)
    if by == "soonest":
        return _soonest(cards, down)
    key: dict[str, Callable[[Card], str]] = {
        "name": lambda card: card.name,
        "kind": lambda card: card.kind,
        "section": lambda card: section_names.get(card.section, ""),
        "district": lambda card: ", ".join(card.districts),
    }
    named = sorted(cards, key=lambda card: (_sorts(card.name), card.id))
    filled = sorted((card for card in named if key[by](card)), key=lambda card: _sorts(key[by](card)), reverse=down)
    return filled + [card for card in named if not key[by](card)]


def _soonest(cards: Sequence[Card], down: bool) -> list[Card]:
    """By the next date of the meeting, and of one day by its time."""
    day = today()
    known = {card.id: at.key for card in cards if (at := coming(card, day)) is not None}
    named = sorted(cards, key=lambda card: (_sorts(card.name), card.id))
    dated = sorted((card for card in named if card.id in known), key=lambda card: known[card.id], reverse=down)
    return dated + [card for card in named if card.id not in known]


def _sorts(text: str) -> str:
    """As German sorts, quotation marks in front apart."""
    return SIGNS.sub("", fold(text))
