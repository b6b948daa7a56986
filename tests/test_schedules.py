"""A card's meeting as fields: from the form and from free words, onto pages, through history, and away again."""

import re
from datetime import date
from typing import Any

import httpx
import pytest

from tests.makers import Running, card_in, hang, words
from wall.actions.edit import edit
from wall.actions.erase import erase
from wall.exchange.person import about
from wall.model.board import Board
from wall.model.card import Card
from wall.model.roles import AUTHOR, GUEST, SYSTEM
from wall.store import boards, past
from wall.words import sentences

Browser = httpx.AsyncClient
T = sentences("de")
WEDNESDAY = date(2026, 11, 25)
SECOND_TUESDAY = {"every": "month", "weekdays": ["tue"], "weeks": [2], "starts": "18:00"}
OWN = {"meeting_every": "month", "meeting_weekdays": "tue", "meeting_weeks": "2", "meeting_starts": "18:00"}


@pytest.fixture(autouse=True)
def on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test is on 25 November 2026."""
    for place in ("find.filters", "web.card", "web.drawing", "web.schedule_form", "web.wall"):
        monkeypatch.setattr(f"wall.{place}.today", lambda: WEDNESDAY)


def form(card: Card, **changed: Any) -> dict[str, Any]:
    return (
        {name: value for name, value in card.content.items() if name != "schedule"} | {"base": card.revision} | changed
    )


async def now(server: Running, card: Card) -> Card:
    return await card_in(server.house.database, (await server.house.hub.room("probe")).board.wall, card.id)


async def pinned(server: Running, client: Browser, **said: Any) -> Card:
    answer = await client.post("/w/probe/pin", data=words("Chor") | said)
    assert answer.status_code == 303, answer.text
    card_id, _ = server.house.edit_links.read(answer.headers["location"].split("/")[2].split("?")[0])
    room = await server.house.hub.room("probe")
    return await card_in(server.house.database, room.board.wall, card_id)


async def test_words_that_are_understood_need_no_fields(server: Running, client: Browser) -> None:
    card = await hang(server, "Chor", meeting="jeden 2. Dienstag im Monat, 18–20 Uhr, Stadtbibliothek")
    page = (await client.get(f"/w/probe/c/{card.id}")).text
    for iso, day in (("2026-12-08T18:00:00+01:00", "Di 8. Dez."), ("2027-01-12T18:00:00+01:00", "Di 12. Jan.")):
        assert f'<time datetime="{iso}">{day}</time><span>18:00–20:00 Uhr</span>' in page
    assert page.count("<time") == 3
    assert '<time datetime="2026-12-08">Di 8. Dez.</time>' in (await client.get("/w/probe")).text
    assert card.schedule is None


async def test_fields_say_it_where_words_do_not(server: Running, client: Browser) -> None:
    card = await pinned(server, client, meeting="nach Absprache", **OWN, meeting_place="Café Beispiel")
    assert card.schedule == SECOND_TUESDAY | {"place": "Café Beispiel"}
    edit_page = (await client.get(f"/mine/{server.house.edit_links.token(card.id)}")).text
    assert '<option value="month" selected>' in edit_page
    assert 'name="meeting_weekdays" value="tue" checked' in edit_page
    assert "Eingetragen als: jeden 2. Dienstag im Monat, 18:00 Uhr, Café Beispiel – nächste: Di 8. Dez." in edit_page


async def test_without_words_the_fields_stand_on_the_card(server: Running, client: Browser) -> None:
    card = await hang(server, "Chor", schedule=SECOND_TUESDAY)
    assert "jeden 2. Dienstag im Monat, 18:00 Uhr" in (await client.get(f"/w/probe/c/{card.id}")).text
    assert "every 2nd Tuesday of the month, 18:00" in (await client.get("/w/probe?lang=en")).text
    told = (await client.get(f"/api/walls/probe/cards/{card.id}")).json()
    assert told["schedule"] == SECOND_TUESDAY


async def test_a_date_is_all_that_every_other_week_lacks(server: Running, client: Browser) -> None:
    said = {"meeting": "alle 14 Tage donnerstags, 17 Uhr"}
    undated = await pinned(server, client, **said, meeting_every="")
    assert undated.schedule is None
    page = (await client.get(f"/mine/{server.house.edit_links.token(undated.id)}")).text
    assert T["schedule.asks"] in page
    dated = await pinned(server, client, **said, meeting_every="", meeting_first="2026-12-03", anyway="1")
    every = {"every": "week", "interval": 2, "weekdays": ["thu"], "first": "2026-12-03", "starts": "17:00"}
    assert dated.schedule == every


async def test_who_wants_no_dates_gets_none(server: Running, client: Browser) -> None:
    card = await pinned(server, client, meeting="montags", meeting_every="never")
    assert card.schedule == {"every": "never"}
    await edit(server.house.ledger, (await server.house.hub.room("probe")).board.wall, card.id, card.content, 1, SYSTEM)
    assert (await client.get(f"/w/probe/c/{card.id}.ics")).status_code == 404


@pytest.mark.parametrize(
    "chosen",
    [
        {"meeting_every": "week"},
        {"meeting_every": "week2", "meeting_weekdays": "thu"},
        {"meeting_every": "once", "meeting_first": "2026-02-30"},
        {"meeting_every": "", "meeting_starts": "18:00"},
        {"meeting_every": "week", "meeting_weekdays": "mon", "meeting_starts": "18:00", "meeting_ends": "18:00"},
    ],
)
async def test_what_makes_no_date_comes_back_with_its_words(
    server: Running, client: Browser, chosen: dict[str, str]
) -> None:
    answer = await client.post("/w/probe/pin", data=words("Chor") | chosen | {"meeting_place": "Saal <1>"})
    assert answer.status_code == 422
    assert answer.text.count(T["complaint.not_a_schedule"]) == 2  # above the form, and where it is
    assert 'name="meeting_place" type="text" value="Saal &lt;1&gt;"' in answer.text
    assert 'id="schedule" tabindex="-1" open' in answer.text


async def test_what_is_understood_is_told_while_one_writes(server: Running, client: Browser) -> None:
    told = await client.get("/w/probe/meeting", params={"meeting": "jeden 2. Dienstag im Monat, 18 Uhr"})
    assert "Verstanden als: jeden 2. Dienstag im Monat, 18:00 Uhr – nächste: Di 8. Dez." in told.text
    told = await client.get("/w/probe/meeting", params=OWN | {"meeting": "nach Absprache"})
    assert "Eingetragen als: jeden 2. Dienstag im Monat, 18:00 Uhr – nächste: Di 8. Dez." in told.text
    for unsure in ("nach Absprache", "<b>", "", "x" * 5000):
        assert (await client.get("/w/probe/meeting", params={"meeting": unsure})).text.strip() == ""


async def test_a_form_of_before_there_were_schedules_keeps_what_is_there(server: Running, client: Browser) -> None:
    """ABUSE 44: a page that was open while the wall learned something new"""
    card = await hang(server, "Chor", schedule=SECOND_TUESDAY, by=GUEST)
    mine = f"/mine/{server.house.edit_links.token(card.id)}"
    assert (await client.post(mine, data=form(card, description="Neu"))).status_code == 303
    after = await now(server, card)
    assert (after.description, after.schedule) == ("Neu", SECOND_TUESDAY)
    assert (await client.post(mine, data=form(after, meeting_every=""))).status_code == 303
    assert (await now(server, card)).schedule is None


async def test_the_team_reads_a_proposed_schedule_in_words(
    server: Running, client: Browser, moderator: Browser
) -> None:
    waiting = {"meeting": "nach Absprache", "schedule": SECOND_TUESDAY | {"place": "Saal"}}
    await hang(server, "Wartet", **waiting, by=GUEST)
    assert "jeden 2. Dienstag im Monat, 18:00 Uhr, Saal" in (await moderator.get("/w/probe/queue")).text
    card = await hang(server, "Chor", meeting="montags")
    await client.post(f"/w/probe/c/{card.id}/suggest", data=form(card, **OWN))
    queue = (await moderator.get("/w/probe/queue")).text
    (proposal,) = set(re.findall(r"/w/probe/proposals/[\w-]+", queue))
    assert "jeden 2. Dienstag im Monat, 18:00 Uhr" in (await moderator.get(proposal)).text
    wall = (await server.house.hub.room("probe")).board.wall
    await edit(server.house.ledger, wall, card.id, card.content | {"schedule": SECOND_TUESDAY}, card.revision, SYSTEM)
    history = (await moderator.get(f"/w/probe/c/{card.id}/history")).text
    assert T["history_field.schedule"] in history
    assert "jeden 2. Dienstag im Monat, 18:00 Uhr" in history


async def test_a_number_in_the_place_is_flagged_like_one_in_the_words(server: Running) -> None:
    """ABUSE 39: it waits even where cards are shown at once"""
    card = await hang(server, "Chor", schedule=SECOND_TUESDAY | {"place": "bei Tel. 0341 4711471"}, by=GUEST)
    assert server.house.ledger.watch.holds(card)
    assert ("phone", "meeting") in [(flag.code, flag.field) for flag in server.house.ledger.watch.flags(card)]


async def test_the_journal_gives_back_the_very_same_schedule(server: Running) -> None:
    room = await server.house.hub.room("probe")
    wall, ledger, database = room.board.wall, server.house.ledger, server.house.database
    card = await hang(server, "Chor", schedule=SECOND_TUESDAY)
    changed = await edit(ledger, wall, card.id, card.content | {"schedule": {"every": "never"}}, 1, SYSTEM)
    await edit(ledger, wall, card.id, changed.content | {"schedule": None}, changed.revision, AUTHOR)

    async def stored() -> Board:
        async with database.read() as connection:
            return await boards.load_board(connection, wall.key)

    async with database.read() as connection:
        then = await past.board_at(connection, wall.key, 1)
    assert then.cards[card.id].schedule == SECOND_TUESDAY
    assert (await stored()).digest() == room.board.digest()
    await erase(ledger, wall, card.id, SYSTEM)
    assert (await stored()).cards[card.id].schedule is None
    assert (await stored()).digest() == room.board.digest()


async def test_the_next_date_on_a_card_goes_by_without_a_change(
    server: Running, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hang(server, "Chor", meeting="dienstags")
    first = await client.get("/w/probe")
    assert '<time datetime="2026-12-01">' in first.text
    for place in ("drawing", "wall"):
        monkeypatch.setattr(f"wall.web.{place}.today", lambda: date(2026, 12, 2))
    again = await client.get("/w/probe", headers={"if-none-match": first.headers["etag"]})
    assert '<time datetime="2026-12-08">' in again.text


async def test_an_address_in_a_place_is_found_for_whoever_asks_what_is_held(server: Running) -> None:
    await hang(server, "Chor", schedule=SECOND_TUESDAY | {"place": "bei person@beispiel.invalid"})
    async with server.house.database.read() as connection:
        held = await about(connection, "person@beispiel.invalid")
    assert [mention["name"] for mention in held["mentions"]] == ["Chor"]


async def test_one_filters_and_sorts_by_when_they_meet(server: Running, client: Browser) -> None:
    for name, meeting in (
        ("Abends", "dienstags 19 Uhr"),
        ("Bald", "mittwochs 9 Uhr"),
        ("Chor", "jeden 2. Dienstag im Monat, 18 Uhr"),
        ("Davor", "jeden 2. Dienstag im Monat, 10 Uhr"),
        ("Offen", "nach Absprache"),
    ):
        await hang(server, name, meeting=meeting)

    async def found(query: str) -> list[str]:
        return re.findall(r'id="name-[^>]+><a[^>]+>([^<]+)<', (await client.get(f"/w/probe?{query}")).text)

    assert await found("view=list&sort=soonest") == ["Bald", "Abends", "Davor", "Chor", "Offen"]
    assert await found("view=list&sort=-soonest") == ["Chor", "Davor", "Abends", "Bald", "Offen"]
    assert await found("when=tue&when=wed&view=list&sort=name") == ["Abends", "Bald", "Chor", "Davor"]
    assert await found("when=morning&view=list&sort=name") == ["Bald", "Davor"]
    table = (await client.get("/w/probe?view=table&sort=soonest")).text
    assert '<th scope="col" aria-sort="ascending"><a class="table__sort" id="sort-soonest"' in table
