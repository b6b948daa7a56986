"""A moderator of some sections: what they see and do there is a moderator's, elsewhere a visitor's."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.makers import Running, card_in, hang, hear, words
from wall.actions.moderate import approve, reject
from wall.model.roles import GUEST, SYSTEM
from wall.store import boards, people
from wall.words import words as spoken

Browser = httpx.AsyncClient
EMAIL = "spalte@beispiel.invalid"


@pytest.fixture
async def part(server: Running) -> AsyncIterator[Browser]:
    """A browser whose owner moderates the section s1 of the wall "probe" only."""
    async with server.browser() as client:
        await server.sign_in(client, EMAIL, "probe", sections=["s1"])
        yield client


async def test_the_queue_shows_and_counts_their_sections_only(server: Running, part: Browser) -> None:
    mine, other = await hang(server, "Meine", by=GUEST), await hang(server, "Fremde", by=GUEST, section="s2")
    page = (await part.get("/w/probe/queue")).text
    assert (await part.get("/w/probe/stale")).status_code == 200
    assert f"card-{mine.id}" in page
    assert other.id not in page
    assert "Fremde" not in page
    assert "1 Karte wartet" in page
    for path in (f"/w/probe/c/{other.id}", f"/w/probe/c/{other.id}/edit", f"/api/walls/probe/cards/{other.id}"):
        assert (await part.get(path)).status_code == 404
    assert (await part.get(f"/w/probe/c/{mine.id}")).status_code == 200


async def test_they_decide_about_cards_of_their_sections_and_no_others(server: Running, part: Browser) -> None:
    """ABUSE 8: and a card is moved only between sections that are both theirs"""
    mine, other = await hang(server, "Meine", by=GUEST), await hang(server, "Fremde", by=GUEST, section="s2")
    shown = await hang(server, "Hängt", section="s2")
    assert (await part.post(f"/w/probe/c/{mine.id}/approve")).status_code == 303
    into, out = {"section": "s2", "after": ""}, {"section": "s1", "after": ""}
    tries = [
        (other, "approve", {}),
        (other, "reject", {"reason": "advert"}),
        (shown, "hide", {}),
        (shown, "erase", {"sure": "yes"}),
        (shown, "edit", words("Anders", section="s2", base=str(shown.revision))),
        (mine, "move", into),
        (shown, "move", out),
        (mine, "edit", words("Hinüber", section="s2", base="9")),
    ]
    for card, verb, form in tries:
        answer = await part.post(f"/w/probe/c/{card.id}/{verb}", data=form)
        assert answer.status_code in (403, 404), verb
    wall = (await server.house.hub.room("probe")).board.wall
    for card in (other, shown):
        assert await card_in(server.house.database, wall, card.id) == card
    assert (await card_in(server.house.database, wall, mine.id)).section == "s1"


async def test_what_others_did_in_other_sections_they_cannot_undo(server: Running, part: Browser) -> None:
    other = await hang(server, "Fremde", by=GUEST, section="s2")
    wall = (await server.house.hub.room("probe")).board.wall
    done = await approve(server.house.ledger, wall, other.id, SYSTEM)
    assert (await part.post("/w/probe/undo", data={"revision": str(done.revision)})).status_code == 403


async def test_several_at_once_are_held_to_their_sections_too(server: Running, part: Browser) -> None:
    other = await hang(server, "Fremde", by=GUEST, section="s2")
    answer = await part.post("/w/probe/queue", data={"card": other.id, "verb": "approve"})
    assert answer.status_code == 403
    wall = (await server.house.hub.room("probe")).board.wall
    assert (await card_in(server.house.database, wall, other.id)).status == "pending"


async def test_what_they_pin_elsewhere_waits_for_others(server: Running, part: Browser) -> None:
    for section, status in (("s1", "approved"), ("s2", "pending")):
        form = words(f"In {section}", section=section)
        headers = {"idempotency-key": f"key-0000{section}", "origin": server.url}
        answer = await part.post("/api/walls/probe/cards", json=form, headers=headers)
        assert answer.json()["status"] == status


async def test_history_and_merging_are_open_to_them_for_cards_of_their_sections(server: Running, part: Browser) -> None:
    mine, other = await hang(server, "Meine", by=GUEST), await hang(server, "Fremde", by=GUEST, section="s2")
    near = await hang(server, "Nachbarin")
    paths = {
        "history": 403,
        "history?at=1": 403,
        "history/compare?from=0": 403,
        f"c/{mine.id}/history": 200,
        f"c/{other.id}/history": 403,
        f"c/{mine.id}/merge": 200,
        f"c/{mine.id}/merge?with={near.id}": 200,
        f"c/{mine.id}/merge?with={other.id}": 404,
        f"c/{other.id}/merge": 404,
    }
    for path, status in paths.items():
        answer = await part.get(f"/w/probe/{path}")
        assert answer.status_code == status, path
        assert "Fremde" not in answer.text
    for path in ("history/keep", "history/restore"):
        assert (await part.post(f"/w/probe/{path}", data={"revision": "1", "name": "x"})).status_code == 403


async def test_the_settings_and_the_phase_are_not_theirs(server: Running, part: Browser) -> None:
    for path in ("settings", "phase", "publish"):
        assert (await part.get(f"/w/probe/{path}")).status_code == 403
        assert f'/w/probe/{path}"' not in (await part.get("/w/probe")).text
    for path, form in (("settings", {"title": "Gekapert"}), ("phase", {"to": "freeze"}), ("publish", {})):
        assert (await part.post(f"/w/probe/{path}", data=form)).status_code == 403


async def test_who_moderates_the_wall_freezes_it_and_does_not_configure_it(server: Running, moderator: Browser) -> None:
    assert (await moderator.get("/w/probe/settings")).status_code == 403
    assert (await moderator.post("/w/probe/settings", data={"title": "Gekapert"})).status_code == 403
    assert (await moderator.post("/w/probe/phase", data={"to": "freeze"})).status_code == 303
    wall = (await server.house.hub.room("probe")).board.wall
    assert (wall.phase, wall.title) == ("frozen", "Probewand")


async def test_their_socket_carries_nothing_of_other_sections_that_visitors_do_not_see(
    server: Running, part: Browser
) -> None:
    """W8: not on pinning, not on deciding, not on coming back"""
    cookies = "; ".join(f"{name}={value}" for name, value in part.cookies.items())
    headers = {"cookie": cookies, "origin": server.url}
    house, room = server.house, await server.house.hub.room("probe")
    async with server.listen(headers=headers, epoch=room.board.epoch) as socket:
        await hear(socket, "hello")
        mine, other = await hang(server, "Meine", by=GUEST), await hang(server, "Fremde", by=GUEST, section="s2")
        away = await hang(server, "Abgelehnt", by=GUEST, section="s2")
        await reject(house.ledger, room.board.wall, away.id, "advert", SYSTEM)
        await approve(house.ledger, room.board.wall, other.id, SYSTEM)
        frames = [await hear(socket, "change") for _ in range(5)]
    assert [[card["name"] for card in frame["cards"]] for frame in frames] == [["Meine"], [], [], [], ["Fremde"]]
    assert [frame["removed"] for frame in frames] == [[]] * 5
    assert [frame["waiting"] for frame in frames] == [1] * 5
    assert frames[0]["cards"][0]["status"] == "pending"
    assert "status" not in frames[4]["cards"][0], "a visitor's fields"
    async with server.listen(headers=headers, epoch=room.board.epoch) as socket:
        said = [json.dumps(await hear(socket, "change")) for _ in range(5)]
    assert not any(away.id in frame or "Abgelehnt" in frame for frame in said)
    assert mine.id in said[0]


async def closed_with(socket: ClientConnection) -> int:
    """The code a socket is closed with."""
    with pytest.raises(ConnectionClosed) as closed:
        await hear(socket, "nothing that is ever said")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.mark.parametrize(
    ("sections", "code"), [(["s2"], 4403), (["s1", "s2"], 1012), (None, 1012)], ids=["others", "more", "all"]
)
async def test_a_socket_ends_when_its_sections_change(
    server: Running, part: Browser, sections: list[str] | None, code: int
) -> None:
    """ABUSE 9: who is left less does not come back, who is given more does, and sees more then"""
    cookies = "; ".join(f"{name}={value}" for name, value in part.cookies.items())
    house = server.house
    async with server.listen(headers={"cookie": cookies, "origin": server.url}) as socket:
        await hear(socket, "hello")
        async with house.database.read() as connection:
            wall = await boards.find_wall(connection, "probe")
        await house.database.write(lambda c: people.invite(c, EMAIL, wall, "moderator", sections))
        house.hub.rights_changed()
        assert await closed_with(socket) == code


async def test_they_are_offered_to_move_cards_to_their_sections_only(
    server: Running, part: Browser, moderator: Browser
) -> None:
    """On the page, in the form and in the frames of the live wall"""
    shown = await hang(server, "Hängt")
    foreign, own = '<option value="s2"', '<option value="s1"'
    for browser, offers in ((part, False), (moderator, True), (part, False)):
        for path in ("/w/probe", f"/w/probe/c/{shown.id}/edit"):
            page = (await browser.get(path)).text
            assert own in page or 'name="section" value="s1"' in page or path.endswith("edit")
            assert (foreign in page or 'value="s2"' in page) is offers, path
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        headers = {"cookie": cookies, "origin": server.url}
        room = await server.house.hub.room("probe")
        async with server.listen(headers=headers, form="html", since=0, epoch=room.board.epoch) as socket:
            frame = await hear(socket, "change")
        assert own in frame["cards"][0]["html"]
        assert (foreign in frame["cards"][0]["html"]) is offers


async def test_the_badge_counts_proposals_about_cards_of_their_sections(
    server: Running, client: Browser, part: Browser, moderator: Browser
) -> None:
    for section in ("s1", "s2", "s2"):
        card = await hang(server, f"Netz {section}", section=section)
        await client.post(f"/w/probe/c/{card.id}/report", data={"reason": "wrong"})
    for browser, count, said in ((part, 1, "+1"), (moderator, 3, "+3")):
        page = (await browser.get("/w/probe")).text
        assert f'data-proposed>{said}<span class="topbar__word"> ' in page
        queue = (await browser.get("/w/probe/queue")).text
        assert spoken("de").n("proposal.waiting", count) in queue
    assert "data-proposed" not in (await client.get("/w/probe")).text
