"""The meeting as fields of a form: what was chosen in, the fields with it out, and what it comes to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.dates import get_month_names
from pydantic import ValidationError

from wall.model.meeting import WEEKDAYS, Meeting, next_dates, today
from wall.model.meeting_said import said, short_date
from wall.model.meeting_words import read
from wall.words import Words

EVERY: Mapping[str, tuple[str, int]] = {
    "never": ("never", 1),
    "once": ("once", 1),
    **{f"week{n if n > 1 else ''}": ("week", n) for n in (1, 2, 3, 4)},
    **{f"month{n if n > 1 else ''}": ("month", n) for n in (1, 2, 3)},
    "year": ("year", 1),
}
WEEKS = (1, 2, 3, 4, 5, -1)
SINGLE = ("first", "until", "starts", "ends", "place")
ASKED = "meeting_every"  # a form without this field was drawn before there were schedules
Choices = Sequence[tuple[str, str, bool]]  # value, label, chosen


@dataclass(frozen=True, slots=True)
class ScheduleFields:
    """What a template draws of a schedule."""

    every: Choices
    weekdays: Choices
    weeks: Choices
    days: Choices
    pauses: Choices
    first: str
    until: str
    starts: str
    ends: str
    place: str
    opened: bool
    understood: "Understood | None"


@dataclass(frozen=True, slots=True)
class Understood:
    """What free words, or the fields, come to: in one line, with the next date; `asks`: a date is missing."""

    said: str
    next: str
    asks: bool
    chosen: bool = False


def posted_schedule(posted: Mapping[str, Sequence[str]], words: str) -> dict[str, Any] | None:
    """What the fields say, not yet checked; None where the free words shall count.

    Who leaves "how often" to the words and fills in something else, such as the next date, adds that to them.
    """

    def one(name: str) -> str:
        return next(iter(posted.get(f"meeting_{name}", ())), "")[:300].strip()

    given: dict[str, Any] = {name: value for name in SINGLE if (value := one(name))}
    if days := [value for value in posted.get("meeting_weekdays", ()) if value in WEEKDAYS]:
        given["weekdays"] = days
    for name in ("weeks", "pauses"):
        if numbers := [n for value in posted.get(f"meeting_{name}", ())[:12] if (n := _number(value))]:
            given[name] = numbers
    if day := _number(one("day")):
        given["day"] = day
    chosen = EVERY.get(one("every"))
    if chosen is not None:
        every, interval = chosen
        return {"every": every} | ({"interval": interval} if interval > 1 else {}) | given
    if not given:
        return None
    meant = read(words)
    if meant is None:
        return {"every": ""} | given
    more = {name: value for name, value in given.items() if name in SINGLE}
    return meant.plain | more if more else None


def _number(value: str) -> int | None:
    text = value.removeprefix("-")
    return int(value) if text.isascii() and text.isdecimal() and len(text) < 4 else None


def schedule_fields(t: Words, schedule: Any, words: str) -> ScheduleFields:
    """The fields with what is kept, or what was posted and could not be taken."""
    raw: Mapping[str, Any] = schedule if isinstance(schedule, Mapping) else {}
    chosen = next((name for name, pair in EVERY.items() if pair == (raw.get("every"), raw.get("interval", 1))), "")
    single = {name: str(raw.get(name) or "") for name in SINGLE}
    if raw.get("every") == "year" and not single["first"]:
        single["first"] = _next_of(raw)

    def choices(values: Sequence[Any], picked: Any, label: Callable[[Any], str]) -> Choices:
        picked = picked if isinstance(picked, list) else [picked]
        return [(str(value), label(value), value in picked) for value in values]

    months = get_month_names("abbreviated", context="stand-alone", locale=t.language)
    days = [("", t("schedule.any_day"), False)]
    days += [(str(n), f"{n}." if t.language == "de" else str(n), raw.get("day") == n) for n in range(1, 32)]
    days.append(("-1", t("schedule.last_of_month"), raw.get("day") == -1))
    return ScheduleFields(
        every=choices(("", *EVERY), chosen, lambda name: t(f"schedule_every.{name or 'words'}")),
        weekdays=choices(WEEKDAYS, raw.get("weekdays", []), lambda day: t(f"weekday_short.{day}")),
        weeks=choices(WEEKS, raw.get("weeks", []), lambda n: t(f"nth_week.{n}")),
        days=days,
        pauses=choices(range(1, 13), raw.get("pauses", []), lambda month: months[month]),
        **single,
        opened=bool(raw),
        understood=understood(t, words, schedule),
    )


def _next_of(raw: Mapping[str, Any]) -> str:
    """A yearly meeting is asked for by its next date."""
    try:
        found = next_dates(Meeting.model_validate(raw), today(), 1)
    except ValidationError:
        return ""
    return found[0].day.isoformat() if found else ""


def understood(t: Words, words: str, schedule: Any = None) -> Understood | None:
    """What the fields come to, or the words where there are none; None for nothing that we are sure of."""
    if schedule is not None:
        try:
            meeting: Meeting | None = Meeting.model_validate(schedule)
        except ValidationError:
            return None
    else:
        meeting = read(words[:200])
    if meeting is None:
        return None
    found = next_dates(meeting, today(), 1) if meeting.dated else []
    following = short_date(found[0].day, t.language, near=today()) if found else ""
    return Understood(said(t, meeting), following, not meeting.dated, schedule is not None)
