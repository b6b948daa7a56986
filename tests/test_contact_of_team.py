"""A contact that the team entered, as its card's author finds it: what is not for everybody stays unseen, untouched."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.letters import Mailbox
from tests.makers import Running, hang, make_settings, make_wall, running
from tests.pages import looked_at
from tests.test_contact import EMAIL, GIVEN, MINE, NAME, OPEN, OTHERS, PHONE, kept, mine, shown
from wall.actions.configure import configure
from wall.exchange.person import about
from wall.model.contact import CONSENTS, PARTS
from wall.model.roles import SYSTEM
from wall.words import LANGUAGES, words

MIXED = {"contact_name_for": "public", "contact_email_for": "request", "contact_phone_for": "team"}
FILLED = GIVEN | MIXED
UNTOUCHED = {"contact_name": NAME, "contact_name_for": "public", "contact_email": "", "contact_phone": ""}
AGREEING = {"do": "agree", "contact_consent": CONSENTS[0]}
t = words("de")


@pytest.fixture
async def server(database_url: str, mailbox: Mailbox) -> AsyncIterator[Running]:
    """As everywhere, with a mail server."""
    async with running(make_settings(database_url, **mailbox.settings)) as server:
        await make_wall(server.house.database)
        yield server


async def entered(
    server: Running, moderator: httpx.AsyncClient, details: dict[str, str] | None = None
) -> tuple[str, str]:
    """A card with a contact that a moderator entered: its number and the address of its author's form."""
    card = await hang(server)
    form = FILLED if details is None else details
    assert (await moderator.post(f"/w/probe/c/{card.id}/contact", data=form)).status_code == 303
    return card.id, f"{mine(server, card.id)}/contact"


async def agreed(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, mailbox: Mailbox, **details: str
) -> tuple[str, str]:
    """The same, and the person has agreed."""
    card_id, own = await entered(server, moderator, FILLED | details)
    assert (await client.post(await mailbox.link(EMAIL), data=AGREEING)).status_code == 303
    return card_id, own


def details_of(contact: Any) -> dict[str, tuple[str, str]]:
    return {part: (getattr(contact, part), getattr(contact, f"{part}_for")) for part in PARTS}


async def test_before_the_person_agrees_the_author_sees_nothing_but_what_they_entered_and_may_delete_all(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient
) -> None:
    card_id, own = await entered(server, moderator, GIVEN | OPEN)
    page = await client.get(own)
    assert shown(page) == []
    assert t("contact.waiting") in page.text
    assert "contact_agree" not in page.text, "what the author changes here is not theirs to agree to"
    assert shown(await client.get(mine(server, card_id))) == []
    assert (await client.post(own, data={"do": "remove"})).status_code == 303
    assert (await client.post(own, data=OTHERS)).status_code == 303
    assert shown(await client.get(own)) == [NAME, EMAIL, PHONE]
    assert (await moderator.post(f"/w/probe/c/{card_id}/contact", data=GIVEN)).status_code == 303
    assert shown(await client.get(own)) == []
    assert (await client.post(own, data={"do": "remove"})).status_code == 303
    assert (await kept(server, card_id)).empty


@pytest.mark.parametrize("language", LANGUAGES)
async def test_after_that_they_see_what_everybody_sees_and_who_may_see_the_rest(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, mailbox: Mailbox, language: str
) -> None:
    _, own = await agreed(server, client, moderator, mailbox)
    page = await client.get(own, headers={"accept-language": language})
    says = words(language)
    assert shown(page) == [NAME]
    for wish in ("request", "team"):
        assert says("contact.unseen", who=says(f"contact.for.{wish}")) in page.text
    assert says("contact.of_team") in page.text
    fields = looked_at(page.text).fields
    assert (fields["contact_email"], fields["contact_phone"]) == ("", "")
    assert "contact_phone_for" not in fields, "who sees what they cannot see is not theirs to choose"


async def test_a_save_that_says_nothing_new_leaves_the_rest_as_it_is_and_asks_nobody(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    card_id, own = await agreed(server, client, moderator, mailbox)
    before = await kept(server, card_id)
    forged = {"contact_email_for": "public", "contact_phone_for": "public", "contact_agree": "yes"}
    for form in (looked_at((await client.get(own)).text).fields, UNTOUCHED, UNTOUCHED | forged):
        assert (await client.post(own, data=form)).status_code == 303
        assert (await kept(server, card_id)).model_dump() == before.model_dump()
        assert shown(await client.get(own)) == [NAME]
        assert shown(await client.get(f"/w/probe/c/{card_id}")) == [NAME]
    assert len(mailbox.letters) == 1
    assert shown(await moderator.get(f"/w/probe/c/{card_id}")) == [NAME, EMAIL, PHONE]


async def test_what_they_take_away_of_what_everybody_sees_is_gone_and_the_consent_to_the_rest_stands(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    card_id, own = await agreed(server, client, moderator, mailbox)
    before = await kept(server, card_id)
    room = await server.house.hub.room("probe")
    await configure(server.house.ledger, room.board.wall, {"phase": "frozen"}, SYSTEM)
    assert (await client.post(own, data=UNTOUCHED | {"contact_name": ""})).status_code == 303
    after = await kept(server, card_id)
    assert details_of(after) == details_of(before) | {"name": ("", "public")}
    assert (after.consented_at, after.consented_by) == (before.consented_at, "person")
    assert (await client.post(own, data=UNTOUCHED | {"contact_name": "Andere"})).status_code == 423
    assert details_of(await kept(server, card_id)) == details_of(after)


async def test_a_part_they_type_anew_is_theirs_and_the_person_is_asked_before_anybody_sees_it(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    card_id, own = await agreed(server, client, moderator, mailbox)
    typed = UNTOUCHED | {"contact_phone": "0341 999999", "contact_phone_for": "public", "contact_agree": "yes"}
    assert (await client.post(own, data=typed)).status_code == 303
    contact = await kept(server, card_id)
    assert details_of(contact) == {
        "name": (NAME, "public"),
        "email": (EMAIL, "request"),
        "phone": ("0341 999999", "team"),
    }
    assert contact.waiting, "a tick of the author agrees to nothing of somebody else's"
    assert shown(await client.get(f"/w/probe/c/{card_id}")) == []
    page = await client.get(own)
    assert (shown(page), "0341 999999" in page.text) == ([], True)
    assert (await client.post(await mailbox.link(EMAIL, 1), data=AGREEING)).status_code == 303
    page = await client.get(own)
    assert (shown(page), looked_at(page.text).fields["contact_phone"]) == ([NAME], "0341 999999")
    assert shown(await client.get(f"/w/probe/c/{card_id}")) == [NAME]


@pytest.mark.parametrize("address", [EMAIL, "eigene@beispiel.invalid"])
@pytest.mark.parametrize("wish", ["public", "request"])
async def test_no_link_to_another_address_tells_them_what_is_kept_from_them(
    server: Running,
    client: httpx.AsyncClient,
    moderator: httpx.AsyncClient,
    mailbox: Mailbox,
    address: str,
    wish: str,
) -> None:
    """Nor does the answer say whether an address that they cannot see was guessed."""
    card_id, own = await agreed(server, client, moderator, mailbox, contact_email_for=wish)
    before = details_of(await kept(server, card_id))
    typed = UNTOUCHED | {"contact_email": address, "contact_email_for": wish}
    answer = await client.post(own, data=typed)
    seen_anyway = wish == "public" and address == EMAIL
    assert answer.status_code == (303 if seen_anyway else 422)
    assert details_of(await kept(server, card_id)) == before
    assert len(mailbox.letters) == 1
    if not seen_anyway:
        assert t("complaint.another_person") in answer.text
        assert PHONE not in answer.text
        assert t("contact.unseen", who=t("contact.for.team")) in answer.text


async def test_who_replaces_all_of_it_has_entered_it_and_sees_it(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    card_id, own = await agreed(server, client, moderator, mailbox)
    new = {"contact_name": "Rolle", "contact_email": "rolle@beispiel.invalid", "contact_phone": "0341 555555"}
    assert (await client.post(own, data=new)).status_code == 303
    await mailbox.letter("rolle@beispiel.invalid")
    fields = looked_at((await client.get(own)).text).fields
    assert {name: fields[name] for name in new} == new
    assert (await kept(server, card_id)).waiting


async def test_what_the_person_is_told_about_them_does_not_depend_on_who_entered_it(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    """GDPR, article 15"""
    await agreed(server, client, moderator, mailbox)
    async with server.house.database.read() as connection:
        (held,) = (await about(connection, EMAIL))["contacts"]
    assert {part: said["value"] for part, said in held["details"].items()} == dict(
        zip(PARTS, (NAME, EMAIL, PHONE), strict=True)
    )
    assert (held["entered_by_somebody_else"], held["consent"]["given_by"]) == (True, "person")


async def test_a_contact_that_they_entered_themselves_stays_visible_to_them_whoever_it_is(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    for number, form in enumerate((MINE | MIXED, OTHERS | MIXED)):
        own = f"{mine(server, (await hang(server, f'Netz {number}')).id)}/contact"
        assert (await client.post(own, data=form)).status_code == 303
        assert shown(await client.get(own)) == [NAME, EMAIL, PHONE]
    assert (await client.post(await mailbox.link(EMAIL, 1), data=AGREEING)).status_code == 303
    assert shown(await client.get(own)) == [NAME, EMAIL, PHONE]
