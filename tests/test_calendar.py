"""The calendar of a wall: a month as weeks and as a list of days, with the wall's filters, for everybody who reads."""

import re
from datetime import date

import httpx
import pytest

from tests.makers import Running, hang, make_wall
from wall.model.roles import GUEST
from wall.words import sentences

Browser = httpx.AsyncClient
T = sentences("de")
WEDNESDAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test is on 25 November 2026."""
    for place in ("find.filters", "web.calendar_view", "web.drawing", "web.wall"):
        monkeypatch.setattr(f"wall.{place}.today", lambda: WEDNESDAY)


async def furnish(server: Running) -> None:
    for name, meeting, topic in (
        ("Rat", "jeden 2. Dienstag im Monat, 18 Uhr, Stadtbibliothek", "Umwelt"),
        ("Chor", "dienstags 10–12 Uhr", "Jugend"),
        ("Fest", "am 12. Januar 2027", "Jugend"),
        ("Wortlos", "nach Absprache", "Umwelt"),
    ):
        await hang(server, name, meeting=meeting, topics=[topic])
    await hang(server, "Wartet", meeting="dienstags", by=GUEST)


async def agenda(client: Browser, query: str) -> list[tuple[str, str, list[str]]]:
    """Day, its name and whom one meets, as the list says it."""
    text = (await client.get(f"/w/probe?view=agenda&{query}")).text
    found = []
    for part in text.split('<li class="agenda__day')[1:]:
        head = re.search(r'<time datetime="([\d-]+)">([^<]+)</time>', part)
        assert head is not None
        found.append((head[1], head[2], re.findall(r'<h4 class="agenda__name"><a[^>]+>([^<]+)<', part)))
    return found


def grid(text: str) -> dict[str, list[str]]:
    """Whom one meets on each day of the grid that has anything."""
    cells = re.findall(r'<td class="month__day[^"]*"[^>]*>(.*?)</td>', text, re.DOTALL)
    days = {}
    for cell in cells:
        number = re.search(r'<time class="month__number" datetime="([\d-]+)">', cell)
        if number and (names := re.findall(r'<span class="meet__name">([^<]+)<', cell)):
            days[number[1]] = names
    assert len(cells) % 7 == 0
    return days


async def test_a_month_shows_every_meeting_on_its_day(server: Running, client: Browser) -> None:
    await furnish(server)
    december = (await client.get("/w/probe?view=calendar&month=2026-12")).text
    assert grid(december) == {
        "2026-12-01": ["Chor"],
        "2026-12-08": ["Chor", "Rat"],  # by the clock
        "2026-12-15": ["Chor"],
        "2026-12-22": ["Chor"],
        "2026-12-29": ["Chor"],
    }
    assert "Dezember 2026" in december
    assert T["calendar.wordy.one"] in december
    assert "Wartet" not in december
    days = await agenda(client, "month=2027-01")
    assert days[0] == ("2027-01-05", "Dienstag, 5. Januar", ["Chor"])
    assert days[1] == ("2027-01-12", "Dienstag, 12. Januar", ["Fest", "Chor", "Rat"])  # the whole day first


async def test_this_month_begins_today_in_the_list_and_whole_in_the_grid(server: Running, client: Browser) -> None:
    await furnish(server)
    text = (await client.get("/w/probe?view=calendar")).text
    assert list(grid(text)) == ["2026-11-03", "2026-11-10", "2026-11-17", "2026-11-24"]
    assert 'aria-current="date"' in text
    assert "Im November kommt kein Termin mehr. Nächster Termin: Di 1. Dez." in text
    assert await agenda(client, "") == []
    await hang(server, "Heute", meeting="mittwochs 8 Uhr")
    assert [day[0] for day in await agenda(client, "")] == ["2026-11-25"]


async def test_filters_and_search_narrow_the_calendar_and_its_file(server: Running, client: Browser) -> None:
    await furnish(server)
    text = (await client.get("/w/probe?view=calendar&month=2026-12&topic=Umwelt")).text
    assert grid(text) == {"2026-12-08": ["Rat"]}
    assert 'href="/w/probe/calendar.ics?topic=Umwelt"' in text
    assert re.search(r'href="webcal://localhost:\d+/w/probe/calendar.ics\?topic=Umwelt"', text)
    assert "view=calendar&amp;month=2027-01" in text  # the next month keeps the filter
    searched = (await client.get("/w/probe?view=calendar&month=2026-12&q=Rat")).text
    assert grid(searched) == {"2026-12-08": ["Rat"]}
    assert b"SUMMARY:Rat" in (await client.get("/w/probe/calendar.ics?q=Rat")).content
    assert b"SUMMARY:Chor" not in (await client.get("/w/probe/calendar.ics?q=Rat")).content


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "2099-01", "0000-00", "zwölf", "2026-12-01", "%00", "9" * 400])
async def test_a_month_that_there_is_not_is_this_month(server: Running, client: Browser, month: str) -> None:
    """ABUSE 36: an address is only words"""
    await furnish(server)
    answer = await client.get(f"/w/probe?view=calendar&month={month}")
    assert answer.status_code == 200
    assert '<time datetime="2026-11">November 2026</time>' in answer.text


async def test_one_leafs_no_further_than_two_years(server: Running, client: Browser) -> None:
    await furnish(server)
    last = (await client.get("/w/probe?view=calendar&month=2028-11")).text
    assert 'id="leaf-back"' in last
    assert 'id="leaf-on"' not in last
    first = (await client.get("/w/probe?view=calendar&month=2025-11")).text
    assert 'id="leaf-back"' not in first


async def test_the_short_address_leads_to_the_calendar_with_its_filters(server: Running, client: Browser) -> None:
    answer = await client.get("/w/probe/calendar?month=2026-12&topic=Umwelt&topic=Jugend&evil=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/w/probe?topic=Umwelt&topic=Jugend&view=calendar&month=2026-12"
    await make_wall(server.house.database, "leer", phase="draft")
    assert (await client.get("/w/leer/calendar")).status_code == 404


async def test_a_wall_without_dates_has_no_tab_but_says_what_will_be_there(server: Running, client: Browser) -> None:
    await hang(server, "Wortlos", meeting="nach Absprache")
    assert 'id="view-calendar"' not in (await client.get("/w/probe")).text
    assert T["calendar.empty_title"] in (await client.get("/w/probe?view=calendar")).text
    await hang(server, "Chor", meeting="dienstags")
    assert 'id="view-calendar"' in (await client.get("/w/probe")).text


async def test_a_full_day_names_a_few_and_counts_the_rest(server: Running, client: Browser) -> None:
    for n in range(6):
        await hang(server, f"Chor {n}", meeting="am 8. Dezember 2026, 18 Uhr")
    text = (await client.get("/w/probe?view=calendar&month=2026-12")).text
    assert grid(text) == {"2026-12-08": ["Chor 0", "Chor 1", "Chor 2"]}
    more = re.search(r'href="([^"]+)#day-2026-12-08">\+3 weitere', text)
    assert more is not None
    assert 'id="day-2026-12-08"' in (await client.get(more[1].replace("&amp;", "&"))).text
