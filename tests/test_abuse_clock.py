"""A clock that jumps back an hour: the order is that of the revisions, and nothing expires or waits wrongly."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.makers import Running, hang, hear, names, sign_in_link, words
from tests.test_sign_in import ADDRESS, PASSWORD, by_password, turned_on
from wall.actions import second_step
from wall.actions.edit import edit
from wall.actions.moderate import approve
from wall.actions.pin import pin
from wall.errors import Conflict
from wall.model import types
from wall.model.card import Card
from wall.model.roles import GUEST, SYSTEM
from wall.store import boards, journal, people

HOUR = timedelta(hours=1)
Jump = Callable[[timedelta], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Set the clock of everything in this process."""

    def to(shift: timedelta) -> None:
        clock = SimpleNamespace(now=lambda zone: datetime.now(zone) + shift, fromtimestamp=datetime.fromtimestamp)
        monkeypatch.setattr(types, "datetime", clock)

    return to


async def test_cards_pinned_before_and_after_stand_in_the_order_of_their_revisions(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, jump: Jump
) -> None:
    """ABUSE 43: on the wall, in the queue, in what programs ask for and on the projector"""
    room = await server.house.hub.room("probe")
    async with server.listen(epoch=room.board.epoch) as projector:
        for number in range(6):
            if number == 3:
                jump(-HOUR)
            await hang(server, f"Netz {number}")
        heard = [await hear(projector, "change") for _ in range(6)]
    wanted = [f"Netz {number}" for number in range(6)]
    assert [frame["cards"][0]["name"] for frame in heard] == wanted
    assert [frame["revision"] for frame in heard] == list(range(1, 7))
    told = [frame["at"] for frame in heard]
    assert told != sorted(told), "the clock did jump"
    assert await names(client) == wanted
    changes = (await client.get("/api/walls/probe/changes?since=0")).json()["changes"]
    assert [change["revision"] for change in changes] == list(range(1, 7))
    jump(timedelta())
    waiting = [await hang(server, "Wartet 0", by=GUEST)]
    jump(-HOUR)
    waiting += [await hang(server, f"Wartet {number}", by=GUEST) for number in (1, 2)]
    queue = (await moderator.get("/w/probe/queue")).text
    places = [queue.index(f'data-card="{card.id}"') for card in waiting]
    assert places == sorted(places), "first come, first looked at"


async def test_an_edit_is_held_against_what_it_was_written_over_not_against_the_time(
    server: Running, jump: Jump
) -> None:
    """ABUSE 43: the later of two editors is told, though the clock says that it was the earlier"""
    ledger, wall = server.house.ledger, (await server.house.hub.room("probe")).board.wall
    card = await hang(server)
    first = await edit(ledger, wall, card.id, words(description="Eins"), card.revision, SYSTEM)
    jump(-HOUR)
    with pytest.raises(Conflict):
        await edit(ledger, wall, card.id, words(description="Zwei"), card.revision, SYSTEM)
    later = await edit(ledger, wall, card.id, words(description="Zwei"), first.revision, SYSTEM)
    assert later.changed_at < first.changed_at
    board = (await server.house.hub.room("probe")).board
    async with server.house.database.read() as connection:
        stored = await boards.load_board(connection, wall.key)
        revisions = [change.revision for change in await journal.changes_since(connection, wall.key, 0)]
    assert revisions == list(range(1, later.revision + 1))
    assert board.digest() == stored.digest()
    assert stored.cards[card.id].description == "Zwei"


async def test_nothing_that_is_still_good_ends_and_a_form_sent_twice_is_one_card(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, jump: Jump
) -> None:
    """ABUSE 43: sessions, one-time links, edit links, receipts of pins, and who is signed in meanwhile"""
    ledger, wall = server.house.ledger, (await server.house.hub.room("probe")).board.wall
    card = (await pin(ledger, wall, words(), "key-00000001", GUEST)).card
    link = await sign_in_link(server.house.database, "neu@beispiel.invalid", "probe")
    jump(-HOUR)
    assert (await moderator.get("/w/probe/queue")).status_code == 200
    assert (await client.get(f"/mine/{server.house.edit_links.token(card.id)}")).status_code == 200
    assert (await pin(ledger, wall, words(), "key-00000001", GUEST)).card.id == card.id
    async with server.browser() as other:
        assert (await other.post(link)).status_code == 303
        assert (await other.get("/w/probe/queue")).status_code == 200
        jump(timedelta())  # and forth again
        assert (await other.get("/w/probe/queue")).status_code == 200
    assert (await moderator.get("/w/probe/queue")).status_code == 200


async def test_what_was_over_before_the_jump_does_not_come_back_for_good(server: Running, jump: Jump) -> None:
    """ABUSE 43: a link of fifteen minutes, spent or not, works at most as much longer as the clock went back"""
    database = server.house.database

    async def invite(connection: AsyncConnection) -> str:
        person = await people.invite(connection, "neu@beispiel.invalid", None, "operator")
        return await people.new_link(connection, person, timedelta(minutes=15))

    token = await database.write(invite)
    assert await database.write(lambda connection: people.use_link(connection, token)) is not None
    jump(-HOUR)
    assert await database.write(lambda connection: people.use_link(connection, token)) is None, "it was spent"
    token = await database.write(invite)
    jump(timedelta(minutes=16) - HOUR)
    assert await database.write(lambda connection: people.use_link(connection, token)) is None, "it is over"


async def test_no_code_opens_again_and_recovery_codes_do_not_go_by_a_clock(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 43: of the codes before the last nobody knows which somebody watched; once it has caught up they open"""
    app, codes = await turned_on(moderator)
    await by_password(client, moderator)

    def at(seconds: float) -> dict[str, str]:
        monkeypatch.setattr(second_step, "time", SimpleNamespace(time=lambda: moment + seconds))
        return {"code": app.generate_otp(int((moment + seconds) // 30))}

    moment, hour = datetime.now(UTC).timestamp(), HOUR.total_seconds()
    for shift, code, wanted in (
        (60, None, 303),
        (60 - hour, None, 422),
        (60 - hour, codes[0], 303),
        (0, None, 422),
        (120, None, 303),
    ):
        async with server.browser() as other:
            await other.post("/sign-in", data={"email": ADDRESS, "password": PASSWORD})
            data = at(shift) | ({"code": code} if code else {})
            assert (await other.post("/sign-in/code", data=data)).status_code == wanted, shift


async def test_a_wall_is_live_all_the_while(server: Running, jump: Jump) -> None:
    """ABUSE 43: ticks, comparisons and patience go by a clock that nobody sets"""
    room = await server.house.hub.room("probe")
    async with server.listen(epoch=room.board.epoch) as projector:
        await hear(projector, "hello")
        for shift, number in zip((-HOUR, HOUR, -24 * HOUR), itertools.count(1), strict=False):
            jump(shift)
            card: Card = await hang(server, f"Netz {number}", by=GUEST)
            await approve(server.house.ledger, room.board.wall, card.id, SYSTEM)
            assert (await hear(projector, "change"))["revision"] == 2 * number - 1
            assert (await hear(projector, "change"))["cards"][0]["name"] == f"Netz {number}"
            room.tick()
            assert (await hear(projector, "tick"))["revision"] == 2 * number
    assert datetime.now(UTC) > types.now() + 23 * HOUR
