"""Which cards match a query, and what else there is to choose: matching is written here and nowhere else."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from wall.model.card import Card
from wall.model.wall import Wall
from wall.text import clean, fold

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Query:
    """What a visitor asked for; empty parts ask for nothing."""

    q: str = ""
    topic: str = ""
    district: str = ""
    kind: str = ""
    found: int = 0

    @classmethod
    def read(cls, params: Mapping[str, str]) -> "Query":
        q, topic, district, kind = (clean(params.get(n, "")[:LONGEST]) for n in ("q", "topic", "district", "kind"))
        return cls(q, topic, district, kind)

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.topic or self.district or self.kind)

    def address(self, path: str, **other: str) -> str:
        """The address of this query with some parts changed."""
        parts = {"q": self.q, "topic": self.topic, "district": self.district, "kind": self.kind} | other
        chosen = {name: value for name, value in parts.items() if value}
        return f"{path}?{urlencode(chosen)}" if chosen else path

    def counted(self, found: int) -> "Query":
        return replace(self, found=found)


@dataclass(frozen=True, slots=True)
class Facet:
    value: str
    count: int
    chosen: bool
    url: str
    hue: int | None = None


@dataclass(frozen=True, slots=True)
class Facets:
    topics: Sequence[Facet]
    districts: Sequence[Facet]
    kinds: Sequence[Facet]


def matches(card: Card, query: Query) -> bool:
    """Whether a card fits every filter. What has its words, the search says."""
    if query.kind and fold(card.kind) != fold(query.kind):
        return False
    if query.topic and fold(query.topic) not in map(fold, card.topics):
        return False
    return not (query.district and card.districts and fold(query.district) not in map(fold, card.districts))


def facets(cards: Iterable[Card], wall: Wall, query: Query, path: str) -> Facets:
    """What can be chosen, with how many of these cards each would give, most first."""
    kinds, topics, districts = Counter[str](), Counter[str](), Counter[str]()
    for card in cards:
        kinds[card.kind] += 1
        topics.update(card.topics)
        districts.update(card.districts)

    def listed(name: str, counter: Counter[str], chosen: str) -> list[Facet]:
        if chosen and not any(fold(value) == fold(chosen) for value in counter):
            counter[chosen] = 0
        found = []
        for value, count in sorted(counter.items(), key=lambda item: (-item[1], fold(item[0]))):
            is_chosen = fold(value) == fold(chosen)
            url = query.address(path, **{name: "" if is_chosen else value})
            found.append(Facet(value, count, is_chosen, url, wall.hue(value) if name == "kind" else None))
        return found

    return Facets(
        listed("topic", topics, query.topic),
        listed("district", districts, query.district),
        listed("kind", kinds, query.kind),
    )
