"""Inviting people, changing what they may do, taking it away: by whom, and how soon it holds."""

import asyncio
import os
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.letters import Mailbox
from tests.makers import Running, hang, hear, make_settings, make_wall, running
from wall.live import hub
from wall.model.roles import GUEST
from wall.store import people
from wall.words import words

Browser = httpx.AsyncClient
GOOD_SECRET = "one-for-tests-only-0123456789-abcdefg"
NEW = "neu@beispiel.invalid"
PAGE = "/w/probe/people"
t = words("de")


@pytest.fixture
async def server(database_url: str, mailbox: Mailbox) -> AsyncIterator[Running]:
    """As everywhere, with a mail server."""
    async with running(make_settings(database_url, **mailbox.settings)) as server:
        await make_wall(server.house.database)
        yield server


async def number(server: Running, email: str) -> int:
    async with server.house.database.read() as connection:
        person = await people.person_by_email(connection, email)
    assert person is not None
    assert person.id is not None
    return person.id


async def team(server: Running) -> dict[str, tuple[str, list[str] | None]]:
    """Role and sections of everybody on the wall "probe", by address."""
    wall = (await server.house.hub.room("probe")).board.wall
    async with server.house.database.read() as connection:
        return {one.email: (one.role, one.sections) for one in await people.team(connection, wall.key)}


async def test_an_invitation_arrives_opens_the_queue_and_says_when_it_was_taken(
    server: Running, mailbox: Mailbox, owner: Browser
) -> None:
    answer = await owner.post(PAGE, data={"email": NEW, "role": "moderator", "sections": "s2"})
    assert answer.headers["location"] == f"{PAGE}?done=invited"
    letter = await mailbox.letter(NEW)
    assert letter["Subject"] == "Einladung: Probewand"
    assert await team(server) == {"leitung@beispiel.invalid": ("owner", None), NEW: ("moderator", ["s2"])}
    assert t("people.invited") in (await owner.get(PAGE)).text
    async with server.browser() as invited:
        answer = await invited.post(await mailbox.link(NEW))
        assert answer.headers["location"] == "/w/probe/queue"
        assert (await invited.get("/w/probe/queue")).status_code == 200
        assert (await invited.get(PAGE)).status_code == 403
    page = (await owner.get(PAGE)).text
    assert t("people.invited") not in page
    assert "Stammtische" in page


async def test_an_invitation_speaks_to_people_as_its_wall_does(
    server: Running, mailbox: Mailbox, owner: Browser
) -> None:
    wall = await make_wall(server.house.database, "duzt", address="ihr")
    async with server.browser() as leader:
        await server.sign_in(leader, "leitung2@beispiel.invalid", "duzt", "owner")
        for role in ("moderator", "owner"):
            await leader.post("/w/duzt/people", data={"email": f"{role}@beispiel.invalid", "role": role})
            said = (await mailbox.letter(f"{role}@beispiel.invalid")).get_content()
            assert "ihr seid eingeladen" in said
            assert wall.title in said
            assert "Sie " not in said
    await owner.post(PAGE, data={"email": NEW, "role": "moderator"})
    assert "Sie sind eingeladen" in (await mailbox.letter(NEW)).get_content()


async def test_an_invitation_can_be_sent_again_and_what_cannot_be_delivered_is_told(
    server: Running, mailbox: Mailbox, owner: Browser
) -> None:
    await owner.post(PAGE, data={"email": NEW, "role": "owner"})
    await owner.post(f"{PAGE}/{await number(server, NEW)}/again")
    assert await mailbox.link(NEW, 0) != await mailbox.link(NEW, 1)
    mailbox.answers = ["550 unknown"]
    refused = await owner.post(PAGE, data={"email": "weg@beispiel.invalid", "role": "moderator"})
    assert refused.status_code == 422
    assert t("error.undeliverable.message") in refused.text
    assert 'value="weg@beispiel.invalid"' in refused.text
    for email in ("keine", "", "a@beispiel.invalid\r\nBcc: b@beispiel.invalid"):
        assert (await owner.post(PAGE, data={"email": email, "role": "moderator"})).status_code == 422


@pytest.mark.parametrize("form", [{"role": "operator"}, {"role": "chef"}, {"role": "moderator", "sections": "s9"}])
async def test_roles_and_sections_that_do_not_exist_here_are_refused(
    server: Running, owner: Browser, form: dict[str, str]
) -> None:
    """ABUSE 34: nobody becomes operator through a wall's form"""
    before = await team(server)
    assert (await owner.post(PAGE, data={"email": NEW} | form)).status_code == 422
    mine = await number(server, "leitung@beispiel.invalid")
    assert (await owner.post(f"{PAGE}/{mine}/change", data=form)).status_code == 422
    assert await team(server) == before


async def test_a_changed_role_holds_at_once(server: Running, owner: Browser, moderator: Browser) -> None:
    one = await number(server, "mod@beispiel.invalid")
    assert (await moderator.get("/w/probe/settings")).status_code == 403
    await owner.post(f"{PAGE}/{one}/change", data={"role": "owner"})
    assert (await moderator.get("/w/probe/settings")).status_code == 200
    other = await hang(server, by=GUEST, section="s2")
    await owner.post(f"{PAGE}/{one}/change", data={"role": "moderator", "sections": "s1"})
    assert (await moderator.post(f"/w/probe/c/{other.id}/approve")).status_code == 403


async def test_the_last_owner_stays_unless_an_operator_says_so(
    server: Running, client: Browser, owner: Browser
) -> None:
    mine = await number(server, "leitung@beispiel.invalid")
    tries = [(f"{PAGE}/{mine}/revoke", {}), (f"{PAGE}/{mine}/change", {"role": "moderator"})]
    tries += [(PAGE, {"email": "leitung@beispiel.invalid", "role": "moderator"})]
    for path, form in tries:
        refused = await owner.post(path, data=form)
        assert refused.status_code == 409
        assert t("error.last_one.message") in refused.text
    await server.sign_in(client, "zweite@beispiel.invalid", "probe", "owner")
    assert (await owner.post(f"{PAGE}/{mine}/revoke")).headers["location"] == "/account"
    assert (await owner.get(PAGE)).status_code == 403
    async with server.browser() as operator:
        await server.sign_in(operator, "betrieb@beispiel.invalid", None)
        last = await number(server, "zweite@beispiel.invalid")
        assert (await operator.post(f"{PAGE}/{last}/revoke")).status_code == 303
        assert await team(server) == {}
        assert t("people.nobody") in (await operator.get(PAGE)).text


async def test_operators_invite_operators_and_the_last_one_stays(
    server: Running, mailbox: Mailbox, client: Browser, owner: Browser
) -> None:
    await server.sign_in(client, "betrieb@beispiel.invalid", None)
    for path in ("/people", PAGE):
        assert (await client.get(path)).status_code == 200
    assert (await owner.get("/people")).status_code == 403
    assert (await owner.post("/people", data={"email": NEW})).status_code == 403
    mine = await number(server, "betrieb@beispiel.invalid")
    assert (await client.post(f"/people/{mine}/revoke")).status_code == 409
    assert (await client.post("/people", data={"email": NEW})).status_code == 303
    async with server.browser() as second:
        await second.post(await mailbox.link(NEW))
        assert (await second.post(f"/people/{mine}/revoke")).status_code == 303
    assert (await client.get("/people")).status_code == 403


async def test_of_two_who_take_each_others_right_at_once_one_stays(server: Running) -> None:
    for slug, role, page in (("probe", "owner", PAGE), (None, "operator", "/people")):
        async with server.browser() as one, server.browser() as other:
            names = [f"{role}{n}@beispiel.invalid" for n in range(2)]
            for browser, email in zip((one, other), names, strict=True):
                await server.sign_in(browser, email, slug, "owner")
            first, second = [await number(server, email) for email in names]
            answers = await asyncio.gather(one.post(f"{page}/{second}/revoke"), other.post(f"{page}/{first}/revoke"))
            assert sorted(answer.status_code for answer in answers) in ([303, 403], [303, 409])
            assert sorted([(await one.get(page)).status_code, (await other.get(page)).status_code]) == [200, 403]


async def test_a_revoked_invitation_opens_nothing_any_more(server: Running, mailbox: Mailbox, owner: Browser) -> None:
    await owner.post(PAGE, data={"email": NEW, "role": "owner"})
    link = await mailbox.link(NEW)
    await owner.post(f"{PAGE}/{await number(server, NEW)}/revoke")
    async with server.browser() as late:
        assert (await late.post(link)).status_code == 410


async def test_only_people_with_a_role_here_can_be_changed_here(server: Running, owner: Browser) -> None:
    await make_wall(server.house.database, "nachbar")
    async with server.browser() as other:
        await server.sign_in(other, "nachbar@beispiel.invalid", "nachbar", "owner")
    stranger = await number(server, "nachbar@beispiel.invalid")
    for verb in ("change", "revoke", "again", "befördern"):
        for who in (stranger, 99999, "x"):
            answer = await owner.post(f"{PAGE}/{who}/{verb}", data={"role": "moderator"})
            assert answer.status_code == 404


async def test_without_a_mail_server_the_page_says_how_to_invite(on_sqlite: str) -> None:
    async with (
        running(make_settings(on_sqlite, mode="production", secret_key=GOOD_SECRET)) as server,
        server.browser() as owner,
    ):
        await make_wall(server.house.database)
        await server.sign_in(owner, "leitung@beispiel.invalid", "probe", "owner")
        assert "wall invite" in (await owner.get(PAGE)).text
        assert (await owner.post(PAGE, data={"email": NEW, "role": "owner"})).status_code == 409
        assert list(await team(server)) == ["leitung@beispiel.invalid"]


async def test_a_revoked_moderator_is_out_on_every_process_at_once(
    on_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 9: revoked on one process, connected to the other; told, not found out by looking now and then"""
    monkeypatch.setattr(hub, "RIGHTS_EVERY", 600.0)
    settings = make_settings(on_postgres, redis_url=os.environ["TEST_REDIS_URL"])
    other = make_settings(on_postgres, redis_url=os.environ["TEST_REDIS_URL"])
    async with running(settings) as here, running(other) as there, here.browser() as owner, there.browser() as mod:
        await make_wall(here.house.database)
        await here.sign_in(owner, "leitung@beispiel.invalid", "probe", "owner")
        await there.sign_in(mod, "mod@beispiel.invalid", "probe")
        cookie = "; ".join(f"{name}={value}" for name, value in mod.cookies.items())
        async with there.listen(headers={"cookie": cookie, "origin": there.url}) as socket:
            await hear(socket, "hello")
            one = await number(here, "mod@beispiel.invalid")
            assert (await owner.post(f"{PAGE}/{one}/revoke")).status_code == 303
            with pytest.raises(ConnectionClosed) as closed:
                await hear(socket, "nothing that is ever said")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4403
        assert (await mod.get("/w/probe/queue")).status_code == 403
