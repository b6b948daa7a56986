"""A meeting's structure and its dates in the words of a language: "jeden 2. Dienstag im Monat, 18:00 Uhr"."""

from datetime import date, datetime
from typing import Any

from babel.dates import format_date, get_month_names
from pydantic import ValidationError

from wall.model import dates
from wall.model.card import Card
from wall.model.meeting import Meeting, Occurrence
from wall.model.meeting_words import meeting_of
from wall.words import Words

SHORT = {"de": "ccc d. MMM", "en": "ccc d MMM"}
SHORT_WITH_YEAR = {"de": "ccc d. MMM y", "en": "ccc d MMM y"}
LONG = {"de": "EEEE, d. MMMM", "en": "EEEE, d MMMM"}


def listed(t: Words, items: list[str]) -> str:
    """ "a, b und c" """
    return items[0] if len(items) == 1 else t("meets.and", first=", ".join(items[:-1]), last=items[-1])


def short_date(day: date, language: str, *, near: date) -> str:
    """A day as in a list of dates: `Di 8. Dez.`; with the year where that is another one than now."""
    patterns = SHORT if day.year == near.year or (day - near).days in range(200) else SHORT_WITH_YEAR
    return format_date(day, patterns[language], locale=language)


def long_date(day: date, language: str) -> str:
    """A day as a heading: `Dienstag, 8. Dezember`."""
    return format_date(day, LONG[language], locale=language)


def clock_of(t: Words, at: Occurrence) -> str:
    """The time of one date, `18:00–20:00`; '' where none is known."""
    return _clock(t, _hours(at.starts), _hours(at.ends))


def _hours(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%H:%M}"


def _clock(t: Words, starts: str | None, ends: str | None) -> str:
    if not starts:
        return ""
    return t("meets.from_to", starts=starts, ends=ends) if ends else t("meets.at", starts=starts)


def said(t: Words, meeting: Meeting) -> str:
    """When a network meets, in one line."""
    if meeting.every == "never":
        return t("meets.never")
    parts = [_rule(t, meeting), _clock(t, meeting.starts, meeting.ends), meeting.place]
    if meeting.pauses:
        names = get_month_names("wide", locale=t.language)
        parts.append(t("meets.not_in", months=listed(t, [names[month] for month in meeting.pauses])))
    if meeting.first is not None and meeting.every != "once" and meeting.interval > 1:
        parts.append(t("meets.since", day=dates.day(meeting.first, t.language)))
    if meeting.until is not None and meeting.every != "once":
        parts.append(t("meets.until", day=dates.day(meeting.until, t.language)))
    return ", ".join(part for part in parts if part)


def said_of(t: Words, card: Card) -> str:
    """When a card's network meets, in one line; '' where that has no structure."""
    meeting = meeting_of(card)
    return "" if meeting is None else said(t, meeting)


def kept_as(t: Words, schedule: Any) -> str:
    """A kept schedule in one line; '' for none."""
    try:
        return "" if schedule is None else said(t, Meeting.model_validate(schedule))
    except ValidationError:
        return ""


def _rule(t: Words, meeting: Meeting) -> str:
    days = listed(t, [t(f"weekday.{day}") for day in meeting.weekdays]) if meeting.weekdays else ""
    often = f"{meeting.every}s" if meeting.interval > 1 else meeting.every
    if meeting.every == "once" and meeting.first is not None:
        return t("meets.once", day=format_date(meeting.first, "full", locale=t.language))
    if meeting.every == "year":
        day = meeting.first or date(2024, meeting.month or 1, meeting.day or 1)
        return t("meets.year", day=format_date(day, t("meets.day_of_year"), locale=t.language))
    if meeting.every == "week":
        return t(f"meets.{often}", n=meeting.interval, days=days)
    if meeting.day is not None:
        day_said = t("meets.last_day") if meeting.day == -1 else t("meets.nth_day", n=meeting.day)
        return t(f"meets.day_of_{often}", n=meeting.interval, day=day_said)
    weeks = listed(t, [t(f"nth.{week}") for week in meeting.weeks])
    return t(f"meets.{often}", n=meeting.interval, weeks=weeks, days=days)
