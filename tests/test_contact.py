"""A card's contact: who sees what, what was agreed to, how others are asked, and messages that reveal no address."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.letters import Mailbox
from tests.makers import Running, hang, hear, make_settings, make_wall, running, words
from tests.pages import looked_at
from tests.test_erase import dump
from wall.actions.configure import configure
from wall.actions.moderate import approve
from wall.errors import Unavailable
from wall.model.contact import CONSENTS, ContactDetails
from wall.model.roles import SYSTEM
from wall.store import contacts, snapshots
from wall.words import LANGUAGES
from wall.words import words as sentences

NAME, EMAIL, PHONE = "Kanarienvogel", "vogel@beispiel.invalid", "0341 4711"
GIVEN = {"contact_name": NAME, "contact_email": EMAIL, "contact_phone": PHONE, "contact_consent": CONSENTS[0]}
MINE = GIVEN | {"contact_agree": "yes"}
OTHERS = GIVEN | {"contact_other": "yes"}
OPEN = dict.fromkeys(("contact_name_for", "contact_email_for", "contact_phone_for"), "public")
LETTER = {"sender": "absender@beispiel.invalid", "text": "Wann trefft ihr euch?\nGrüße"}


@pytest.fixture
async def server(database_url: str, mailbox: Mailbox) -> AsyncIterator[Running]:
    """As everywhere, with a mail server."""
    async with running(make_settings(database_url, **mailbox.settings)) as server:
        await make_wall(server.house.database)
        yield server


async def pinned(server: Running, client: httpx.AsyncClient, contact: dict[str, str], name: str = "Netz") -> str:
    """Pin a card with a contact and approve it; its number."""
    answer = await client.post("/w/probe/pin", data=words(name) | contact | {"key": f"key of {name}"})
    assert answer.status_code == 303, answer.text
    room = await server.house.hub.room("probe")
    (card,) = room.board.with_status("pending")
    await approve(server.house.ledger, room.board.wall, card.id, SYSTEM)
    return card.id


def mine(server: Running, card_id: str) -> str:
    return f"/mine/{server.house.edit_links.token(card_id)}"


def shown(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [part for part in (NAME, EMAIL, PHONE) if part in answer.text]


async def kept(server: Running, card_id: str) -> Any:
    async with server.house.database.read() as connection:
        return await contacts.of_card(connection, card_id)


async def test_by_default_nobody_sees_anything_and_the_address_is_only_written_to(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient
) -> None:
    card_id = await pinned(server, client, MINE)
    page = await client.get(f"/w/probe/c/{card_id}")
    assert shown(page) == []
    assert "Nachricht schreiben" in page.text
    assert shown(await moderator.get(f"/w/probe/c/{card_id}")) == [NAME, EMAIL, PHONE]
    assert shown(await client.get(f"{mine(server, card_id)}/contact")) == [NAME, EMAIL, PHONE]


@pytest.mark.parametrize(
    ("wishes", "visitors", "written_to"),
    [
        ({"name": "public", "email": "public", "phone": "public"}, [NAME, EMAIL, PHONE], True),
        ({"name": "public", "email": "team", "phone": "request"}, [NAME], False),
        ({"name": "request", "email": "request", "phone": "public"}, [PHONE], True),
        ({"name": "team", "email": "team", "phone": "team"}, [], False),
        ({"name": "unfug", "email": "", "phone": ""}, None, True),
    ],
)
async def test_each_part_is_seen_by_those_it_is_for(
    server: Running, client: httpx.AsyncClient, wishes: dict[str, str], visitors: list[str] | None, written_to: bool
) -> None:
    chosen = {f"contact_{part}_for": wish for part, wish in wishes.items()}
    if visitors is None:  # a wish that there is not is refused, and nothing is pinned
        answer = await client.post("/w/probe/pin", data=words() | MINE | chosen | {"key": "key-00000001"})
        assert (answer.status_code, looked_at(answer.text).fields["contact_name"]) == (422, NAME)
        return
    card_id = await pinned(server, client, MINE | chosen)
    page = await client.get(f"/w/probe/c/{card_id}")
    assert shown(page) == visitors
    assert ("Nachricht schreiben" in page.text) == written_to
    assert (await client.get(f"/w/probe/c/{card_id}/message")).status_code == (200 if written_to else 404)


async def test_nothing_is_kept_that_nobody_agreed_to(server: Running, client: httpx.AsyncClient) -> None:
    form = words() | GIVEN | {"key": "key-00000001"}
    for refused in (form, form | {"contact_agree": "yes", "contact_consent": "1999-01"}):
        answer = await client.post("/w/probe/pin", data=refused)
        assert answer.status_code == 422
        fields = looked_at(answer.text).fields
        assert (fields["contact_email"], fields["name"]) == (EMAIL, words()["name"])
    assert NAME not in await dump(server.house.database)
    assert not (await server.house.hub.room("probe")).board.cards
    assert (await client.post("/w/probe/pin", data=form | {"contact_agree": "yes"})).status_code == 303


async def test_what_is_wrong_with_card_and_contact_is_said_at_once(
    client: httpx.AsyncClient,
) -> None:
    wrong = words("") | MINE | {"contact_email": "kein@", "contact_phone": "abc", "key": "key-00000001"}
    answer = await client.post("/w/probe/pin", data=wrong)
    assert answer.status_code == 422
    for link in ("#name", "#contact_email", "#contact_phone"):
        assert f'href="{link}"' in answer.text
    assert looked_at(answer.text).fields["contact_phone"] == "abc"


async def test_the_consent_is_recorded_with_the_words_the_time_and_the_role(
    server: Running, client: httpx.AsyncClient
) -> None:
    contact = await kept(server, await pinned(server, client, MINE))
    assert (contact.consent, contact.consented_by, contact.other) == (CONSENTS[0], "guest", False)
    assert contact.consented_at is not None
    page = await client.get("/w/probe/pin")
    assert looked_at(page.text).fields["contact_consent"] == CONSENTS[0]
    assert sentences("de")(f"consent.{CONSENTS[0]}.self") in page.text
    assert "contact_agree" not in looked_at(page.text).fields  # never ticked in advance


def test_every_version_of_the_consent_can_still_be_read() -> None:
    for version in CONSENTS:
        for language in LANGUAGES:
            for whose in ("self", "person"):
                assert len(sentences(language)(f"consent.{version}.{whose}")) > 100


async def test_somebody_named_by_others_is_hidden_until_they_agree_by_mail(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    """ABUSE 30, 31: opening the link agrees to nothing, and it agrees once"""
    card_id = await pinned(server, client, OTHERS | OPEN)
    here = f"/w/probe/c/{card_id}"
    link = await mailbox.link(EMAIL)
    assert shown(await client.get(here)) == shown(await moderator.get(here)) == []
    assert (await client.get(f"{here}/message")).status_code == 404
    page = await client.get(link)
    assert shown(page) == [NAME, EMAIL, PHONE]
    assert (await kept(server, card_id)).waiting
    form = looked_at(page.text).fields
    assert (await client.post(link, data=form | {"do": "agree"})).status_code == 303
    assert shown(await client.get(here)) == [NAME, EMAIL, PHONE]
    contact = await kept(server, card_id)
    assert (contact.consent, contact.consented_by) == (CONSENTS[0], "person")
    assert (await client.post(link, data=form | {"do": "agree"})).status_code == 410


async def test_who_was_named_takes_it_back_at_any_time_and_no_link_or_repetition_brings_it_back(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    for number, contact in enumerate((OTHERS, MINE | OPEN)):
        card_id = await pinned(server, client, contact, f"Netz {number}")
        link = await mailbox.link(EMAIL, number)
        answer = await client.post(link, data={"do": "forget"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/contact")
        assert shown(await client.get(f"/w/probe/c/{card_id}")) == []
        again = words(f"Netz {number}") | contact | {"key": f"key of Netz {number}"}
        assert (await client.post("/w/probe/pin", data=again)).status_code == 303
        spent, unknown = await client.get(link), await client.get("/contact/unfug")
        assert spent.status_code == unknown.status_code == 410
        assert spent.text == unknown.text.replace("/contact/unfug", link)
    assert NAME not in await dump(server.house.database)


async def test_an_old_link_does_not_agree_to_details_that_came_later(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    card_id = await pinned(server, client, OTHERS)
    link = await mailbox.link(EMAIL)
    changed = OTHERS | {"contact_phone": "0341 999999"}
    assert (await client.post(f"{mine(server, card_id)}/contact", data=changed)).status_code == 303
    assert (await client.post(link, data={"do": "agree", "contact_consent": CONSENTS[0]})).status_code == 410
    assert (await kept(server, card_id)).waiting


async def test_what_moderators_enter_is_always_somebody_elses(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    card = await hang(server)
    here = f"/w/probe/c/{card.id}"
    assert (await client.post(f"{here}/contact", data=MINE)).status_code == 403
    assert (await moderator.get(f"{here}/contact")).status_code == 200
    assert (await moderator.post(f"{here}/contact", data=MINE | OPEN)).status_code == 303
    await mailbox.letter(EMAIL)
    assert shown(await client.get(here)) == []
    assert (await kept(server, card.id)).waiting
    without = await moderator.post(f"{here}/contact", data=MINE | {"contact_email": ""})
    assert (without.status_code, 'href="#contact_email"' in without.text) == (422, True)


async def test_the_author_changes_and_removes_the_contact(server: Running, client: httpx.AsyncClient) -> None:
    card = await hang(server)
    page = f"{mine(server, card.id)}/contact"
    assert (await client.post(page, data=MINE | OPEN)).status_code == 303
    assert shown(await client.get(f"/w/probe/c/{card.id}")) == [NAME, EMAIL, PHONE]
    assert (await client.post(page, data=GIVEN)).status_code == 422  # each saving needs a tick of its own
    assert (await client.post(page, data={"do": "remove"})).status_code == 303
    assert NAME not in await dump(server.house.database)
    room = await server.house.hub.room("probe")
    await configure(server.house.ledger, room.board.wall, {"phase": "frozen"}, SYSTEM)
    refused = await client.post(page, data=MINE)
    assert (refused.status_code, looked_at(refused.text).fields["contact_name"]) == (423, NAME)


async def test_an_acknowledged_pin_never_loses_its_contact(
    server: Running, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away between the two: the form comes back with its words, and sent again it is one card."""

    async def away(*_: object) -> None:
        raise Unavailable("away")

    form = looked_at((await client.get("/w/probe/pin")).text).fields | words() | MINE
    with monkeypatch.context() as patch:
        patch.setattr(contacts, "keep", away)
        answer = await client.post("/w/probe/pin", data=form)
    assert (answer.status_code, looked_at(answer.text).fields["contact_email"]) == (503, EMAIL)
    kept_words = looked_at(answer.text).fields | {"kind": "Netzwerk", "section": "s1", "contact_agree": "yes"}
    assert (await client.post("/w/probe/pin", data=kept_words)).status_code == 303
    (card,) = (await server.house.hub.room("probe")).board.with_status("pending")
    assert (await kept(server, card.id)).email == EMAIL


async def test_the_same_key_with_another_contact_is_another_pin(client: httpx.AsyncClient) -> None:
    """ABUSE 12"""
    form = words() | MINE | {"key": "key-00000001"}
    assert (await client.post("/w/probe/pin", data=form)).status_code == 303
    assert (await client.post("/w/probe/pin", data=form)).status_code == 303
    assert (await client.post("/w/probe/pin", data=form | {"contact_phone": "0341 99999"})).status_code == 409


async def test_no_contact_enters_frames_api_journal_snapshots_or_the_log(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient
) -> None:
    """ABUSE 39: not even what is public, and not for moderators"""
    cookie = "; ".join(f"{name}={value}" for name, value in moderator.cookies.items())
    headers = {"Cookie": cookie, "Origin": server.house.settings.origin}
    with capture_logs() as logs:
        async with server.listen(form="html", headers=headers) as team, server.listen() as visitor:
            card_id = await pinned(server, client, MINE | OPEN)
            frames = [await hear(socket, "change") for socket in (team, team, visitor, visitor)]
        room = await server.house.hub.room("probe")
        await server.house.database.write(lambda connection: snapshots.keep(connection, room.board))
        paths = ("", "/changes?since=0", "/cards", f"/cards/{card_id}")
        told = [(await who.get(f"/api/walls/probe{path}")).text for who in (client, moderator) for path in paths]
        told += [(await moderator.get(f"/w/probe{path}")).text for path in ("", "/queue")]
        found = (await client.get(f"/w/probe?q={NAME}")).text
    everything = str(frames) + "".join(told)
    assert "card-slot" not in found
    rows = [line for line in (await dump(server.house.database)).splitlines() if NAME in line or EMAIL in line]
    assert len(rows) == 1  # the contact's own
    for part in (NAME, EMAIL, PHONE):
        assert part not in everything
        assert part not in str(room.board.state())
        assert part not in str(logs)


async def test_a_message_arrives_with_its_answer_going_to_the_sender_and_no_address_is_told(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    card_id = await pinned(server, client, MINE)
    here = f"/w/probe/c/{card_id}/message"
    answer = await client.post(here, data=LETTER)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{here}?sent=1")
    letter = await mailbox.letter(EMAIL, 1)  # the first told them that they are named
    assert letter["Reply-To"] == LETTER["sender"]
    assert LETTER["sender"] not in letter["From"]
    assert "Grüße" in letter.get_content()
    assert "/contact/" in letter.get_content()
    assert EMAIL not in (await client.get(f"{here}?sent=1")).text + answer.text
    assert "Grüße" not in await dump(server.house.database)


async def test_a_hostile_name_or_sender_becomes_no_header(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    """ABUSE 20"""
    card_id = await pinned(server, client, MINE, "Netz\r\nBcc: opfer@beispiel.invalid\r\n\r\nKauft")
    here = f"/w/probe/c/{card_id}/message"
    for sender in ("a@b.de\r\nBcc: opfer@beispiel.invalid", "a@b.de, c@d.de", "<a@b.de>", "a@b", "a b@c.de"):
        refused = await client.post(here, data=LETTER | {"sender": sender})
        assert (refused.status_code, "Wann trefft ihr euch?" in refused.text) == (422, True)
    assert (await client.post(here, data=LETTER | {"text": "a\r\n.\r\nBcc: x@y.de\r\n"})).status_code == 303
    letter = await mailbox.letter(EMAIL, 1)
    assert letter["Bcc"] is None
    assert mailbox.envelopes[1][1] == [EMAIL]
    assert "opfer" in letter["Subject"]


async def test_messages_without_end_are_held_up_and_their_words_kept(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    card_id = await pinned(server, client, MINE)
    server.house.limits.clock = lambda: 1_800_000_000.0
    for _ in range(20):
        assert (await client.post(f"/w/probe/c/{card_id}/message", data=LETTER)).status_code == 303
    refused = await client.post(f"/w/probe/c/{card_id}/message", data=LETTER)
    assert (refused.status_code, looked_at(refused.text).fields["sender"]) == (429, LETTER["sender"])


async def test_nobody_is_flooded_by_being_named_over_and_over(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    """ABUSE 37"""
    card = await hang(server)
    page = f"{mine(server, card.id)}/contact"
    for number in range(12):
        answer = await client.post(page, data=OTHERS | {"contact_phone": f"0341 4711{number}"})
        assert answer.status_code == 303
    await client.post(page, data=OTHERS | {"contact_email": "andere@beispiel.invalid"})
    await mailbox.letter("andere@beispiel.invalid")
    assert [letter["To"] for letter in mailbox.letters].count(EMAIL) == 10


@pytest.mark.parametrize("flaw", [{"text": " "}, {"text": "x" * 3001}, {"sender": ""}])
async def test_a_message_that_cannot_be_taken_comes_back_with_its_words(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox, flaw: dict[str, str]
) -> None:
    card_id = await pinned(server, client, MINE)
    answer = await client.post(f"/w/probe/c/{card_id}/message", data=LETTER | flaw)
    fields = looked_at(answer.text).fields
    assert (answer.status_code, fields["sender"]) == (422, (LETTER | flaw)["sender"])
    assert fields["text"].strip() == (LETTER | flaw)["text"].strip()


async def test_who_fills_in_what_people_do_not_see_sends_nothing(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    card_id = await pinned(server, client, MINE)
    await mailbox.letter(EMAIL)
    answer = await client.post(f"/w/probe/c/{card_id}/message", data=LETTER | {"subject": "Kauft"})
    assert answer.status_code == 303
    assert (await client.post(f"/w/probe/c/{card_id}/message", data=LETTER)).status_code == 303
    await mailbox.letter(EMAIL, 1)
    assert len(mailbox.letters) == 2


def test_a_number_is_what_people_dial() -> None:
    assert ContactDetails.take({"phone": "+49 (0)341 / 12-34.5"}).phone == "+49 (0)341 / 12-34.5"


async def test_pins_without_contact_ask_the_contacts_table_nothing(
    server: Running, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(contacts, "of_card", lambda *given: asked.append(given))
    assert (await client.post("/w/probe/pin", data=words() | {"key": "key-00000001"})).status_code == 303
    assert asked == []


async def test_a_card_that_is_erased_takes_its_contact_along(
    server: Running, client: httpx.AsyncClient, mailbox: Mailbox
) -> None:
    """ABUSE 45"""
    card_id = await pinned(server, client, MINE | OPEN)
    link = await mailbox.link(EMAIL)
    await client.post(f"{mine(server, card_id)}/erase", data={"sure": "yes"})
    for address in (link, f"{mine(server, card_id)}/contact", f"/w/probe/c/{card_id}/message"):
        assert (await client.get(address)).status_code == 410
    assert NAME not in await dump(server.house.database)


async def test_a_contact_changes_at_once_while_words_wait_and_the_page_says_so(
    server: Running, client: httpx.AsyncClient
) -> None:
    """It is nobody's to moderate: whoever agreed decides who sees what."""
    card_id = await pinned(server, client, MINE | OPEN)
    card = (await server.house.hub.room("probe")).board.cards[card_id]
    edited = card.content | {"base": str(card.revision), "meeting": "montags"}
    await client.post(mine(server, card_id), data=edited)
    answer = await client.post(f"{mine(server, card_id)}/contact", data=MINE | OPEN | {"contact_phone_for": "team"})
    page = (await client.get(answer.headers["location"])).text
    assert sentences("de")("contact.saved") in page
    assert sentences("de")("mine.proposed") in page
    assert shown(await client.get(f"/w/probe/c/{card_id}")) == [NAME, EMAIL]


@pytest.mark.parametrize("phase", ["frozen", "archived"])
async def test_on_a_wall_that_takes_nothing_a_contact_can_be_shown_less_and_deleted_but_not_more(
    server: Running, client: httpx.AsyncClient, phase: str
) -> None:
    card_id = await pinned(server, client, MINE | {"contact_name_for": "public", "contact_phone_for": "request"})
    room, address = await server.house.hub.room("probe"), f"{mine(server, card_id)}/contact"
    await configure(server.house.ledger, room.board.wall, {"phase": phase}, SYSTEM)
    more = [{"contact_phone_for": "public"}, {"contact_name": "Andere"}, {"contact_email_for": "public"}]
    as_it_is = MINE | {"contact_name_for": "public", "contact_phone_for": "request"}
    for change in more:
        assert (await client.post(address, data=as_it_is | change)).status_code == 423, change
    less = as_it_is | {"contact_name_for": "team", "contact_phone": ""}
    assert (await client.post(address, data=less)).status_code == 303
    assert shown(await client.get(f"/w/probe/c/{card_id}")) == []
    assert (await client.post(address, data={"do": "remove"})).status_code == 303
    assert (await kept(server, card_id)).empty


async def test_on_a_frozen_wall_nobody_agrees_in_the_place_of_a_person_who_was_asked(
    server: Running, client: httpx.AsyncClient
) -> None:
    card_id = await pinned(server, client, OTHERS | OPEN)
    room, address = await server.house.hub.room("probe"), f"{mine(server, card_id)}/contact"
    await configure(server.house.ledger, room.board.wall, {"phase": "frozen"}, SYSTEM)
    assert (await client.post(address, data=MINE | OPEN)).status_code == 423
    assert shown(await client.get(f"/w/probe/c/{card_id}")) == []


async def test_the_contact_of_a_card_that_no_longer_hangs_can_still_be_deleted_by_its_link(
    server: Running, client: httpx.AsyncClient
) -> None:
    card_id = await pinned(server, client, MINE | OPEN)
    link = mine(server, card_id)
    await client.post(f"{link}/withdraw")
    assert f"{link}/contact" in (await client.get(link)).text
    page = (await client.get(f"{link}/contact")).text
    assert sentences("de")("contact.closed") in page
    assert "contact_email" not in page
    await client.post(f"{link}/contact", data={"do": "remove"})
    assert (await kept(server, card_id)).empty
    assert f"{link}/contact" not in (await client.get(link)).text
