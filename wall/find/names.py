"""What a network's name says once spelling, order, legal form and abbreviations are set aside."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from wall.model.wall import Wall
from wall.text import fold

_LISTS = tomllib.loads(files("wall.find").joinpath("names.toml").read_text("utf-8"))
KINDS, SILENT, SAID_ASKING = (frozenset(_LISTS[name].split()) for name in ("kinds", "silent", "asking"))
TAILS: tuple[str, ...] = tuple(_LISTS["tails"].split())
SHORT: dict[str, str] = _LISTS["short"]

_GENDER = re.compile(r"(?<=\w)[:*_·/](?=in(?:nen)?\b)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"\s[–—|/-]\s|\s/|[:;,!?()„“”\"»«|]|\.\s|\s'|'(?:\s|$)")
_FORM = re.compile(r"\beingetragener verein\b")
_STREET = re.compile(r"str$")
_ENDINGS = ("innen", "ern", "en", "er", "em", "es", "e", "n", "s")


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A folded word without its ending; "gaerten" and "garten", "leipziger" and "leipzig" become one."""
    if word.isdecimal():
        return word
    for _ in range(2):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word[: -len(ending)]
                break
        else:
            break
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")  # only now: "Lindenauer" has no umlaut


_KIND_STEMS = frozenset(map(stem, KINDS))
_COMPASS_STEMS = frozenset(map(stem, _LISTS["compass"].split()))
_CITY_STEMS = frozenset(map(stem, _LISTS["cities"].split()))


@dataclass(frozen=True, slots=True)
class Places:
    """The stems that say where: districts and compass points, cities, and the wall's own town."""

    inner: frozenset[str]
    own: frozenset[str]

    @classmethod
    def of(cls, wall: Wall) -> "Places":
        """The places of a wall, from its districts and its place."""
        inner = {stem(word) for district in wall.districts for word in _WORD.findall(fold(district))}
        own = {stem(word) for word in _WORD.findall(fold(f"{wall.place} {wall.title}"))} & _CITY_STEMS
        own |= {stem(word) for word in _WORD.findall(fold(wall.place))}
        return cls(frozenset((inner | _COMPASS_STEMS) - _KIND_STEMS - {"st"}), frozenset(own))


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart. `words` tell networks apart; `kinds`, `places` and `numbers` only help to."""

    all: frozenset[str]
    words: frozenset[str]
    kinds: frozenset[str]
    places: frozenset[str]  # districts, compass points, other cities
    own: frozenset[str]  # the wall's own town
    numbers: frozenset[str]
    joins: Mapping[str, frozenset[str]] = field(default_factory=dict)  # neighbours written as one -> their stems


def parts_of(raw: str) -> list[str]:
    """The parts a long name is made of, each of which people use alone: "MiO – Der Mädchentreff"."""
    found = [part.strip() for part in _PARTS.split(raw)]
    return [part for part in found if part and part != raw.strip()]


def take_apart(raw: str, places: Places) -> Name:
    """What a name says, sorted by how much that tells."""
    tokens = list(_tokens(raw))
    stems = _stems(tokens)
    kinds = stems & _KIND_STEMS
    own = stems & places.own
    numbers = frozenset(word for word in stems if word.isdecimal())
    where = (stems & (places.inner | _CITY_STEMS)) - own - kinds
    words = stems - kinds - own - numbers - where
    return Name(stems, words, kinds, where, own, numbers, _joins(tokens))


@lru_cache(maxsize=8192)
def said(raw: str) -> frozenset[str]:
    """The stems a name says: equal for names that differ by spelling, order, legal form and abbreviations only."""
    return _stems(_tokens(raw))


def _stems(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(token) for token in tokens if token not in SILENT)


def _tokens(raw: str) -> Iterator[str]:
    for word in _WORD.findall(_FORM.sub(" ", fold(_GENDER.sub("", raw)))):
        word = _STREET.sub("strasse", word)
        for full in SHORT.get(word, word).split():
            yield from _split(full)


def _split(word: str) -> Iterable[str]:
    if word in KINDS or len(word) < 8:
        return (word,)
    for tail in TAILS:
        if word.endswith(tail) and len(word) - len(tail) >= 4:
            head = word[: -len(tail)]
            return (SHORT.get(head, head), SHORT.get(tail, tail))
    return (word,)


def _joins(tokens: list[str]) -> dict[str, frozenset[str]]:
    """Two or three neighbours as one word, with the stems they stand for."""
    found: dict[str, frozenset[str]] = {}
    for size in (2, 3):
        for start in range(len(tokens) - size + 1):
            group = tokens[start : start + size]
            found[stem("".join(group))] = frozenset(stem(token) for token in group if token not in SILENT)
    return found
