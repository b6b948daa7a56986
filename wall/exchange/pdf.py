"""PDF out: the documentation of a wall, and its cards to hang up; laid out by Typst, tagged for screen readers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from math import ceil
from typing import Any

from wall.exchange.prose import blocks
from wall.model.card import Card
from wall.model.dates import day, month
from wall.model.meeting_said import said_of
from wall.model.wall import Wall
from wall.text import fold, plain, shortened, soft, spoken
from wall.words import Words

LONG = 1300  # characters of a card that may run on to the next column
PAGE = 44  # lines of a column
CUTS = {"text": 620, "shorter": 380, "shortest": 200}  # characters of description on a printed card
Data = dict[str, Any]
MOST = 1500  # cards of one document: 20 s of CPU and 0.75 GB, what a small server has


@dataclass(frozen=True, slots=True)
class Document:
    """What a layout is to make a PDF of, and the moment it shows."""

    layout: str
    data: Data
    moment: datetime


def documentation(wall: Wall, cards: Sequence[Card], t: Words, base_url: str, moment: datetime) -> Document:
    """The documentation as PDF/UA-1: cover, contents, a chapter a section with its cards in order, two indexes.

    `cards` are those that may be shown, in any order of sections; `moment` is the date of state on the cover.
    """
    data = _about(wall, t, base_url, moment) | {
        "intro": blocks(wall.intro),
        "where": " · ".join(filter(None, (wall.place, day(wall.held_on, t.language) if wall.held_on else ""))),
        "count": t.n("document.count", len(cards)),
        "sections": [
            _chapter(section.name, [_entry(wall, card, t, base_url) for card in cards if card.section == section.id])
            for section in wall.sections
        ],
        "kinds": [
            {"name": kind.name, "hue": kind.hue, "count": count}
            for kind in wall.kinds
            if (count := sum(card.kind == kind.name for card in cards))
        ],
        "topics": _register((topic, card) for card in cards for topic in card.topics),
        "districts": _register((d, card) for card in cards for d in card.districts or [t("card.whole_city")]),
        "credits": blocks(wall.credits),
        "keywords": sorted({topic for card in cards for topic in card.topics}, key=fold)[:20],
    }
    return Document("documentation.typ", data, moment)


def printed_cards(wall: Wall, cards: Sequence[Card], t: Words, base_url: str, moment: datetime) -> Document:
    """The cards as A6, four to a page of A4, likewise."""
    data = _about(wall, t, base_url, moment) | {"cards": [_printed(wall, card, t, base_url) for card in cards]}
    return Document("cards.typ", data, moment)


def _about(wall: Wall, t: Words, base_url: str, moment: datetime) -> Data:
    words = ("documentation", "contents", "by_topic", "by_district", "credits", "empty", "qr_wall", "qr_card")
    labels = ("offers", "seeks", "members", "topics", "districts", "newcomers", "website")
    url = f"{base_url}/w/{wall.slug}"
    return {
        "title": wall.title,
        "author": wall.contact if wall.contact and "@" not in wall.contact else wall.title,
        "summary": plain(wall.intro),
        "lang": t.language,
        "accent": wall.accent,
        "state": t("document.state", day=day(moment, t.language)),
        "url": url,
        "url_short": spoken(url),
        "words": {w: t(f"document.{w}") for w in words} | {f: t(f"field.{f}.label") for f in labels},
    }


def _entry(wall: Wall, card: Card, t: Words, base_url: str) -> Data:
    url = f"{base_url}/w/{wall.slug}/c/{card.id}"
    confirmed = card.confirmed_at
    foot = (
        t("card.confirmed", month=month(confirmed, t.language))
        if confirmed
        else t("card.changed", day=day(card.changed_at, t.language))
    )
    written = sum(map(len, (card.name, card.description, card.offers, card.seeks, *card.members, *card.topics)))
    return {
        "id": card.id,
        "kind": card.kind,
        "hue": wall.hue(card.kind),
        "name": soft(card.name, wall.language),
        "meeting": card.meeting or said_of(t, card),
        "description": blocks(card.description),
        "offers": blocks(card.offers),
        "seeks": blocks(card.seeks),
        "members": ", ".join(card.members),
        "topics": ", ".join(card.topics),
        "districts": ", ".join(card.districts) or t("card.whole_city"),
        "newcomers": t(f"newcomers.{card.newcomers}") if card.newcomers else "",
        "website": card.website,
        "website_short": spoken(card.website),
        "foot": foot,
        "url": url,
        "lines": _lines(card),
        "long": written > LONG,
    }


def _chapter(name: str, entries: list[Data]) -> Data:
    """A section; `halves` is where its second column begins, or None where it fills more than a page."""
    heights = [entry["lines"] for entry in entries]
    if sum(heights) > 2 * PAGE:
        return {"name": name, "cards": entries, "halves": None}
    before = list(accumulate(heights, initial=0))
    halves = min(range(len(entries) + 1), key=lambda n: (abs(before[n] - before[-1] / 2), -n))
    return {"name": name, "cards": entries, "halves": halves}


def _lines(card: Card) -> int:
    """About how many lines a card takes in a column of the documentation."""
    name, facts = ceil(len(card.name) / 32) + 2, 3 + bool(card.website) + bool(card.newcomers)
    texts = (card.description, card.offers, card.seeks, card.meeting)
    return name + facts + sum(ceil(len(t) / 52) + t.count("\n") for t in texts) + len(", ".join(card.members)) // 40


def _printed(wall: Wall, card: Card, t: Words, base_url: str) -> Data:
    url = f"{base_url}/w/{wall.slug}/c/{card.id}"
    text = plain(card.description)
    return {
        "kind": card.kind,
        "hue": wall.hue(card.kind),
        "name": soft(card.name, wall.language),
        "meeting": card.meeting or said_of(t, card),
        "offers": shortened(plain(card.offers), CUTS["shortest"]),
        "seeks": shortened(plain(card.seeks), CUTS["shortest"]),
        **{name: shortened(text, most) for name, most in CUTS.items()},
        "topics": " · ".join(card.topics),
        "districts": ", ".join(card.districts[:4]) + (" …" if len(card.districts) > 4 else "") or t("card.whole_city"),
        "url": url,
        "url_short": spoken(url),
    }


def _register(pairs: Iterable[tuple[str, Card]]) -> list[Data]:
    """Names in order of the alphabet, each with its cards in theirs."""
    groups: dict[str, list[Card]] = {}
    for name, card in pairs:
        groups.setdefault(name, []).append(card)
    return [
        {
            "name": name,
            "cards": [{"id": c.id, "name": c.name} for c in sorted(groups[name], key=lambda c: fold(c.name))],
        }
        for name in sorted(groups, key=fold)
    ]
