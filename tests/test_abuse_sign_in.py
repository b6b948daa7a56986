"""Links and sessions: what was spent, is old or was forged opens nothing, and says no more than that."""

import asyncio
from datetime import timedelta

import httpx
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.makers import Running, card_in, make_wall, words
from wall.actions.pin import pin
from wall.model.card import edit_links
from wall.model.roles import GUEST
from wall.store import boards, people
from wall.web.links import EditLinks


async def invited(server: Running, lasts: timedelta = people.LINK_LASTS) -> str:
    """The token of a one-time link."""

    async def job(connection: AsyncConnection) -> str:
        wall = await boards.find_wall(connection, "probe")
        person = await people.invite(connection, "mod@beispiel.invalid", wall, "moderator")
        return await people.new_link(connection, person, lasts)

    return await server.house.database.write(job)


async def test_a_one_time_link_survives_a_mail_scanner(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 30: looking at it changes nothing, only the button signs in"""
    token = await invited(server)
    for _ in range(3):
        looked = await client.get(f"/sign-in/{token}")
        assert looked.status_code == 200
        assert "set-cookie" not in looked.headers
        assert (await client.head(f"/sign-in/{token}")).status_code == 200
    assert (await client.post(f"/sign-in/{token}")).status_code == 303
    assert (await client.get("/account")).status_code == 200


async def test_a_spent_an_old_and_an_invented_link_get_the_same_answer(server: Running) -> None:
    """ABUSE 31"""
    spent, old, invented = await invited(server), await invited(server, timedelta(seconds=-1)), "x" * 32
    async with server.browser() as first:
        assert (await first.post(f"/sign-in/{spent}")).status_code == 303
    answers = set()
    async with server.browser() as client:
        for token in (spent, old, invented):
            for method in ("GET", "POST"):
                answer = await client.request(method, f"/sign-in/{token}")
                assert "set-cookie" not in answer.headers
                answers.add((answer.status_code, answer.text.replace(f"/sign-in/{token}", "…")))
        assert (await client.get("/account")).status_code == 401
    assert len(answers) == 1
    assert answers.pop()[0] == 410


async def test_two_who_use_one_link_at_once_get_one_session(server: Running) -> None:
    """ABUSE 31"""
    token = await invited(server)
    async with server.browser() as one, server.browser() as other:
        answers = [await asyncio.gather(*(b.post(f"/sign-in/{token}") for b in (one, other, one, other)))]
    assert sorted(answer.status_code for answer in answers[0]) == [303, 410, 410, 410]


async def test_an_edit_link_that_is_forged_or_no_longer_good_says_only_that(
    server: Running, client: httpx.AsyncClient
) -> None:
    """ABUSE 31: altered, made with another secret, replaced by a newer one, or for no card at all"""
    house = server.house
    wall = (await house.hub.room("probe")).board.wall
    card = (await pin(house.ledger, wall, words(), "key-00000001", GUEST)).card
    good, strangers = house.edit_links.token(card.id), EditLinks(("another secret, 0123456789 abcdefghijk",))
    assert (await client.get(f"/mine/{good}")).status_code == 200
    said, _, signature = good.rpartition(".")  # its first letter: not every bit of the last one counts
    altered = f"{said}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    bad = [altered, strangers.token(card.id), good.partition(".")[0], "x", "..x"]
    bad += [house.edit_links.token(card.id, 2), house.edit_links.token("0" * 12)]
    answers = set()
    for token in bad:
        for method, path in (("GET", ""), ("POST", ""), ("POST", "/withdraw")):
            answer = await client.request(method, f"/mine/{token}{path}", data=words() if method == "POST" else None)
            answers.add((answer.status_code, answer.text.replace(f"/mine/{token}{path}", "…")))
    assert len(answers) == 1
    assert answers.pop()[0] == 410
    renew = insert(edit_links).values(card_id=card.id, generation=2)
    await house.database.write(lambda connection: connection.execute(renew))
    assert (await client.get(f"/mine/{good}")).status_code == 410
    assert (await card_in(house.database, wall, card.id)).status == "pending"


async def test_an_edit_link_opens_nothing_but_its_own_card(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 31: the words sent along cannot point it elsewhere"""
    house = server.house
    other = await make_wall(house.database, "andere")
    wall = (await house.hub.room("probe")).board.wall
    mine = (await pin(house.ledger, wall, words("Meine"), "key-00000001", GUEST)).card
    theirs = (await pin(house.ledger, other, words("Fremde"), "key-00000001", GUEST)).card
    form = words("Anders", card=theirs.id, id=theirs.id, wall="andere", wall_id=str(other.key), base="1")
    token = house.edit_links.token(mine.id)
    assert (await client.post(f"/mine/{token}?card={theirs.id}", data=form)).status_code == 303
    assert (await card_in(house.database, wall, mine.id)).name == "Anders"
    assert (await card_in(house.database, other, theirs.id)).name == "Fremde"


async def test_a_session_given_in_advance_is_never_taken_up(server: Running) -> None:
    """ABUSE 33: signing in always makes a new session; a cookie planted before opens nothing"""
    planted = "planted-by-somebody-else-0123456789abcdef"
    async with server.browser(cookies={"session": planted}) as victim, server.browser() as thief:
        await server.sign_in(victim, "mod@beispiel.invalid", "probe")
        fresh = [cookie.value for cookie in victim.cookies.jar if cookie.name == "session" and cookie.value != planted]
        assert len(fresh) == 1
        thief.cookies.set("session", planted)
        assert (await thief.get("/account")).status_code == 401
        assert (await thief.get("/w/probe/queue")).status_code == 401


async def test_a_cookie_is_dead_after_signing_out(server: Running, moderator: httpx.AsyncClient) -> None:
    """ABUSE 33"""
    kept = moderator.cookies["session"]
    async with server.browser(cookies={"session": kept}) as copy:
        assert (await copy.get("/w/probe/queue")).status_code == 200
        assert (await moderator.post("/sign-out")).status_code == 303
        assert "session" not in moderator.cookies
        assert (await copy.get("/w/probe/queue")).status_code == 401
        assert (await copy.post("/w/probe/c/x/approve")).status_code == 403


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(server: Running) -> None:
    """ABUSE 33"""
    token = await invited(server)
    async with server.browser() as client:
        answer = await client.post(f"/sign-in/{token}")
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)
