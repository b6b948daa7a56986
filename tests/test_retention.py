"""What is kept no longer than promised, and what is told or erased about one person."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.makers import Running, card_in, make_wall, words
from tests.test_command_line import said
from wall.actions import propose, retention
from wall.actions.configure import configure
from wall.actions.contact import give
from wall.actions.edit import edit
from wall.actions.ledger import Ledger
from wall.actions.moderate import reject, withdraw
from wall.actions.picture import picture
from wall.actions.pin import pin
from wall.exchange import person
from wall.model.contact import CONSENTS, Contact, ContactDetails
from wall.model.proposal import Proposal
from wall.model.roles import AUTHOR, GUEST, SYSTEM, Actor
from wall.model.types import now
from wall.model.wall import Wall
from wall.store import contacts, people, proposals
from wall.store.database import Database
from wall.store.images import Images

ADDRESS = "beispiel@beispiel.invalid"
AGREED: dict[str, Any] = {"other": False, "version": CONSENTS[0]}


def later(**time: int) -> datetime:
    return now() + timedelta(**time)


async def contact_of(database: Database, card_id: str) -> Contact | None:
    async with database.read() as connection:
        return await contacts.of_card(connection, card_id)


async def with_contact(ledger: Ledger, wall: Wall, name: str, **how: Any) -> str:
    """A card with a contact; its number."""
    card = (await pin(ledger, wall, words(name), f"key of {name}", GUEST)).card
    details = ContactDetails.take({"name": "Beispielname", "email": ADDRESS.upper(), "phone": "0341 12345"})
    await give(ledger, wall, card.id, details, AUTHOR, **(AGREED | how))
    return card.id


async def test_rejected_and_withdrawn_cards_are_erased_when_their_time_is_over(ledger: Ledger, wall: Wall) -> None:
    ids = [(await pin(ledger, wall, words(f"Netz {n}"), f"key-{n:08}", GUEST)).card.id for n in range(3)]
    await reject(ledger, wall, ids[0], "Grund", SYSTEM)
    await withdraw(ledger, wall, ids[1], AUTHOR)
    assert (await retention.apply(ledger, later(days=89))).cards == 0
    assert (await retention.apply(ledger, later(days=91))).cards == 2
    assert (await retention.apply(ledger, later(days=91))).cards == 0
    found = [await card_in(ledger.database, wall, card_id) for card_id in ids]
    assert [card.status for card in found] == ["erased", "erased", "pending"]
    assert [card.name for card in found] == ["", "", "Netz 2"]


async def test_each_wall_says_itself_how_long(ledger: Ledger, wall: Wall) -> None:
    card = (await pin(ledger, wall, words(), "key-00000001", GUEST)).card
    await withdraw(ledger, wall, card.id, AUTHOR)
    await configure(ledger, wall, {"rejected_days": 7}, SYSTEM)
    assert (await retention.apply(ledger, later(days=8))).cards == 1


async def test_contacts_go_when_their_card_or_their_wall_has_been_closed_for_long(ledger: Ledger, wall: Wall) -> None:
    closed, living = await with_contact(ledger, wall, "A"), await with_contact(ledger, wall, "B")
    await configure(ledger, wall, {"rejected_days": 3650, "contact_months": 6}, SYSTEM)
    await withdraw(ledger, wall, closed, AUTHOR)
    assert (await retention.apply(ledger, later(days=150))).contacts == 0
    assert (await retention.apply(ledger, later(days=200))).contacts == 1
    gone, kept = await contact_of(ledger.database, closed), await contact_of(ledger.database, living)
    assert gone is not None
    assert gone.empty
    assert kept is not None
    assert kept.email == ADDRESS
    await configure(ledger, wall, {"phase": "archived"}, SYSTEM)
    assert (await retention.apply(ledger, later(days=150))).contacts == 0
    assert (await retention.apply(ledger, later(days=200))).contacts == 1
    assert (await retention.apply(ledger, later(days=200))).contacts == 0


async def test_somebody_who_was_named_by_others_and_does_not_answer_is_forgotten(ledger: Ledger, wall: Wall) -> None:
    card_id = await with_contact(ledger, wall, "A", other=True)
    assert (await retention.apply(ledger, later(days=13))).contacts == 0
    assert (await retention.apply(ledger, later(days=15))).contacts == 1
    gone = await contact_of(ledger.database, card_id)
    assert gone is not None
    assert gone.empty


async def test_a_refused_picture_goes_when_nobody_can_open_its_proposal_again(
    ledger: Ledger, wall: Wall, tmp_path: Path
) -> None:
    """What the card shows or may show again stays; what never came to hang and cannot any more goes, a day later."""
    ledger.images = Images(str(tmp_path / "bilder"))
    card = (await pin(ledger, wall, words(), "key-00000001", SYSTEM)).card
    asked = ("former", "now", "refused", "passed_over", "replaced", "waits")
    named = {word: f"{number:024x}-300x300" for number, word in enumerate(asked)}

    async def give_picture(word: str, actor: Actor) -> Proposal | None:
        assert ledger.images is not None
        await ledger.images.put(card.id, named[word], {"300.webp": b"x"})
        await picture(ledger, wall, card.id, named[word], "Ein Tisch.", actor)
        async with ledger.database.read() as connection:
            return await proposals.of_author(connection, card.id)

    async def left_after(**time: int) -> set[str]:
        await retention.apply(ledger, later(**time))
        return {word for word, name in named.items() if (tmp_path / "bilder" / card.id / name).exists()}

    await give_picture("former", SYSTEM)
    await give_picture("now", SYSTEM)
    refused = await give_picture("refused", AUTHOR)
    assert refused is not None
    await propose.reject(ledger, wall, refused.id, SYSTEM)
    await give_picture("passed_over", AUTHOR)
    seen = await card_in(ledger.database, wall, card.id)
    await edit(ledger, wall, card.id, seen.content | {"description": "Neu."}, seen.revision, AUTHOR)
    async with ledger.database.read() as connection:
        both = await proposals.of_author(connection, card.id)
    assert both is not None
    await propose.accept(ledger, wall, both.id, ["description"], seen.revision, SYSTEM)
    await give_picture("replaced", AUTHOR)
    await give_picture("waits", AUTHOR)
    await ledger.images.put("0" * 12, named["now"], {"300.webp": b"x"})  # of a card that this database does not know

    assert await left_after(hours=23) == set(named), "what was put just now may be about to be named"
    assert await left_after(days=89) == {"former", "now", "refused", "waits"}
    await propose.reopen(ledger, wall, refused.id, SYSTEM)
    await propose.reject(ledger, wall, refused.id, SYSTEM)
    assert await left_after(days=91) == {"former", "now", "waits"}
    assert (tmp_path / "bilder" / ("0" * 12)).exists()


async def test_what_is_held_about_a_person_is_told_and_then_erased(ledger: Ledger, wall: Wall) -> None:
    card_id = await with_contact(ledger, wall, "A")
    await pin(ledger, wall, words("B", description=f"Fragen an {ADDRESS}"), "key-00000002", SYSTEM)
    other = await make_wall(ledger.database, "andere")

    async def sign_in(connection: AsyncConnection) -> None:
        key = await people.invite(connection, ADDRESS, wall, "moderator")
        await people.open_session(connection, key)
        await people.new_link(connection, key)

    await ledger.database.write(sign_in)
    async with ledger.database.read() as connection:
        held = await person.about(connection, f" {ADDRESS.title()} ")
        elsewhere = await person.about(connection, ADDRESS, other.key)
    assert held["contacts"][0]["details"]["phone"] == {"value": "0341 12345", "seen_by": "team"}
    assert held["contacts"][0]["consent"]["version"] == CONSENTS[0]
    assert [found["name"] for found in held["mentions"]] == ["B"]
    assert held["account"]["roles"] == [{"role": "moderator", "wall": "probe"}]
    assert len(held["account"]["sessions"]) == 1
    assert "digest" not in json.dumps(held)
    assert (elsewhere["contacts"], elsewhere["mentions"], "account" in elsewhere) == ([], [], False)
    assert await person.forget(ledger, ADDRESS) == {"contacts": 1, "accounts": 1}
    async with ledger.database.read() as connection:
        after = await person.about(connection, ADDRESS)
    assert (after["contacts"], after["account"]) == ([], None)
    gone = await contact_of(ledger.database, card_id)
    assert gone is not None
    assert gone.empty


async def test_nobody_gets_the_number_of_an_account_that_was_erased(ledger: Ledger, wall: Wall) -> None:
    """The history says by this number who did what."""

    async def invited(address: str) -> int:
        return await ledger.database.write(lambda connection: people.invite(connection, address, wall, "moderator"))

    first = await invited(ADDRESS)
    assert await person.forget(ledger, ADDRESS) == {"contacts": 0, "accounts": 1}
    assert await invited("andere@beispiel.invalid") > first


def test_an_operator_tells_erases_and_tidies_by_command(tmp_path: Path) -> None:
    said(tmp_path, "new", "leipzig", "Probewand")
    said(tmp_path, "invite", "leipzig", ADDRESS)
    held = json.loads(said(tmp_path, "person", "export", ADDRESS))
    assert held["account"]["email"] == ADDRESS
    assert said(tmp_path, "person", "erase", ADDRESS) == "0 contacts and 1 accounts erased.\n"
    assert json.loads(said(tmp_path, "person", "export", ADDRESS))["account"] is None
    assert said(tmp_path, "tidy").startswith("0 cards and 0 contacts erased")


async def test_owners_get_the_file_for_their_wall_operators_for_all(server: Running, client: httpx.AsyncClient) -> None:
    room = await server.house.hub.room("probe")
    await with_contact(server.house.ledger, room.board.wall, "A")
    form, found = {"address": f" {ADDRESS.upper()}"}, []
    assert (await client.get("/person")).status_code == (await client.get("/w/probe/person")).status_code == 401
    async with server.browser() as owner, server.browser() as operator, server.browser() as moderator:
        await server.sign_in(owner, "leitung@beispiel.invalid", "probe", "owner")
        await server.sign_in(moderator, "mod@beispiel.invalid", "probe")
        await server.sign_in(operator, "betrieb@beispiel.invalid", None)
        assert (await moderator.post("/w/probe/person", data=form)).status_code == 403
        assert (await owner.post("/person", data=form)).status_code == 403
        for browser, page in ((owner, "/w/probe/person"), (operator, "/person")):
            answer = await browser.post(page, data=form)
            assert answer.headers["content-disposition"].startswith("attachment")
            assert answer.headers["cache-control"] == "no-store"
            found.append(answer.json())
            assert (await browser.post(page, data={"address": "niemand"})).status_code == 422
    assert [held["contacts"][0]["details"]["email"]["value"] for held in found] == [ADDRESS, ADDRESS]
    assert ["account" in held for held in found] == [False, True]
