"""Days and months as a language writes them, in the walls' time zone."""

from datetime import date, datetime

from babel.dates import format_date

from wall.model.types import ZONE


def local(value: datetime | date) -> datetime | date:
    """A moment where the walls hang; a day is one anywhere."""
    return value.astimezone(ZONE) if isinstance(value, datetime) else value


def day(value: datetime | date, language: str) -> str:
    """`25. November 2026`"""
    return format_date(local(value), "long", locale=language)


def month(value: datetime | date, language: str) -> str:
    """`November 2026`"""
    return format_date(local(value), "LLLL yyyy", locale=language)
