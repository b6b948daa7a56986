"""A meeting that comes back: its structure, its dates by the clock of the wall's city, and what one can filter by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any, Literal, Self

from dateutil.rrule import FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, YEARLY, rrule
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from wall.model.types import ZONE
from wall.text import clean

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
PartOfDay = Literal["morning", "afternoon", "evening"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BY_DAY = dict(zip(WEEKDAYS, (MO, TU, WE, TH, FR, SA, SU), strict=True))
PARTS: tuple[PartOfDay, ...] = ("morning", "afternoon", "evening")
NOON, EVENING = time(12), time(17)  # from when it is afternoon, and evening
FAR = timedelta(days=366 * 5)  # how far ahead a next date is looked for: a 29th of February comes within it
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
DAY = timedelta(days=1)


def _line(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _in_order(value: Any) -> Any:
    """Lists are kept sorted and once each, so that the same meeting is the same value."""
    if not isinstance(value, list | tuple) or len(value) > 20:
        return value
    try:
        if value and all(each in WEEKDAYS for each in value):
            return sorted(set(value), key=WEEKDAYS.index)
        return sorted({*value}, key=lambda n: (n < 0, n))
    except TypeError:
        return value


def _clock(value: Any) -> Any:
    """ "`9:30` is the time "09:30"; seconds mean nothing here."""
    if not isinstance(value, str) or not value:
        return value
    hour, _, rest = value.strip().partition(":")
    minute = rest[:2] or "00"
    known = hour.isascii() and hour.isdecimal() and minute.isascii() and minute.isdecimal() and len(minute) == 2
    return f"{int(hour):02}:{minute}" if known and len(hour) <= 2 else value


Clock = Annotated[str, BeforeValidator(_clock), Field(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$")]
Month = Annotated[int, Field(ge=1, le=12)]
Week = Literal[1, 2, 3, 4, 5, -1]  # -1: the last one


class Meeting(BaseModel):
    """When a network meets. Of the ways to say it in one only what `every` needs counts; the rest is left out."""

    model_config = ConfigDict(frozen=True, title="Schedule")

    every: Literal["never", "once", "week", "month", "year"] = Field(
        description="How it comes back; `never`: at no fixed date, whatever the free words say."
    )
    interval: Annotated[int, Field(ge=1, le=12)] = Field(1, description="Every n-th week or month, from `first` on.")
    weekdays: Annotated[tuple[Weekday, ...], BeforeValidator(_in_order)] = Field((), max_length=7)
    weeks: Annotated[tuple[Week, ...], BeforeValidator(_in_order)] = Field(
        (), max_length=6, description="Of a month: 1 is the first such weekday, -1 the last."
    )
    day: Annotated[int, Field(ge=-1, le=31)] | None = Field(None, description="Of the month; -1 is its last.")
    month: Month | None = Field(None, description="Of a yearly meeting, with `day`.")
    first: date | None = Field(None, description="The first date, which every n-th week is counted from.")
    until: date | None = Field(None, description="The last day on which it can be.")
    starts: Clock | None = Field(None, description="`HH:MM` by the city's clock; without it the whole day.")
    ends: Clock | None = Field(None, description="`HH:MM`; before `starts` it is that of the next day.")
    place: Annotated[str, BeforeValidator(_line)] = Field("", max_length=200)
    pauses: Annotated[tuple[Month, ...], BeforeValidator(_in_order)] = Field(
        (), max_length=11, description="Months without a meeting."
    )

    @model_validator(mode="after")
    def _must_be_whole(self) -> Self:
        if self.every == "never":
            return self
        lacking = {
            "once": self.first is None,
            "week": not self.weekdays,
            "month": self.day is None and not (self.weekdays and self.weeks),
            "year": self.first is None and (self.day is None or self.month is None),
        }[self.every]
        if lacking or (self.interval > 1 and self.first is None and self.every in ("week", "month")):
            raise PydanticCustomError("not_a_schedule", "something is missing")
        ends_right = self.ends is None or (self.starts is not None and self.ends != self.starts)
        days = [each for each in (self.first, self.until) if each is not None]
        if not ends_right or days != sorted(days) or not all(EARLIEST <= each <= LATEST for each in days):
            raise PydanticCustomError("not_a_schedule", "it ends before it begins")
        doubtful = self.every == "year" or self.day is not None or self.until is not None
        if self.day == 0 or (doubtful and not next_dates(self.needed, self.first or date(2024, 1, 1), 1)):
            raise PydanticCustomError("not_a_schedule", "there is no such day")
        return self

    @property
    def needed(self) -> "Meeting":
        """Only what counts, so that equal meetings are equal values."""
        uses = {
            "never": (),
            "once": ("first",),
            "week": ("interval", "weekdays", "first", "until", "pauses"),
            "month": ("interval", "weekdays", "weeks", "day", "first", "until", "pauses"),
            "year": ("day", "month", "first", "until"),
        }[self.every]
        common = () if self.every == "never" else ("starts", "ends", "place")
        values = {name: getattr(self, name) for name in ("every", *uses, *common)}
        if self.every == "month" and self.day is not None:
            values |= {"weekdays": (), "weeks": ()}
        if self.every == "year" and self.first is not None:
            values |= {"day": self.first.day, "month": self.first.month}
        return Meeting.model_construct(**values)

    @property
    def dated(self) -> bool:
        """Whether its dates are known; every n-th week could be this one or another."""
        return self.interval == 1 or self.first is not None

    @property
    def plain(self) -> dict[str, Any]:
        """The meeting as cards, journal and API hold it: JSON's own types, nothing that says nothing."""
        return self.needed.model_dump(mode="json", exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a meeting; without `starts` it takes the day, without `ends` nobody said how long."""

    day: date
    starts: datetime | None = None
    ends: datetime | None = None

    @property
    def key(self) -> str:
        """Sorts dates; what takes the whole day comes first on it."""
        return f"{self.day} {self.starts or ''}"


def today() -> date:
    """The day it is in the wall's city."""
    return datetime.now(ZONE).date()


def taken(value: Any) -> dict[str, Any] | None:
    """What a card keeps of a schedule somebody sent; None for nothing.

    Raises:
        PydanticCustomError: it is none.
    """
    if value is None or value == {} or value == "":
        return None
    try:
        return Meeting.model_validate(value).plain
    except ValidationError:
        raise PydanticCustomError("not_a_schedule", "expected a schedule") from None


def dates(meeting: Meeting, since: date, last: date) -> Iterator[Occurrence]:
    """The dates of a meeting from one day to another, both included, in order; holidays are days like others."""
    for day in _days(meeting, since, last):
        yield _occurrence(meeting, day)


def next_dates(meeting: Meeting, since: date, most: int) -> list[Occurrence]:
    """The first dates of a meeting on a day or after it; those of the day count until it is over."""
    return list(islice(dates(meeting, since, max(since, meeting.first or since) + FAR), most))


@lru_cache(maxsize=16384)
def next_date(meeting: Meeting, since: date) -> Occurrence | None:
    """The first date of a meeting on a day or after it."""
    return next(iter(next_dates(meeting, since, 1)), None)


def when(meeting: Meeting) -> tuple[Weekday | PartOfDay, ...]:
    """The weekdays of a meeting and its part of the day, to filter by."""
    days = meeting.weekdays
    if meeting.every == "once" and meeting.first is not None:
        days = (WEEKDAYS[meeting.first.weekday()],)
    if not meeting.starts:
        return days
    begins = time.fromisoformat(meeting.starts)
    return (*days, "morning" if begins < NOON else "afternoon" if begins < EVENING else "evening")


def _days(meeting: Meeting, since: date, last: date) -> Iterator[date]:
    since, last = max(since, meeting.first or since), min(last, meeting.until or last, LATEST)
    if meeting.every == "once":
        if meeting.first is not None and since <= meeting.first <= last:
            yield meeting.first
    elif meeting.every != "never":
        start, until = (datetime.combine(day, time()) for day in (_counted_from(meeting, since), last))
        for moment in rrule(**repeats(meeting), dtstart=start, until=until):
            if moment.date() >= since:
                yield moment.date()


def _counted_from(meeting: Meeting, since: date) -> date:
    """A day close before `since` that counts weeks and months as the first date does: years of them take long."""
    if meeting.interval == 1 or meeting.first is None:
        return since
    first, step = meeting.first, meeting.interval
    if meeting.every == "week":
        weeks = (since - first).days // 7 // step * step
        return first + timedelta(weeks=weeks)
    months = ((since.year - first.year) * 12 + since.month - first.month) // step * step
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1) if months else first


def repeats(meeting: Meeting) -> dict[str, Any]:
    """How a meeting comes back, in the words of dateutil."""
    months = [month for month in range(1, 13) if month not in meeting.pauses] if meeting.pauses else None
    if meeting.every == "year":
        return {"freq": YEARLY, "bymonth": meeting.month, "bymonthday": meeting.day}
    rule: dict[str, Any] = {"freq": WEEKLY if meeting.every == "week" else MONTHLY, "interval": meeting.interval}
    if months is not None:
        rule["bymonth"] = months
    if meeting.every == "week":
        return rule | {"byweekday": [BY_DAY[each] for each in meeting.weekdays]}
    if meeting.day is not None:
        return rule | {"bymonthday": meeting.day}
    return rule | {"byweekday": [BY_DAY[each](week) for week in meeting.weeks for each in meeting.weekdays]}


def _occurrence(meeting: Meeting, day: date) -> Occurrence:
    if not meeting.starts:
        return Occurrence(day)
    starts = datetime.combine(day, time.fromisoformat(meeting.starts), ZONE)
    if not meeting.ends:
        return Occurrence(day, starts)
    later = DAY if meeting.ends < meeting.starts else timedelta()
    return Occurrence(day, starts, datetime.combine(day + later, time.fromisoformat(meeting.ends), ZONE))


SCHEDULE = {"anyOf": [Meeting.model_json_schema(), {"type": "null"}], "default": None}
