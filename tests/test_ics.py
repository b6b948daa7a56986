"""iCalendar: what a calendar program reads in it, checked against dates counted by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from tests.makers import hang, make_settings, make_wall, running
from wall.actions.moderate import approve, hide
from wall.exchange import ics
from wall.model.card import Card
from wall.model.meeting import dates
from wall.model.meeting_words import meeting_of
from wall.model.roles import GUEST, SYSTEM
from wall.model.types import ZONE
from wall.model.wall import Wall

PINNED = datetime(2026, 11, 25, 12, tzinfo=UTC)
WALL = Wall(id=1, slug="probe", epoch="e", created_at=PINNED, title='Wand; „A, B"\\n')
BASE = "https://wand.beispiel.invalid"
HOSTILE = 'Chor; "A", B\\n\r\nATTENDEE:mailto:x@beispiel.invalid'


def card(**said: Any) -> Card:
    given = {"id": "0123456789ab", "wall_id": 1, "status": "approved", "position": "a", "revision": 7}
    given |= {"pinned_at_revision": 7, "created_at": PINNED, "changed_at": PINNED}
    return Card.model_validate(given | {"name": "Chor", "kind": "Netzwerk", "section": "s1"} | said)


def events(content: bytes) -> list[Any]:
    """The events as the library reads them; it refuses what is no calendar."""
    read = Calendar.from_ical(content)
    assert not read.errors
    assert all(not each.errors for each in read.events)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return list(read.events)


def days(event: Any, most: int = 3) -> list[str]:
    """The dates that the event's own rule gives, by the clock on the wall, beginning with DTSTART."""
    start = event.start if isinstance(event.start, datetime) else datetime.combine(event.start, datetime.min.time())
    rule = event["rrule"].to_ical().decode()
    if "UNTIL" in rule:  # dateutil wants both in UTC; the day is enough here
        rule = rule.replace("Z", "")
    found = rrulestr(rule, dtstart=start.replace(tzinfo=None))
    return [f"{moment:%Y-%m-%d}" for moment, _ in zip(found, range(most), strict=False)]


@pytest.mark.parametrize(
    ("words", "start", "counted"),
    [
        ("jeden 2. Dienstag im Monat, 18 Uhr", "2026-12-08T18:00:00+01:00", "2026-12-08 2027-01-12 2027-02-09"),
        (
            "alle 14 Tage donnerstags 17 Uhr, ab 3.12.2026",
            "2026-12-03T17:00:00+01:00",
            "2026-12-03 2026-12-17 2026-12-31",
        ),
        ("letzter Freitag im Monat, 19:30 Uhr", "2026-11-27T19:30:00+01:00", "2026-11-27 2026-12-25 2027-01-29"),
        ("freitags 18 Uhr", "2026-11-27T18:00:00+01:00", "2026-11-27 2026-12-04 2026-12-11"),
        ("jeden 1. und 3. Montag im Monat, außer Januar", "2026-12-07", "2026-12-07 2026-12-21 2027-02-01"),
        ("am 31. jedes Monats", "2026-12-31", "2026-12-31 2027-01-31 2027-03-31"),
        ("jährlich am 8. März", "2027-03-08", "2027-03-08 2028-03-08 2029-03-08"),
        ("dienstags 18 Uhr, bis 8.12.2026", "2026-12-01T18:00:00+01:00", "2026-12-01 2026-12-08"),
        ("montags, bis 7.12.2026", "2026-11-30", "2026-11-30 2026-12-07"),
    ],
)
def test_an_event_comes_back_on_the_days_counted_by_hand(words: str, start: str, counted: str) -> None:
    (event,) = events(ics.calendar(WALL, [card(meeting=words)], BASE))
    assert (event.start.isoformat(), " ".join(days(event))) == (start, counted)


def test_a_subscription_shows_the_same_dates_as_the_pages_for_years() -> None:
    for words in ("jeden 2. und letzten Sonntag im Monat, 10 Uhr", "alle drei Wochen mittwochs, ab 2.12.2026"):
        sung = card(meeting=words)
        (event,) = events(ics.calendar(WALL, [sung], BASE))
        meeting = meeting_of(sung)
        assert meeting is not None
        shown = [each.day.isoformat() for each in dates(meeting, PINNED.date(), date(2030, 1, 1))]
        assert days(event, len(shown)) == shown


def test_the_clock_in_the_file_is_berlins_in_summer_and_in_winter() -> None:
    content = ics.calendar(WALL, [card(meeting="sonntags 18–20 Uhr")], BASE)
    (zone,) = Calendar.from_ical(content).timezones
    clock = zone.to_tz(lookup_tzid=False)
    for moment in (
        datetime(2026, 10, 24, 18),
        datetime(2026, 10, 25, 18),
        datetime(2027, 3, 28, 18),
        datetime(2035, 7, 1),
    ):
        assert moment.replace(tzinfo=clock).utcoffset() == moment.replace(tzinfo=ZONE).utcoffset(), moment
    (event,) = events(content)
    assert (event["dtstart"].params["TZID"], event.end - event.start) == ("Europe/Berlin", timedelta(hours=2))


def test_an_event_says_what_its_card_says_and_keeps_its_name() -> None:
    said = {"meeting": "montags 18 Uhr, Stadtbibliothek", "description": "**Wir** singen.", "topics": ["Kultur"]}
    one, later = card(**said), card(**said, revision=9, changed_at=PINNED + timedelta(days=1))
    (event,), (edited,) = (events(ics.calendar(WALL, [each], BASE)) for each in (one, later))
    address = f"{BASE}/w/probe/c/{one.id}"
    assert (event.summary, event.location, event["url"]) == ("Chor", "Stadtbibliothek", address)
    assert event.description == f"{said['meeting']}\n\nWir singen.\n\n{address}"
    assert event.categories == ["Netzwerk", "Kultur"]
    assert event.uid == edited.uid == f"{one.id}@wand.beispiel.invalid"
    assert (event.sequence, edited.sequence, edited.last_modified) == (7, 9, later.changed_at)
    assert ics.calendar(WALL, [one], BASE) == ics.calendar(WALL, [one], BASE)


def test_hostile_words_stay_words_in_a_calendar() -> None:
    """ABUSE 20: CRLF, separators and backslashes in names and places"""
    bad = card(name=HOSTILE, schedule={"every": "week", "weekdays": ["mon"], "place": HOSTILE}, topics=[HOSTILE[:50]])
    content = ics.calendar(WALL, [bad], BASE, title=HOSTILE)
    assert not [line for line in content.split(b"\r\n") if line.startswith(b"ATTENDEE")]
    (event,) = events(content)
    flat = HOSTILE.replace("\r\n", " ")
    assert (event.summary, event.location) == (flat, flat)


async def test_wall_filter_and_card_have_calendars_of_what_everybody_sees(database_url: str) -> None:
    async with running(make_settings(database_url)) as server, server.browser() as browser:
        wall = await make_wall(server.house.database, "probe")
        chor = await hang(server, "Chor", meeting="montags 18 Uhr", topics=["Jugend"])
        await hang(server, "Rat", meeting="jeden 2. Dienstag im Monat", topics=["Umwelt"])
        await hang(server, "Wortlos", meeting="nach Absprache")
        waiting = await hang(server, "Wartet", meeting="freitags", by=GUEST)
        hidden = await hang(server, "Verborgen", meeting="freitags", by=GUEST)
        await approve(server.house.ledger, wall, hidden.id, SYSTEM)
        await hide(server.house.ledger, wall, hidden.id, SYSTEM)

        async def named(path: str) -> list[str]:
            answer = await browser.get(path)
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
            return [event.summary for event in events(answer.content)]

        assert await named("/w/probe/calendar.ics") == ["Chor", "Rat"]
        assert await named("/w/probe/calendar.ics?topic=Jugend") == ["Chor"]
        assert await named("/w/probe/calendar.ics?q=nichts") == []
        assert await named(f"/w/probe/c/{chor.id}.ics") == ["Chor"]
        for card_id in (waiting.id, hidden.id, "0" * 12):
            assert (await browser.get(f"/w/probe/c/{card_id}.ics")).status_code == 404
        await server.sign_in(browser, "team@beispiel.invalid", "probe")
        assert await named("/w/probe/calendar.ics") == ["Chor", "Rat"]  # a subscription is seen by others
        assert (await browser.get(f"/w/probe/c/{waiting.id}.ics")).status_code == 404


async def test_a_calendar_that_is_known_is_not_sent_again(database_url: str) -> None:
    async with running(make_settings(database_url)) as server, server.browser() as browser:
        await make_wall(server.house.database, "probe")
        await make_wall(server.house.database, "leer", phase="draft")
        chor = await hang(server, "Chor & Freunde", meeting="montags 18 Uhr")
        for path, name in (
            ("/w/probe/calendar.ics", "probewand.ics"),
            (f"/w/probe/c/{chor.id}.ics", "chor-freunde.ics"),
        ):
            answer = await browser.get(path)
            assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
            again = await browser.get(path, headers={"if-none-match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        known = (await browser.get("/w/probe/calendar.ics")).headers["etag"]
        await hang(server, "Rat", meeting="dienstags")
        assert (await browser.get("/w/probe/calendar.ics", headers={"if-none-match": known})).status_code == 200
        assert (await browser.get("/w/leer/calendar.ics")).status_code == 404
