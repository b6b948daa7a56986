"""iCalendar out: the meetings of cards as events that come back, for calendar programs to take or to subscribe to."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from dateutil.rrule import WEEKLY, YEARLY
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vDuration, vRecur, vText

from wall.model.card import Card
from wall.model.meeting import LATEST, WEEKDAYS, Meeting, Occurrence, next_dates, repeats
from wall.model.meeting_words import meeting_of
from wall.model.types import ZONE
from wall.model.wall import Wall
from wall.text import plain

MAKER = "-//Netzwerk-Wand//netzwerk-wand//DE"
FRESH = timedelta(hours=12)  # how often subscribers are asked to look again


def calendar(wall: Wall, cards: Iterable[Card], base_url: str, *, title: str = "", path: str = "") -> bytes:
    """The meetings of those of `cards` that have dates, as a file of text/calendar; `cards` are such as everybody sees.

    `path` is what it is asked for by, and tells it from others. Equal cards give equal bytes, whatever the day.
    """
    host = urlsplit(base_url).hostname
    name, key = title or wall.title, blake2b(f"{wall.slug}{path}".encode(), digest_size=12).hexdigest()
    made = Calendar.new(prodid=MAKER, refresh_interval=FRESH, uid=f"{key}@{host}")
    for field, value in (("name", vText(name)), ("x-wr-calname", vText(name)), ("x-published-ttl", vDuration(FRESH))):
        made.add(field, value)
    made.add("x-wr-timezone", str(ZONE))
    made.add_component(_zone())
    for card in cards:
        if (event := _event(wall, card, base_url)) is not None:
            made.add_component(event)
    return bytes(made.to_ical())


def _zone() -> Timezone:
    """The clock of Berlin as it has been set since 1996, and is until somebody decides otherwise."""
    zone = Timezone()
    zone.add("tzid", str(ZONE))
    for part, month, name, before, after in (
        (TimezoneDaylight(), 3, "CEST", 1, 2),
        (TimezoneStandard(), 10, "CET", 2, 1),
    ):
        part.add("dtstart", datetime(1996, month, 31 if month == 3 else 27, 2 if month == 3 else 3))
        part.add("rrule", vRecur({"freq": "YEARLY", "bymonth": month, "byday": "-1SU"}))
        part.add("tzname", name)
        part.add("tzoffsetfrom", timedelta(hours=before))
        part.add("tzoffsetto", timedelta(hours=after))
        zone.add_component(part)
    return zone


def _event(wall: Wall, card: Card, base_url: str) -> Event | None:
    meeting = meeting_of(card)
    if meeting is None:
        return None
    begins = meeting.first or card.created_at.astimezone(ZONE).date()
    found = next_dates(meeting, begins, 1)
    if not found:
        return None
    address = f"{base_url.rstrip('/')}/w/{wall.slug}/c/{card.id}"
    event = Event.new(
        uid=f"{card.id}@{urlsplit(base_url).hostname}",
        stamp=card.changed_at,
        created=card.created_at,
        last_modified=card.changed_at,
        sequence=card.revision,
        summary=card.name,
        location=meeting.place or None,
        description="\n\n".join(text for text in (card.meeting, plain(card.description), address) if text),
        categories=[card.kind, *card.topics],
        url=address,
        **_times(found[0]),
    )
    if meeting.every != "once":
        event.add("rrule", vRecur(_rule(meeting, found[0])))
    return event


def _times(at: Occurrence) -> dict[str, Any]:
    if at.starts is None:
        return {"start": at.day, "end": at.day + timedelta(days=1)}
    return {"start": at.starts, "end": at.ends} if at.ends else {"start": at.starts}


def _rule(meeting: Meeting, first: Occurrence) -> dict[str, Any]:
    """How it comes back, in the words of RFC 5545."""
    rule = repeats(meeting)
    often = rule["freq"]
    said: dict[str, Any] = {"freq": "WEEKLY" if often == WEEKLY else "YEARLY" if often == YEARLY else "MONTHLY"}
    if meeting.interval > 1:
        said["interval"] = meeting.interval
    if meeting.until is not None and meeting.until < LATEST:
        last = datetime.combine(meeting.until, time(23, 59, 59), ZONE).astimezone(UTC)
        said["until"] = meeting.until if first.starts is None else last
    for name in ("bymonth", "bymonthday"):
        if name in rule:
            said[name] = rule[name]
    if "byweekday" in rule:
        said["byday"] = [_day(each) for each in rule["byweekday"]]
    if often == WEEKLY:
        said["wkst"] = "MO"
    return said


def _day(each: Any) -> str:
    """`TU`, or `2TU` and `-1FR` of a month."""
    name = WEEKDAYS[each.weekday][:2].upper()
    return f"{each.n}{name}" if each.n else name
