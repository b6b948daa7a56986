"""The calendar of a wall: the meetings of what was found in one month, as weeks and as a list of days."""

from calendar import Calendar
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from babel.dates import format_date

from wall.find.filters import Query
from wall.model.board import Board
from wall.model.card import Card
from wall.model.meeting import WEEKDAYS, Meeting, Occurrence, dates, next_date, today
from wall.model.meeting_said import clock_of, long_date, short_date
from wall.model.meeting_words import meeting_of
from wall.web.asked import Asked
from wall.words import Words, words

BACK, AHEAD = 12, 24  # months one can leaf through
IN_A_CELL = 4  # meetings of a day that the grid names


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting on one day."""

    card: Card
    hue: int
    iso: str
    clock: str
    place: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the grid; `inside` tells whether it is of the month that is shown."""

    iso: str
    number: int
    long: str
    inside: bool
    today: bool
    past: bool
    entries: Sequence[Entry]

    @property
    def named(self) -> Sequence[Entry]:
        """Those that the grid has room for: all, or all but so many that it pays to say how many more there are."""
        return self.entries if len(self.entries) <= IN_A_CELL else self.entries[: IN_A_CELL - 1]


@lru_cache(maxsize=16384)
def _in_month(meeting: Meeting, first: date) -> tuple[Occurrence, ...]:
    return tuple(dates(meeting, first, _month(first, 1) - timedelta(days=1)))


def _month(first: date, step: int) -> date:
    """The first day of a month some months on."""
    years, month = divmod(first.month - 1 + step, 12)
    return date(first.year + years, month + 1, 1)


_meets: WeakKeyDictionary[Board, tuple[tuple[str, int], bool]] = WeakKeyDictionary()


def meets(asked: Asked) -> bool:
    """Whether there are any dates on this wall; looked up once a revision."""
    board = asked.room.board
    state = (board.epoch, board.revision)
    known = _meets.get(board)
    if known is None or known[0] != state:
        known = _meets[board] = (state, any(meeting_of(card) is not None for card in board.visible()))
    return known[1]


def calendar(asked: Asked) -> dict[str, Any]:
    """The month that was asked for, or this one; both ways to show it, for windows wide and narrow."""
    now, t = today(), words(asked.language, asked.room.board.wall.address)
    here = now.replace(day=1)
    first = date.fromisoformat(f"{asked.query.month}-01") if asked.query.month else here
    if not _month(here, -BACK) <= first <= _month(here, AHEAD):
        first = here
    met = [(card, meeting) for card in asked.found.cards if (meeting := meeting_of(card)) is not None]
    entries = _entries(asked, t, met, first)
    weeks = [
        [_day(day, first, now, entries.get(day, ()), asked.language) for day in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    all_days = [day for week in weeks for day in week if day.inside and day.entries]
    days = [day for day in all_days if first != here or not day.past]
    wall = f"{asked.path}/calendar.ics"
    return {
        "weeks": weeks,
        "days": days,
        "any_dates": bool(met),
        "only_past": bool(all_days) and not days,
        "month_iso": f"{first:%Y-%m}",
        "month_said": format_date(first, "LLLL yyyy", locale=asked.language),
        "in_month": format_date(first, "LLLL", locale=asked.language),
        "weekdays": [(t(f"weekday.{day}"), t(f"weekday_short.{day}")) for day in WEEKDAYS],
        "leaves": {name: _leaf(asked, here, _month(first, step)) for name, step in (("back", -1), ("on", 1))},
        "this_month": None if first == here else asked.query.address(asked.path, month=""),
        "following": None if days else _following(asked, met, max(now, first)),
        "wordy": sum(bool(card.meeting) and meeting_of(card) is None for card in asked.found.cards),
        "file": Query(asked.query.q, asked.query.chosen).address(wall),
        "shapes": [(view, asked.query.address(asked.path, view=view)) for view in ("calendar", "agenda")],
    }


def _entries(asked: Asked, t: Words, met: Sequence[tuple[Card, Meeting]], first: date) -> dict[date, Sequence[Entry]]:
    """The meetings of a month by day, each day in the order of the clock."""
    found: dict[date, list[tuple[str, str, Entry]]] = defaultdict(list)
    wall = asked.room.board.wall
    for card, meeting in met:
        for at in _in_month(meeting, first):
            iso = (at.starts or at.day).isoformat()
            entry = Entry(card, wall.hue(card.kind), iso, clock_of(t, at), meeting.place)
            found[at.day].append((at.key, card.name, entry))
    return {day: [each[2] for each in sorted(several, key=lambda e: e[:2])] for day, several in found.items()}


def _day(day: date, first: date, now: date, entries: Sequence[Entry], language: str) -> Day:
    inside = (day.year, day.month) == (first.year, first.month)
    return Day(day.isoformat(), day.day, long_date(day, language), inside, day == now, day < now, entries)


def _leaf(asked: Asked, here: date, month: date) -> tuple[str, str] | None:
    """Address and name of a month next to the one shown; None beyond those one can leaf through."""
    if not _month(here, -BACK) <= month <= _month(here, AHEAD):
        return None
    address = asked.query.address(asked.path, month="" if month == here else f"{month:%Y-%m}")
    return address, format_date(month, "LLLL yyyy", locale=asked.language)


def _following(asked: Asked, met: Sequence[tuple[Card, Meeting]], since: date) -> tuple[str, str, str] | None:
    """Where the month shown has none: the next date of all, the address of its month, and that month's name."""
    coming = [at.day for _, meeting in met if (at := next_date(meeting, since)) is not None]
    if not coming:
        return None
    day, here = min(coming), today().replace(day=1)
    leaf = _leaf(asked, here, day.replace(day=1))
    return None if leaf is None else (short_date(day, asked.language, near=today()), *leaf)
