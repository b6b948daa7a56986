"""Presence: how many watch and pin, who has which card in hand, across processes, and told only to who may know."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.conftest import Relays
from tests.makers import Running, counted, hang, hear, make_settings, make_wall, running, until
from wall.live import crowd as crowds
from wall.live import presence
from wall.live.crowd import HEARD_LASTS, NOBODY, Crowd, Doing, Seen, seen_in, together
from wall.live.redis_relay import RedisRelay
from wall.model.audience import Audience
from wall.model.roles import GUEST

Pair = tuple[Running, Running]


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presence is told and shown when the test says so."""
    monkeypatch.setattr(presence, "EVERY", 600.0)


@pytest.fixture
async def pair(on_postgres: str, relays: Relays, by_hand: None) -> AsyncIterator[Pair]:
    """Two servers of one installation, the wall "probe" open on both."""
    settings = [make_settings(on_postgres) for _ in range(2)]
    async with running(settings[0], relays()) as one, running(settings[1], relays()) as other:
        await make_wall(one.house.database)
        for server in (one, other):
            relay = server.house.hub.relay
            if isinstance(relay, RedisRelay):
                await until(lambda relay=relay: relay.proven)
            await server.house.hub.room("probe")
        yield one, other


def listen_as(server: Running, client: httpx.AsyncClient, **more: Any) -> connect:
    """A live socket of this browser."""
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return server.listen(headers={"cookie": cookie, "origin": server.url}, **more)


async def say(socket: ClientConnection, what: str, card: str | None = None) -> None:
    """Say what one is at; once this returns the server has heard it."""
    await socket.send(json.dumps({"type": "doing", "what": what, "card": card}))
    await (await socket.ping())


async def show(*servers: Running) -> None:
    for server in servers:
        await server.house.hub._presence()


async def told(socket: ClientConnection, servers: Pair, expected: dict[str, Any]) -> None:
    """Wait until this socket is told so; what another process says takes its time."""
    async with asyncio.timeout(10):
        frame: dict[str, Any] = {}
        while frame != {"type": "presence"} | expected:
            await show(*servers)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    frame = await hear(socket, "presence")


async def test_every_process_tells_moderators_who_and_visitors_how_many(pair: Pair) -> None:
    one, other = pair
    card = await hang(one, "Wartet", by=GUEST)
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        client = await enter(one.browser())
        await one.sign_in(client, "anna.beispiel@beispiel.invalid", "probe")
        visitor, pinning = await enter(other.listen()), await enter(one.listen(form="quiet"))
        moderator, editing = await enter(listen_as(other, client)), await enter(listen_as(one, client, form="quiet"))
        await say(pinning, "pinning")
        await say(editing, "editing", card.id)
        counts = {"watching": 2, "pinning": 1}
        await told(visitor, pair, counts)
        (person,) = {doing.person for doing in (await one.house.hub.room("probe")).seen.doing}
        doing = [{"card": card.id, "doing": "editing", "person": person, "who": "anna.beispiel"}]
        await told(moderator, pair, counts | {"doing": doing})
        await told(editing, pair, counts | {"doing": doing})
        await editing.close()
        await pinning.close()
        await told(moderator, pair, {"watching": 2, "pinning": 0, "doing": []})
        await told(visitor, pair, {"watching": 2, "pinning": 0})


async def test_a_wall_opened_later_learns_soon_how_many_watch_elsewhere(pair: Pair) -> None:
    """The others repeat what they know when they hear of somebody new, not only when it is due"""
    one, other = pair
    await make_wall(one.house.database, "spaet")
    async with one.listen("spaet") as first:
        await hear(first, "hello")
        await show(one)
        async with other.listen("spaet") as second:
            await told(second, pair, {"watching": 2, "pinning": 0})
            await told(first, pair, {"watching": 2, "pinning": 0})


async def test_visitors_may_only_say_that_they_pin_and_nobody_is_at_a_card_that_is_not_there(
    server: Running, moderator: httpx.AsyncClient
) -> None:
    """ABUSE 4, 8: odd words are ignored, the socket lives on"""
    card = await hang(server)
    room = await server.house.hub.room("probe")
    odd = [
        *(
            {"what": what, "card": card.id}
            for what in ("editing", "looking", "approving", "", None, 3, ["pinning"], {})
        ),
        *({"what": "editing", "card": odd} for odd in (None, 7, [], {}, "x" * 9000)),
        {},
    ]
    async with server.listen() as visitor, listen_as(server, moderator) as other:
        for words in odd:
            await visitor.send(json.dumps({"type": "doing"} | words))
        await (await visitor.ping())
        assert room.seen.doing == ()
        assert room.seen.pinning == 0
        for wrong in ("niemals", "", None):
            await say(other, "editing", wrong)
        assert room.seen.doing == ()
        await say(other, "looking", card.id)
        await say(visitor, "pinning")
        assert [doing.what for doing in room.seen.doing] == ["looking"]
        assert room.seen.pinning == 1
        await say(other, "nothing")
        assert room.seen.doing == ()
    async with listen_as(server, moderator, epoch="&view=visitor") as as_visitor:
        await say(as_visitor, "editing", card.id)
        assert room.seen.doing == ()


async def test_many_who_come_at_once_are_one_frame_and_no_question_to_the_database(
    by_hand: None, on_sqlite: str
) -> None:
    async with running(make_settings(on_sqlite)) as server, contextlib.AsyncExitStack() as stack:
        await make_wall(server.house.database)
        first = await stack.enter_async_context(server.listen())
        others = [await stack.enter_async_context(server.listen()) for _ in range(30)]
        with counted(server) as asked:
            for socket in others:
                await say(socket, "pinning")
            await show(server)
            await show(server)
            for socket in others[:7]:
                await socket.close()
            room = await server.house.hub.room("probe")
            await until(lambda: room.watching == 24)
            await show(server)
        assert not [statement for statement in asked if "wall.revision" not in statement]
        room.everyone(b'{"type":"end"}')
        frames = []
        while not frames or frames[-1]["type"] != "end":
            frames.append(await hear(first, "presence", "change", "end"))
    assert [frame.get("watching") for frame in frames] == [31, 24, None]
    assert [frame.get("pinning") for frame in frames] == [30, 23, None]


async def test_a_word_that_is_not_repeated_is_forgotten(
    server: Running, moderator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await hang(server)
    room = await server.house.hub.room("probe")
    async with listen_as(server, moderator) as socket, server.listen() as visitor:
        monkeypatch.setattr(crowds, "LASTS", 0.1)
        await say(socket, "editing", card.id)
        await say(visitor, "pinning")
        await until(lambda: (room.seen.doing, room.seen.pinning) == ((), 0), "the end of both words")


async def test_a_quiet_socket_hears_who_is_there_and_no_card_and_does_not_count(server: Running) -> None:
    room = await server.house.hub.room("probe")
    async with server.listen(form="quiet") as quiet, server.listen() as loud:
        assert (await hear(quiet))["type"] == "hello"
        await hear(loud, "hello")
        await hang(server)
        await hear(loud, "change")
        room.tick()
        frame = await hear(quiet, "change", "reset", "tick")
        assert frame == {"type": "tick", "revision": 1}
        assert room.watching == 1
        assert room.occupied
    assert room.catch_up(0, Audience("visitor", "de", "quiet")) == b'{"type":"tick","revision":1}'


def test_a_process_that_falls_silent_is_forgotten() -> None:
    crowd, here = Crowd(), Seen(3)
    crowd.hear("other", Seen(4, 2, (Doing("c", "editing", 1, "anna"),)), 100.0)
    assert crowd.everywhere(here, 101.0) == Seen(7, 2, (Doing("c", "editing", 1, "anna"),))
    assert crowd.everywhere(here, 100.0 + HEARD_LASTS) == here
    assert crowd.everywhere(here, 101.0) == here, "and what it said is gone"


def test_whoever_has_a_card_open_twice_is_told_once() -> None:
    looks, edits = Doing("c", "looking", 1, "anna"), Doing("c", "editing", 1, "anna")
    other = Doing("c", "looking", 2, "anna")
    for parts in ((looks, edits, other), (edits, other, looks)):
        assert together(Seen(doing=(part,)) for part in parts).doing == (edits, other)
    assert together([]) == NOBODY


@pytest.mark.parametrize(
    "doing",
    [None, 3, "abcd", [3], ["abcd"], [[]], [["c", "editing", 1]], [["c", "editing", "1", "a"]], [["c", "x", 1, "a"]],
     [["c", "editing", 1, "a", "b"]], [{"card": "c"}], [["c", "editing", True, "a"]]],
)  # fmt: skip
def test_what_makes_no_sense_is_no_word_of_another_process(doing: Any) -> None:
    """ABUSE 41"""
    right = {"watching": 1, "pinning": 0, "doing": [["c", "editing", 1, "a"]]}
    assert seen_in(right) == Seen(1, 0, (Doing("c", "editing", 1, "a"),))
    assert seen_in(right | {"doing": doing}) is None
    for number in (-1, 10**9, 1.5, "1", None):
        assert seen_in(right | {"watching": number}) is None
        assert seen_in(right | {"pinning": number}) is None
