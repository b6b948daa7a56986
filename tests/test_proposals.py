"""Proposed changes, suggestions and reports: the card stays as it is until a moderator has compared and decided."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.letters import Mailbox
from tests.makers import Running, card_in, hang, hear, make_settings, make_wall, running, words
from tests.pages import looked_at
from tests.test_erase import dump
from wall.actions import propose, retention
from wall.actions.configure import configure
from wall.actions.edit import edit
from wall.actions.erase import erase
from wall.actions.ledger import Ledger
from wall.actions.moderate import hide
from wall.actions.pin import pin
from wall.errors import Conflict, Invalid
from wall.model.card import Card
from wall.model.proposal import MOST, REASONS, Proposal
from wall.model.roles import AUTHOR, GUEST, SYSTEM
from wall.model.wall import Wall
from wall.store import proposals

Browser = httpx.AsyncClient


def mine(server: Running, card: Card) -> str:
    return f"/mine/{server.house.edit_links.token(card.id)}"


def form(card: Card, **changed: Any) -> dict[str, Any]:
    return card.content | {"base": str(card.revision)} | changed


async def now(server: Running, card: Card) -> Card:
    return await card_in(server.house.database, (await server.house.hub.room("probe")).board.wall, card.id)


async def waiting(server: Running) -> list[Proposal]:
    async with server.house.database.read() as connection:
        return await proposals.waiting(connection, 1)


async def page_of(server: Running) -> str:
    """The address of the only proposal that waits."""
    (proposal,) = await waiting(server)
    return f"/w/probe/proposals/{proposal.id}"


async def test_an_author_s_edit_of_a_card_that_hangs_waits_while_the_card_stays(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server, description="Alter Text", meeting="montags")
    answer = await client.post(mine(server, card), data=form(card, description="Neuer Text", meeting="dienstags"))
    assert answer.status_code == 303
    assert await now(server, card) == card
    page = await client.get(mine(server, card))
    assert "Ihre Änderung liegt beim Team" in page.text
    assert looked_at(page.text).fields["description"] == "Neuer Text"
    assert "Neuer Text" not in (await client.get(f"/w/probe/c/{card.id}")).text
    queue = await moderator.get("/w/probe/queue")
    assert await page_of(server) in queue.text
    comparison = (await moderator.get(await page_of(server))).text
    for said in ("Alter Text", "Neuer Text", "montags", "dienstags"):
        assert said in comparison


async def test_an_author_s_second_edit_takes_the_place_of_the_first_and_none_is_left_when_nothing_differs(
    server: Running, client: Browser
) -> None:
    card = await hang(server, description="Alter Text")
    for text in ("Neuer Text", "Noch neuerer Text"):
        await client.post(mine(server, card), data=form(card, description=text))
    (proposal,) = await waiting(server)
    assert proposal.fields == {"description": "Noch neuerer Text"}
    await client.post(mine(server, card), data=form(card))
    assert await waiting(server) == []


@pytest.mark.parametrize("how", ["all", "some"])
async def test_moderators_take_all_fields_over_or_some(
    server: Running, client: Browser, moderator: Browser, how: str
) -> None:
    card = await hang(server, description="Alter Text", meeting="montags")
    changed = {"description": "Neuer Text", "meeting": "dienstags", "section": "s2"}
    await client.post(f"/w/probe/c/{card.id}/suggest", data=form(card, **changed))
    address = await page_of(server)
    seen = looked_at((await moderator.get(address)).text).fields["seen"]
    answer = await moderator.post(address, data={"do": how, "seen": seen, "field": ["meeting", "section"]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/w/probe/queue#proposals")
    after = await now(server, card)
    assert (after.meeting, after.section) == ("dienstags", "s2")
    assert after.description == ("Neuer Text" if how == "all" else "Alter Text")
    assert after.status == "approved"
    assert await waiting(server) == []


async def test_a_refused_proposal_leaves_the_card_and_can_be_opened_again(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server)
    await client.post(f"/w/probe/c/{card.id}/suggest", data=form(card, meeting="dienstags"))
    address = await page_of(server)
    assert (await moderator.post(address, data={"do": "reject"})).headers["location"] == address
    assert await now(server, card) == card
    assert await waiting(server) == []
    assert (await moderator.post(address, data={"do": "all"})).status_code == 409
    assert (await moderator.post(address, data={"do": "reopen"})).status_code == 303
    assert await page_of(server) == address


async def test_what_was_changed_since_the_proposal_is_shown_and_never_overwritten_unseen(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """ABUSE 15"""
    card = await hang(server, meeting="montags", description="Alter Text")
    await client.post(f"/w/probe/c/{card.id}/suggest", data=form(card, meeting="dienstags"))
    address = await page_of(server)
    before = looked_at((await moderator.get(address)).text).fields["seen"]
    wall = (await server.house.hub.room("probe")).board.wall
    moved = await edit(server.house.ledger, wall, card.id, form(card, meeting="freitags"), card.revision, SYSTEM)
    refused = await moderator.post(address, data={"do": "all", "seen": before})
    assert refused.status_code == 409
    assert "freitags" in refused.text
    assert "<q>montags</q>" in refused.text
    assert (await now(server, card)).meeting == "freitags"
    seen = looked_at(refused.text).fields["seen"]
    assert seen == str(moved.revision)
    assert (await moderator.post(address, data={"do": "all", "seen": seen})).status_code == 303
    assert (await now(server, card)).meeting == "dienstags"


async def test_a_change_elsewhere_on_the_card_does_not_stop_a_proposal(ledger: Ledger, wall: Wall) -> None:
    """ABUSE 14"""
    card = (await pin(ledger, wall, words(meeting="montags"), "key-00000001", SYSTEM)).card
    proposal = await propose.suggest(ledger, wall, card.id, form(card, meeting="dienstags"), card.revision, "", GUEST)
    await edit(ledger, wall, card.id, form(card, description="Neuer Text"), card.revision, SYSTEM)
    after = await propose.accept(ledger, wall, proposal.id, ["meeting"], card.revision, SYSTEM)
    assert (after.meeting, after.description) == ("dienstags", "Neuer Text")


async def test_of_two_moderators_who_decide_at_once_one_is_told(ledger: Ledger, wall: Wall) -> None:
    """ABUSE 13"""
    card = (await pin(ledger, wall, words(), "key-00000001", SYSTEM)).card
    proposal = await propose.suggest(ledger, wall, card.id, form(card, meeting="dienstags"), card.revision, "", GUEST)
    await propose.accept(ledger, wall, proposal.id, ["meeting"], card.revision, SYSTEM)
    with pytest.raises(Conflict):
        await propose.reject(ledger, wall, proposal.id, SYSTEM)


async def test_a_suggestion_that_cannot_be_taken_comes_back_with_its_words(server: Running, client: Browser) -> None:
    card = await hang(server)
    here = f"/w/probe/c/{card.id}/suggest"
    note = {"note": "Lange getippt"}
    unchanged = await client.post(here, data=form(card) | note)
    assert (unchanged.status_code, "Sie haben noch nichts geändert." in unchanged.text) == (422, True)
    wrong = await client.post(here, data=form(card, website="kein Link", offers="Räume") | note)
    fields = looked_at(wrong.text).fields
    assert (wrong.status_code, fields["offers"].strip(), fields["note"].strip()) == (422, "Räume", "Lange getippt")
    wall = (await server.house.hub.room("probe")).board.wall
    await edit(server.house.ledger, wall, card.id, form(card, name="Anderer Name"), card.revision, SYSTEM)
    clash = await client.post(here, data=form(card, name="Dritter Name") | note)
    assert (clash.status_code, "<q>Anderer Name</q>" in clash.text) == (409, True)
    assert looked_at(clash.text).fields["note"].strip() == "Lange getippt"
    assert await waiting(server) == []
    await configure(server.house.ledger, wall, {"phase": "frozen"}, SYSTEM)
    frozen = await client.post(here, data=form(card, name="Vierter Name") | note)
    assert (frozen.status_code, looked_at(frozen.text).fields["name"]) == (423, "Vierter Name")


async def test_a_report_reaches_the_moderators_also_while_the_wall_is_frozen(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server)
    wall = (await server.house.hub.room("probe")).board.wall
    await configure(server.house.ledger, wall, {"phase": "frozen"}, SYSTEM)
    here = f"/w/probe/c/{card.id}/report"
    empty = await client.post(here, data={"reason": "unfug", "words": "Lange getippt"})
    assert (empty.status_code, looked_at(empty.text).fields["words"].strip()) == (422, "Lange getippt")
    sent = await client.post(here, data={"reason": REASONS[0], "words": "<script>Lange</script> getippt"})
    assert (sent.status_code, (await client.get(sent.headers["location"])).status_code) == (303, 200)
    address = await page_of(server)
    page = (await moderator.get(address)).text
    assert "Das Netzwerk gibt es so nicht mehr." in page
    assert "&lt;script&gt;Lange&lt;/script&gt; getippt" in page
    assert (await moderator.post(address, data={"do": "all"})).status_code == 303
    assert await now(server, card) == card
    assert await waiting(server) == []


async def test_only_moderators_see_and_decide(server: Running, client: Browser) -> None:
    """ABUSE 8"""
    card = await hang(server)
    await client.post(f"/w/probe/c/{card.id}/suggest", data=form(card, meeting="Kanarienvogel"))
    address = await page_of(server)
    assert (await client.get(address)).status_code == 401
    for verb in ("all", "some", "reject", "reopen"):
        assert (await client.post(address, data={"do": verb})).status_code == 403
    for public in ("/w/probe", f"/w/probe/c/{card.id}", "/api/walls/probe/cards", "/api/walls/probe/changes?since=0"):
        assert "Kanarienvogel" not in (await client.get(public)).text


async def test_what_nobody_sees_cannot_be_proposed_to(server: Running, client: Browser) -> None:
    pending, hidden = await hang(server, "Wartet", by=GUEST), await hang(server, "Verborgen")
    wall = (await server.house.hub.room("probe")).board.wall
    await hide(server.house.ledger, wall, hidden.id, SYSTEM)
    for card in (pending, hidden):
        for verb in ("suggest", "report"):
            assert (await client.get(f"/w/probe/c/{card.id}/{verb}")).status_code == 404
            assert (await client.post(f"/w/probe/c/{card.id}/{verb}", data=form(card))).status_code == 404


async def test_who_fills_in_what_people_do_not_see_proposes_nothing(server: Running, client: Browser) -> None:
    card = await hang(server)
    bait = {"subject": "Kauft", "reason": "other"}
    for verb in ("suggest", "report"):
        assert (await client.post(f"/w/probe/c/{card.id}/{verb}", data=form(card, name="X") | bait)).status_code == 303
    assert await waiting(server) == []


async def test_a_flood_of_suggestions_ends_and_authors_are_still_heard(ledger: Ledger, wall: Wall) -> None:
    """ABUSE 37"""
    card = (await pin(ledger, wall, words(), "key-00000001", SYSTEM)).card
    for _ in range(MOST):
        await propose.report(ledger, wall, card.id, "other", "", GUEST)
    with pytest.raises(Invalid):
        await propose.report(ledger, wall, card.id, "other", "", GUEST)
    await edit(ledger, wall, card.id, form(card, meeting="dienstags"), card.revision, AUTHOR)
    async with ledger.database.read() as connection:
        assert [p.kind for p in await proposals.waiting(connection, wall.key)].count("author") == 1


async def test_moderators_hear_at_once_that_something_waits_and_visitors_do_not(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server)
    cookie = "; ".join(f"{name}={value}" for name, value in moderator.cookies.items())
    headers = {"Cookie": cookie, "Origin": server.house.settings.origin}
    async with server.listen(since=card.revision, headers=headers) as team, server.listen() as visitor:
        await hear(team, "hello")
        await hear(visitor, "hello")
        await client.post(f"/w/probe/c/{card.id}/report", data={"reason": "other", "words": "geheim"})
        assert await hear(team, "note") == {"type": "note", "what": "proposals"}
        await hang(server, "Danach")
        heard = []
        while not heard or heard[-1].get("revision") != card.revision + 1:
            heard.append(await hear(visitor))
        assert "note" not in [frame["type"] for frame in heard]


async def test_an_erased_card_takes_its_proposals_along_and_decided_ones_are_forgotten(
    ledger: Ledger, wall: Wall
) -> None:
    """ABUSE 45"""
    card = (await pin(ledger, wall, words(), "key-00000001", SYSTEM)).card
    first = await propose.suggest(
        ledger, wall, card.id, form(card, meeting="Kanarienvogel"), card.revision, "Kanarienvogel", GUEST
    )
    await propose.reject(ledger, wall, first.id, SYSTEM)
    assert "Kanarienvogel" in await dump(ledger.database)
    await retention.apply(ledger, card.created_at.replace(year=card.created_at.year + 1))
    assert "Kanarienvogel" not in await dump(ledger.database)
    await propose.report(ledger, wall, card.id, "other", "Kanarienvogel", GUEST)
    await erase(ledger, wall, card.id, SYSTEM)
    assert "Kanarienvogel" not in await dump(ledger.database)


@pytest.fixture
async def with_mail(database_url: str, mailbox: Mailbox) -> AsyncIterator[Running]:
    async with running(make_settings(database_url, **mailbox.settings)) as server:
        await make_wall(server.house.database)
        yield server


async def test_the_private_link_goes_out_by_mail_once_and_the_address_is_not_kept(
    with_mail: Running, mailbox: Mailbox
) -> None:
    """ABUSE 20: a hostile name in the subject"""
    card = await hang(with_mail, "Netz\r\nBcc: opfer@beispiel.invalid")
    async with with_mail.browser() as client:
        here = mine(with_mail, card)
        answer = await client.post(f"{here}/send", data={"address": "Autor@Beispiel.invalid"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{here}?sent=1")
        assert await mailbox.link("autor@beispiel.invalid") == here
        assert "autor@" not in await dump(with_mail.house.database)
        refused = await client.post(f"{here}/send", data={"address": "a@b.de, c@d.de"})
        assert (refused.status_code, looked_at(refused.text).fields["address"]) == (422, "a@b.de, c@d.de")
        assert len(mailbox.letters) == 1
        codes = [(await client.post(f"{here}/send", data={"address": f"{n}@b.de"})).status_code for n in range(6)]
    assert codes == [303] * 4 + [429] * 2


async def test_a_moderator_of_some_sections_decides_there_only(server: Running, client: Browser) -> None:
    """ABUSE 8"""
    theirs, other = await hang(server, "Hier", section="s1"), await hang(server, "Dort", section="s2")
    for card in (theirs, other):
        await client.post(f"/w/probe/c/{card.id}/report", data={"reason": "other"})
    here, there = [f"/w/probe/proposals/{proposal.id}" for proposal in await waiting(server)]
    async with server.browser() as moderator:
        await server.sign_in(moderator, "teil@beispiel.invalid", "probe", "moderator", ["s1"])
        queue = (await moderator.get("/w/probe/queue")).text
        assert (here in queue, there in queue) == (True, False)
        assert (await moderator.get(there)).status_code == 403
        for verb in ("all", "reject", "reopen"):
            assert (await moderator.post(there, data={"do": verb})).status_code == 403
        assert (await moderator.post(here, data={"do": "all"})).status_code == 303
    assert [proposal.card_id for proposal in await waiting(server)] == [other.id]
