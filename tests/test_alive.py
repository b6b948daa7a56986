"""Still alive? Asked once by mail, answered by a button, grey, then out of sight, and never lost."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from tests.letters import Mailbox, link_in
from tests.makers import Running, card_in, hang, make_settings, make_wall, names, running, words
from wall.actions import alive
from wall.actions.contact import give, take_back
from wall.actions.edit import edit
from wall.actions.erase import erase
from wall.actions.ledger import Ledger
from wall.actions.moderate import hide, show
from wall.actions.pin import pin
from wall.actions.undo import undo
from wall.errors import Conflict
from wall.mail import Mail
from wall.model.alive import is_stale
from wall.model.card import Card, cards
from wall.model.contact import CONSENTS, ContactDetails
from wall.model.roles import AUTHOR, SYSTEM, Actor
from wall.model.types import MONTH, now
from wall.model.wall import Wall
from wall.store import askings, boards, journal
from wall.store.database import Database

Browser = httpx.AsyncClient
TEAM = Actor("moderator", 7)
TO, BASE = "beispiel@beispiel.invalid", "http://localhost"
OLD = 13 * MONTH


async def aged(database: Database, card_id: str, by: timedelta = OLD) -> None:
    """Let a card be that old."""
    then = now() - by
    values = update(cards).where(cards.c.id == card_id).values(confirmed_at=then, created_at=then)
    await database.write(lambda connection: connection.execute(values))


async def old_card(ledger: Ledger, wall: Wall, name: str = "Alte Runde", to: str = TO, **how: Any) -> Card:
    """A card of long ago with a contact who has agreed."""
    agreed: dict[str, Any] = {"other": False, "version": CONSENTS[0]}
    card = (await pin(ledger, wall, words(name), f"key of {name}", SYSTEM)).card
    if to:
        details = ContactDetails.take({"name": "Beispielname", "email": to})
        await give(ledger, wall, card.id, details, AUTHOR, **(agreed | how))
    await aged(ledger.database, card.id)
    return card


@pytest.fixture
async def open_wall(database: Database) -> Wall:
    return await make_wall(database, phase="open", imprint="Beispielverein")


async def ask(ledger: Ledger, box: Mailbox, moment: datetime) -> int:
    """What the clock does once a day."""
    async with Mail(make_settings("sqlite:///unused.db", **box.settings)).running() as mail:
        return await alive.ask_all(ledger, mail, BASE, moment)


async def test_each_contact_is_asked_once_in_a_period_and_again_in_the_next(
    ledger: Ledger, open_wall: Wall, mailbox: Mailbox
) -> None:
    await old_card(ledger, open_wall)
    await pin(ledger, open_wall, words("Neue Runde"), "key-00000001", SYSTEM)
    start = now()
    assert await ask(ledger, mailbox, start) == 1
    for later in (timedelta(0), timedelta(days=1), timedelta(hours=-1), 2 * MONTH):
        assert await ask(ledger, mailbox, start + later) == 0
    (letter,) = mailbox.letters
    assert (letter["To"], letter["Subject"]) == (TO, "Stimmt „Alte Runde“ noch?")
    card = (await _board(ledger.database, open_wall))[0]
    await alive.confirm(ledger, open_wall, card.id, AUTHOR)
    await aged(ledger.database, card.id, timedelta(0))
    assert await ask(ledger, mailbox, start + OLD) == 1


async def _board(database: Database, wall: Wall) -> list[Card]:
    async with database.read() as connection:
        return [card for card in (await boards.load_board(connection, wall.key)).cards.values() if "Alt" in card.name]


async def test_several_processes_that_ask_at_once_write_each_mail_once(
    ledger: Ledger, open_wall: Wall, mailbox: Mailbox, database_url: str
) -> None:
    for n in range(6):
        await old_card(ledger, open_wall, f"Alte Runde {n}", f"beispiel{n}@beispiel.invalid")
    other = Database(database_url)
    moment = now()
    sent = await asyncio.gather(
        ask(ledger, mailbox, moment), ask(Ledger(other, lambda _: None), mailbox, moment + timedelta(seconds=1))
    )
    await other.close()
    assert sum(sent) == 6
    assert sorted(letter["To"] for letter in mailbox.letters) == [f"beispiel{n}@beispiel.invalid" for n in range(6)]


async def test_who_dies_between_asking_and_sending_leaves_one_mail_too_few_not_two(
    ledger: Ledger, open_wall: Wall, mailbox: Mailbox
) -> None:
    card = await old_card(ledger, open_wall)
    assert await alive.ask_next(ledger, open_wall, now()) is not None  # and here it dies
    assert await ask(ledger, mailbox, now() + timedelta(minutes=1)) == 0
    assert mailbox.letters == []
    await ask(ledger, mailbox, now() + 4 * MONTH)
    assert not (await card_in(ledger.database, open_wall, card.id)).hidden  # nobody got a mail, so nobody is to blame


async def test_only_those_who_agreed_are_asked_and_only_on_open_walls_that_want_it(
    ledger: Ledger, database: Database, mailbox: Mailbox
) -> None:
    quiet = await make_wall(database, "leise", phase="open", confirm_months=0)
    event = await make_wall(database, "event", phase="event")
    asks = await make_wall(database, "fragt", phase="open")
    for wall in (quiet, event):
        await old_card(ledger, wall, f"Alte Runde {wall.slug}")
    await old_card(ledger, asks, "Alte ohne Kontakt", "")
    await old_card(ledger, asks, "Alte ohne Zustimmung", other=True, version="")
    gone = await old_card(ledger, asks, "Alte zurückgenommen")
    await take_back(ledger, asks.key, gone.id, AUTHOR)
    hidden = await old_card(ledger, asks, "Alte verborgene")
    await hide(ledger, asks, hidden.id, TEAM)
    assert await ask(ledger, mailbox, now()) == 0
    assert mailbox.letters == []


async def test_an_address_that_takes_nothing_does_not_keep_the_others_from_being_asked(
    ledger: Ledger, open_wall: Wall, mailbox: Mailbox
) -> None:
    await old_card(ledger, open_wall, "Alte A", "a@beispiel.invalid")
    await old_card(ledger, open_wall, "Alte B", "b@beispiel.invalid")
    mailbox.answers.append("550 no such user")
    assert await ask(ledger, mailbox, now()) == 1
    assert [letter["To"] for letter in mailbox.letters] == ["b@beispiel.invalid"]


async def test_what_nobody_answers_for_is_hidden_once_and_confirming_brings_it_back(
    ledger: Ledger, open_wall: Wall, mailbox: Mailbox
) -> None:
    card = await old_card(ledger, open_wall)
    start = now()
    await ask(ledger, mailbox, start)
    await ask(ledger, mailbox, start + 2.9 * MONTH)
    assert not (await card_in(ledger.database, open_wall, card.id)).hidden
    await ask(ledger, mailbox, start + 3.1 * MONTH)
    assert (await card_in(ledger.database, open_wall, card.id)).hidden
    await show(ledger, open_wall, card.id, TEAM)  # the team knows better
    await ask(ledger, mailbox, start + 3.2 * MONTH)
    assert not (await card_in(ledger.database, open_wall, card.id)).hidden
    async with ledger.database.read() as connection:
        lapsed = [c for c in await journal.changes_of_card(connection, open_wall.key, card.id) if c.kind == "lapsed"]
    assert len(lapsed) == 1


@pytest.mark.parametrize("by_team", [True, False])
async def test_confirming_shows_what_lapsed_but_not_what_the_team_hid(
    ledger: Ledger, open_wall: Wall, mailbox: Mailbox, by_team: bool
) -> None:
    card = await old_card(ledger, open_wall)
    await ask(ledger, mailbox, now())
    if by_team:
        await hide(ledger, open_wall, card.id, TEAM)
    else:
        await ask(ledger, mailbox, now() + 4 * MONTH)
    confirmed = await alive.confirm(ledger, open_wall, card.id, AUTHOR)
    assert confirmed.hidden is by_team
    assert not is_stale(open_wall, confirmed, now())


@pytest.mark.parametrize("moderation", ["before", "after"])
async def test_an_author_who_edits_a_card_says_that_it_still_stands(
    database: Database, ledger: Ledger, mailbox: Mailbox, moderation: str
) -> None:
    """At once, also where the new words wait: the card that lapsed is back with the old ones."""
    wall = await make_wall(database, phase="open", imprint="Beispielverein", moderation=moderation)
    card = await old_card(ledger, wall)
    await ask(ledger, mailbox, now())
    await ask(ledger, mailbox, now() + 4 * MONTH)
    assert (await card_in(database, wall, card.id)).hidden
    raw = card.content | {"meeting": "montags"}
    edited = await edit(ledger, wall, card.id, raw, card.revision, AUTHOR)
    assert (edited.visible, edited.meeting) == (True, "" if moderation == "before" else "montags")
    assert not is_stale(wall, edited, now())
    again = await edit(ledger, wall, card.id, raw | {"meeting": "dienstags"}, edited.revision, AUTHOR)
    assert again.revision - edited.revision == (0 if moderation == "before" else 1), "a second time today is no news"
    await aged(database, card.id)
    old = await edit(ledger, wall, card.id, raw | {"meeting": "freitags"}, again.revision, TEAM)
    assert is_stale(wall, old, now()), "the team knows how to write it, not whether it is so"


@pytest.mark.parametrize("verb", [alive.confirm, alive.archive])
async def test_confirming_and_archiving_can_be_undone_and_the_undoing_too(
    ledger: Ledger, open_wall: Wall, verb: Any
) -> None:
    card = await old_card(ledger, open_wall)
    before = await card_in(ledger.database, open_wall, card.id)
    done = await verb(ledger, open_wall, card.id, TEAM)
    (undone,) = await undo(ledger, open_wall, [done.revision], TEAM)
    after = await card_in(ledger.database, open_wall, card.id)
    assert (after.status, after.confirmed_at) == (before.status, before.confirmed_at)
    await undo(ledger, open_wall, [undone.revision], TEAM)
    again = await card_in(ledger.database, open_wall, card.id)
    assert (again.status, again.confirmed_at) == (done.status, done.confirmed_at)


async def test_an_author_cannot_bring_back_what_the_team_archived(ledger: Ledger, open_wall: Wall) -> None:
    card = await old_card(ledger, open_wall)
    await alive.archive(ledger, open_wall, card.id, TEAM)
    with pytest.raises(Conflict):
        await alive.confirm(ledger, open_wall, card.id, AUTHOR)
    assert (await alive.confirm(ledger, open_wall, card.id, TEAM)).visible


async def test_an_erased_card_leaves_no_question_behind(ledger: Ledger, open_wall: Wall) -> None:
    card = await old_card(ledger, open_wall)
    await alive.ask_next(ledger, open_wall, now())
    await erase(ledger, open_wall, card.id, TEAM)
    async with ledger.database.read() as connection:
        assert await askings.of_wall(connection, open_wall.key) == {}


async def asked_by(server: Running, mailbox: Mailbox) -> tuple[Wall, Card, str]:
    """An open wall with an old card, and the path in the mail about it."""
    ledger = server.house.ledger
    wall = await make_wall(server.house.database, "offen", phase="open", imprint="Beispielverein")
    card = await old_card(ledger, wall)
    assert await alive.ask_all(ledger, server.house.mail, server.url, now()) == 1
    return wall, card, link_in(await mailbox.letter(TO))


async def test_the_link_in_the_mail_does_nothing_by_itself_and_everything_by_a_button(
    database_url: str, mailbox: Mailbox
) -> None:
    """ABUSE 30: a mail scanner opens the link and changes nothing"""
    async with running(make_settings(database_url, **mailbox.settings)) as server, server.browser() as person:
        wall, card, link = await asked_by(server, mailbox)
        before = await card_in(server.house.database, wall, card.id)
        for _ in range(3):
            page = await person.get(link)
            assert page.status_code == 200
            await person.head(link)
        assert "Alte Runde" in page.text
        assert await card_in(server.house.database, wall, card.id) == before
        edit = await person.post(link, data={"do": "edit"})
        assert (await person.get(edit.headers["location"])).status_code == 200
        assert await card_in(server.house.database, wall, card.id) == before
        done = await person.post(link, data={"do": "confirm"})
        assert "Danke" in (await person.get(done.headers["location"])).text
        assert not is_stale(wall, await card_in(server.house.database, wall, card.id), now())
        await person.post(link, data={"do": "archive"})
        assert await names(person, "offen") == []
        closed = (await person.get(link)).text
        assert "Doch wieder aufhängen" in closed
        await person.post(link, data={"do": "confirm"})
        assert await names(person, "offen") == ["Alte Runde"]


async def test_a_link_of_somebody_who_is_not_the_contact_any_more_is_refused_as_an_unknown_one(
    database_url: str, mailbox: Mailbox
) -> None:
    """ABUSE 31"""
    async with running(make_settings(database_url, **mailbox.settings)) as server, server.browser() as person:
        wall, card, link = await asked_by(server, mailbox)
        await take_back(server.house.ledger, wall.key, card.id, AUTHOR)
        for path in (link, "/alive/nobody-ever-got-this"):
            assert (await person.get(path)).status_code == 410
            assert (await person.post(path, data={"do": "archive"})).status_code == 410
        assert (await card_in(server.house.database, wall, card.id)).status == "approved"


async def test_old_cards_are_grey_on_the_wall_and_say_it_in_words(server: Running, client: Browser) -> None:
    card, fresh = await hang(server, "Alte Runde"), await hang(server, "Neue Runde")
    await aged(server.house.database, card.id)
    async with running(make_settings(server.house.settings.database_url)) as elsewhere, elsewhere.browser() as reader:
        page = (await reader.get("/w/probe")).text
        assert page.count("länger nicht bestätigt") == 1
        assert re.search(f'id="card-{card.id}".*?länger nicht bestätigt', page, re.DOTALL)
        assert "länger nicht bestätigt" in (await reader.get(f"/w/probe/c/{card.id}")).text
        assert "länger nicht bestätigt" not in (await reader.get(f"/w/probe/c/{fresh.id}")).text


async def test_the_team_works_through_its_list_one_by_one_and_several_at_once(
    server: Running, moderator: Browser, client: Browser
) -> None:
    ids = [(await hang(server, f"Alte Runde {n}")).id for n in range(4)]
    for card_id in ids:
        await aged(server.house.database, card_id)
    await server.house.hub.compare()
    wall = (await server.house.hub.room("probe")).board.wall
    for card_id in ids:  # the room learns of the age by a change of each card
        await hide(server.house.ledger, wall, card_id, TEAM)
        await show(server.house.ledger, wall, card_id, TEAM)
    page = "/w/probe/stale"
    shown = (await moderator.get(page)).text
    assert "niemand, den wir fragen können" in shown
    assert "4 länger nicht bestätigt" in (await moderator.get("/w/probe/queue")).text
    one = await moderator.post(page, data={"do": f"confirm:{ids[0]}"})
    assert one.headers["location"].startswith(f"{page}?done=confirm&undo=")
    both = await moderator.post(page, data={"do": "archive", "card": ids[1:3]})
    said = (await moderator.get(both.headers["location"])).text
    assert "2 Karten archiviert." in said
    assert sorted(await names(client)) == ["Alte Runde 0", "Alte Runde 3"]
    late = await moderator.post(page, data={"do": "archive", "card": ids[1:]})
    assert late.headers["location"].endswith("&missed=1")
    await moderator.post(page, data={"do": f"confirm:{ids[1]}"})
    assert sorted(await names(client)) == ["Alte Runde 0", "Alte Runde 1"]
    assert (await client.get(page)).status_code == 401
    assert (await client.post(page, data={"do": "archive", "card": ids})).status_code == 403
