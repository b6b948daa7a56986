"""The phases of a wall: frozen with one tap, published after a look at what is open, planned and then once."""

import asyncio
import re
from datetime import datetime, timedelta
from html import unescape

import httpx
import pytest
from structlog.testing import capture_logs

from tests.makers import Running, hang, make_settings, make_wall, names, running, until, words
from wall.actions import phase as phases
from wall.actions.configure import configure
from wall.actions.contact import give
from wall.actions.ledger import Ledger
from wall.actions.restore import restore
from wall.errors import Conflict, Invalid, NoImprint
from wall.model.contact import ContactDetails
from wall.model.phase import PLANNED
from wall.model.roles import AUTHOR, GUEST, SYSTEM, Actor
from wall.model.types import ZONE, now
from wall.model.wall import Wall
from wall.store import boards, journal, plans, snapshots
from wall.store.database import Database
from wall.words import words as spoken

Browser = httpx.AsyncClient
TEAM = Actor("owner", 7)
PHASE, PUBLISH = "/w/probe/phase", "/w/probe/publish"


async def stands(database: Database, slug: str = "probe") -> Wall:
    async with database.read() as connection:
        return await boards.find_wall(connection, slug)


async def planned_for(database: Database, wall: Wall) -> dict[str, datetime]:
    async with database.read() as connection:
        return await plans.of_wall(connection, wall.key)


@pytest.mark.parametrize("phase", ["event", "open"])
async def test_a_frozen_wall_goes_on_where_it_was_however_often_it_is_pressed(
    ledger: Ledger, database: Database, phase: str
) -> None:
    wall = await make_wall(database, phase=phase)
    assert await phases.enter(ledger, wall, "frozen", TEAM) == 1
    assert await phases.enter(ledger, wall, "frozen", TEAM) is None
    await configure(ledger, wall, {"title": "Anders"}, TEAM)
    assert await phases.thaw(ledger, wall, TEAM) == 3
    assert await phases.thaw(ledger, wall, TEAM) is None
    after = await stands(database)
    assert (after.phase, after.title) == (phase, "Anders")
    async with database.read() as connection:
        assert [snapshot.revision for snapshot in await snapshots.kept(connection, wall.key)] == [1]


@pytest.mark.parametrize("phase", ["draft", "archived"])
async def test_only_a_wall_that_takes_pins_can_be_frozen_or_thawed(
    ledger: Ledger, database: Database, phase: str
) -> None:
    wall = await make_wall(database, phase=phase)
    for verb in (phases.enter(ledger, wall, "frozen", TEAM), phases.thaw(ledger, wall, TEAM)):
        with pytest.raises(Conflict) as refused:
            await verb
        assert refused.value.theirs == {"phase": phase}
    assert (await stands(database)).revision == 0


async def test_a_wall_is_not_published_without_an_imprint_and_a_refusal_keeps_the_plan(
    ledger: Ledger, database: Database
) -> None:
    wall = await make_wall(database, phase="draft")
    tomorrow = now() + timedelta(days=1)
    await phases.plan(ledger, wall, {"open": tomorrow}, TEAM)
    with pytest.raises(NoImprint):
        await phases.enter(ledger, wall, "open", TEAM)
    assert await planned_for(database, wall) == {"open": tomorrow}
    await configure(ledger, wall, {"imprint": "Beispielverein"}, TEAM)
    await phases.enter(ledger, wall, "open", TEAM)
    assert (await stands(database)).phase == "open"
    assert await planned_for(database, wall) == {}


async def test_planned_phases_come_once_in_all_processes_and_in_the_order_of_their_times(
    ledger: Ledger, database: Database, database_url: str
) -> None:
    wall = await make_wall(database, imprint="Beispielverein")
    evening = now() + timedelta(hours=3)
    await phases.plan(ledger, wall, {"open": evening + timedelta(hours=12), "frozen": evening}, TEAM)
    other = Database(database_url)
    processes = [phases.planned(ledger, lambda: False), phases.planned(Ledger(other, lambda _: None), lambda: False)]
    for moment, phase in ((-1, "event"), (0, "frozen"), (13, "open"), (14, "open")):
        await asyncio.gather(*(carry_out(evening + timedelta(hours=moment)) for carry_out in processes))
        assert (await stands(database)).phase == phase
    await other.close()
    async with database.read() as connection:
        changes = await journal.changes_since(connection, wall.key, 0)
        kept = await snapshots.kept(connection, wall.key)
    assert [(change.was["phase"], change.actor) for change in changes] == [("event", "system"), ("frozen", "system")]
    assert [snapshot.revision for snapshot in kept] == [1]


async def test_a_night_without_a_server_brings_both_phases_after_one_another(
    ledger: Ledger, database: Database
) -> None:
    wall = await make_wall(database, imprint="Beispielverein")
    soon = now() + timedelta(minutes=5)
    await phases.plan(ledger, wall, {"frozen": soon, "open": soon + timedelta(hours=1)}, TEAM)
    await phases.planned(ledger, lambda: False)(soon + timedelta(days=1))
    after = await stands(database)
    assert (after.phase, after.revision) == ("open", 2)
    async with database.read() as connection:
        assert len(await snapshots.kept(connection, wall.key)) == 1


async def test_a_planned_publication_waits_for_an_imprint_and_says_so_once(ledger: Ledger, database: Database) -> None:
    wall = await make_wall(database, phase="draft")
    soon = now() + timedelta(minutes=5)
    await phases.plan(ledger, wall, {"open": soon}, TEAM)
    carry_out = phases.planned(ledger, lambda: False)
    with capture_logs() as logs:
        for minutes in range(3):
            await carry_out(soon + timedelta(minutes=minutes))
    assert [entry["event"] for entry in logs if "phase" in entry["event"]] == ["phase.publication_waits_for_imprint"]
    assert (await stands(database)).phase == "draft"
    await configure(ledger, wall, {"imprint": "Beispielverein"}, TEAM)
    await carry_out(soon + timedelta(minutes=4))
    assert (await stands(database)).phase == "open"


async def test_a_clock_that_is_put_back_brings_no_planned_phase_again(ledger: Ledger, database: Database) -> None:
    """ABUSE 43: not after it was carried out, not after it was thawed, not after a state was put back"""
    wall = await make_wall(database)
    soon = now() + timedelta(minutes=5)
    await phases.plan(ledger, wall, {"frozen": soon}, TEAM)
    carry_out = phases.planned(ledger, lambda: False)
    await carry_out(soon)
    await phases.thaw(ledger, wall, TEAM)
    async with database.read() as connection:
        frozen = (await snapshots.kept(connection, wall.key))[0].id
    assert frozen is not None
    for moment in (soon - timedelta(hours=1), soon, soon + timedelta(hours=1)):
        await carry_out(moment)
        assert (await stands(database)).phase == "event"
    await restore(ledger, wall, frozen, TEAM)
    await phases.thaw(ledger, wall, TEAM)
    await carry_out(soon + timedelta(days=1))
    assert (await stands(database)).phase == "event"


async def test_nothing_is_planned_for_a_time_that_is_over(ledger: Ledger, database: Database) -> None:
    wall = await make_wall(database)
    with pytest.raises(Invalid) as refused:
        await phases.plan(ledger, wall, {"frozen": now(), "open": None}, TEAM)
    assert [(c.field, c.code) for c in refused.value.complaints] == [("frozen", "not_in_future")]
    assert await planned_for(database, wall) == {}


async def test_freezing_by_one_tap_stops_pins_on_every_process_and_the_words_stay(
    server: Running, moderator: Browser, database_url: str
) -> None:
    """ABUSE 40"""
    async with running(make_settings(database_url)) as elsewhere, elsewhere.browser() as phone:
        assert (await phone.post("/w/probe/pin", data=words("Vorher"))).status_code == 303
        for page, back in (("/w/probe", "/w/probe"), ("/w/probe/queue", "/w/probe/queue")):
            assert 'value="freeze"' in (await moderator.get(page)).text
            answer = await moderator.post(PHASE, data={"to": "freeze", "back": back})
            assert (answer.status_code, answer.headers["location"]) == (303, back)
            late = await phone.post("/w/probe/pin", data=words("Zu spät", description="Meine Worte"))
            assert late.status_code == 423
            assert "Meine Worte" in late.text
            assert 'value="thaw"' in (await moderator.get(page)).text
            await moderator.post(PHASE, data={"to": "thaw", "back": back})
        assert (await phone.post("/w/probe/pin", data=words("Nachher"))).status_code == 303


async def test_freezing_can_be_undone_from_the_toast(server: Running, moderator: Browser) -> None:
    script = {"accept": "application/json"}
    said = (await moderator.post(PHASE, data={"to": "freeze"}, headers=script)).json()
    assert said == {"revisions": [1], "missed": 0, "said": "Die Wand ist angehalten."}
    undone = await moderator.post("/w/probe/undo", data={"revision": "1"}, headers=script)
    assert undone.status_code == 200
    assert (await stands(server.house.database)).phase == "event"
    again = (await moderator.post(PHASE, data={"to": "thaw"}, headers=script)).json()
    assert again["revisions"] == []


async def test_nobody_but_the_team_changes_a_phase_and_reading_changes_nothing(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """ABUSE 8, 28"""
    for path in (PHASE, f"{PHASE}/plan", PUBLISH):
        assert (await client.post(path, data={"to": "freeze"})).status_code == 403
    for path in (PHASE, PUBLISH):
        assert (await client.get(path)).status_code == 401
        assert (await moderator.get(path)).status_code == 200
    assert (await moderator.get(f"{PHASE}/plan")).status_code == 405
    assert (await moderator.post(PHASE, data={"to": "open"})).status_code == 404  # only through the checklist
    assert (await stands(server.house.database)).revision == 0


async def test_the_checklist_names_what_is_open_and_links_to_where_it_is_mended(
    server: Running, owner: Browser
) -> None:
    house = server.house
    waiting = await hang(server, "Wartende Karte", by=GUEST)
    named = await hang(server, "Karte mit Person")
    old = await hang(server, "Alte Art", kind="Forum")
    wall = await stands(house.database)
    details = ContactDetails.take({"name": "Beispielname", "email": "beispiel@beispiel.invalid"})
    await give(house.ledger, wall, named.id, details, AUTHOR, other=True)
    await configure(house.ledger, wall, {"kinds": [{"name": "Netzwerk", "hue": 170}]}, SYSTEM)
    await until(lambda: _heard(server, 4))
    page = (await owner.get(PUBLISH)).text
    assert "1 Karte wartet auf die Freigabe." in page
    assert f"/c/{named.id}/contact" in page
    assert f"/c/{old.id}/edit" in page
    assert f"/c/{waiting.id}/" not in page
    assert 'href="/w/probe/settings#imprint"' in page
    assert 'id="imprint"' in (await owner.get("/w/probe/settings")).text
    refused = await owner.post(PUBLISH)
    assert refused.status_code == 409
    assert "Ohne Impressum geht es nicht" in refused.text
    await configure(house.ledger, wall, {"imprint": "Beispielverein"}, SYSTEM)
    await until(lambda: _heard(server, 5))
    assert "Trotzdem veröffentlichen" in (await owner.get(PUBLISH)).text
    assert (await owner.post(PUBLISH)).headers["location"] == f"{PHASE}?done=publish"
    assert (await stands(house.database)).phase == "open"
    async with server.browser() as reader:
        assert "Wartende Karte" not in await names(reader)


def _heard(server: Running, revision: int) -> bool:
    room = server.house.hub.opened("probe")
    return room is not None and room.board.revision >= revision


async def test_times_are_written_and_shown_by_the_clock_in_germany(server: Running, moderator: Browser) -> None:
    day = (now().astimezone(ZONE) + timedelta(days=2)).date()
    form = {"frozen_on": f"{day}", "frozen_at": "18:30", "open_on": "", "open_at": ""}
    assert (await moderator.post(f"{PHASE}/plan", data=form)).status_code == 303
    wall = await stands(server.house.database)
    at = datetime(day.year, day.month, day.day, 18, 30, tzinfo=ZONE)
    assert await planned_for(server.house.database, wall) == {"frozen": at}
    page = (await moderator.get(PHASE)).text
    assert 'name="frozen_at" value="18:30"' in page
    assert re.search(r"Geplant für \d+\. \w+ \d{4}, 18:30 Uhr", page)
    wrong = await moderator.post(f"{PHASE}/plan", data=form | {"open_on": "31.12.", "open_at": "8"})
    assert wrong.status_code == 422
    assert 'value="31.12."' in wrong.text
    nothing = dict.fromkeys([f"{name}_{part}" for name in PLANNED for part in ("on", "at")], "")
    await moderator.post(f"{PHASE}/plan", data=nothing)
    assert await planned_for(server.house.database, wall) == {}


async def test_an_archived_wall_is_there_for_reading_and_says_so(
    server: Running, client: Browser, moderator: Browser
) -> None:
    await hang(server, "Bleibt stehen")
    await moderator.post(PHASE, data={"to": "archive"})
    page = (await client.get("/w/probe")).text
    assert "Bleibt stehen" in page
    assert "abgeschlossen und bleibt zum Nachlesen" in page
    assert 'href="/w/probe/pin"' not in page
    assert (await client.post("/w/probe/pin", data=words())).status_code == 423
    assert (await moderator.post(PHASE, data={"to": "freeze"})).status_code == 409


@pytest.mark.parametrize("address", ["sie", "ihr"])
async def test_an_archived_wall_answers_a_pin_in_words_of_its_own(
    server: Running, client: Browser, address: str
) -> None:
    """It is over, not on hold; the words are kept all the same."""
    await make_wall(server.house.database, "alt", phase="archived", address=address)
    waits = await hang(server, "Von früher", "alt")
    mine = f"/mine/{server.house.edit_links.token(waits.id)}"
    said = spoken("de", address)("error.finished.message")
    assert said != spoken("de", address)("error.frozen.message")
    for answer in (
        await client.post("/w/alt/pin", data=words("Zu spät", description="Meine Worte")),
        await client.get("/w/alt/pin"),
        await client.post(mine, data=words("Zu spät", description="Meine Worte")),
        await client.get(f"/w/alt/c/{waits.id}/suggest"),
    ):
        assert answer.status_code == 423
        assert said in unescape(answer.text)
        assert "Meine Worte" in answer.text or answer.request.method == "GET"
    told = await client.post("/api/walls/alt/cards", json=words("Zu spät"), headers={"idempotency-key": "k" * 16})
    assert (told.status_code, told.json()["code"]) == (423, "finished")
