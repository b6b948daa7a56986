"""A moderator's open screens end with the right to them, on every process (W7); visitors' screens never notice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, event, select
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.conftest import Relays
from tests.makers import Running, hang, hear, make_settings, make_wall, running, until
from wall.live import hub as hubs
from wall.live.protocol import NO_RIGHT, SIGNED_OUT
from wall.live.redis_relay import RedisRelay
from wall.live.relay import Relay
from wall.model.person import people, roles

Pair = tuple[Running, Running]


async def ready(relay: Relay) -> None:
    if isinstance(relay, RedisRelay):
        await until(lambda: relay.proven, "the relay's own ping")


@pytest.fixture
async def pair(on_postgres: str, relays: Relays, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    """Two servers of one installation that look for lost rights only when told."""
    monkeypatch.setattr(hubs, "RIGHTS_EVERY", 600.0)
    settings = [make_settings(on_postgres) for _ in range(2)]
    async with running(settings[0], relays()) as one, running(settings[1], relays()) as other:
        await make_wall(one.house.database)
        await make_wall(one.house.database, "andere")
        for server in (one, other):
            await ready(server.house.hub.relay)
        yield one, other


def listen(server: Running, client: httpx.AsyncClient, slug: str = "probe") -> connect:
    """The live socket of this browser."""
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return server.listen(slug, headers={"cookie": cookie, "origin": server.url})


async def code_of(socket: ClientConnection) -> int:
    """The code the server closes with."""
    with pytest.raises(ConnectionClosed) as closed:
        await hear(socket, "never")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def take_role(server: Running, email: str, slug: str) -> None:
    """What the accounts' pages do: a write, and the hub told after it."""
    await drop_role(server, email, slug)
    server.house.hub.rights_changed()


async def drop_role(server: Running, email: str, slug: str) -> None:
    wall_id = (await server.house.hub.room(slug)).wall_id
    person = select(people.c.id).where(people.c.email == email)
    query = delete(roles).where(roles.c.wall_id == wall_id, roles.c.person_id.in_(person))
    await server.house.database.write(lambda connection: connection.execute(query))


async def still_hears(server: Running, sockets: list[ClientConnection], revision: int) -> None:
    await hang(server, f"Karte {revision}", section="s1")
    for socket in sockets:
        assert (await hear(socket, "change"))["revision"] == revision


async def test_whoever_loses_the_role_is_turned_out_on_every_process(pair: Pair) -> None:
    """ABUSE 9"""
    one, other = pair
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        lost, kept = await enter(one.browser()), await enter(one.browser())
        await one.sign_in(lost, "weg@beispiel.invalid", "probe")
        await one.sign_in(lost, "weg@beispiel.invalid", "andere")
        await one.sign_in(kept, "da@beispiel.invalid", None)
        turned_out = [await enter(listen(server, lost)) for server in pair]
        stay = [await enter(listen(server, kept)) for server in pair]
        stay += [await enter(server.listen()) for server in pair]
        elsewhere = await enter(listen(other, lost, "andere"))
        for socket in (*turned_out, *stay, elsewhere):
            await hear(socket, "hello")
        await take_role(one, "weg@beispiel.invalid", "probe")
        async with asyncio.timeout(1.0):
            assert [await code_of(socket) for socket in turned_out] == [NO_RIGHT] * 2
        await still_hears(one, stay, 1)
        room = await other.house.hub.room("andere")
        room.tick()
        assert (await hear(elsewhere, "tick"))["revision"] == 0
        async with other.listen(headers={"origin": other.url}) as again:
            await hear(again, "hello")


async def test_signing_out_ends_the_screens_of_this_session_and_no_other(pair: Pair) -> None:
    """ABUSE 33: on the process that was told, and on the other"""
    one = pair[0]
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        phone, desk = await enter(one.browser()), await enter(one.browser())
        for client in (phone, desk):
            await one.sign_in(client, "mod@beispiel.invalid", "probe")
        turned_out = [await enter(listen(server, phone)) for server in pair]
        stays = [await enter(listen(server, desk)) for server in pair]
        for socket in (*turned_out, *stays):
            await hear(socket, "hello")
        assert (await phone.post("/sign-out")).status_code == 303
        assert [await code_of(socket) for socket in turned_out] == [SIGNED_OUT] * 2
        await still_hears(one, stays, 1)


async def test_a_right_that_was_lost_without_a_word_is_noticed_with_one_query_for_all(server: Running) -> None:
    """ABUSE 9, 41: Redis may be away, or another program may have written"""
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(server.browser())
        await server.sign_in(client, "mod@beispiel.invalid", "probe")
        sockets = [await stack.enter_async_context(listen(server, client)) for _ in range(5)]
        for socket in sockets:
            await hear(socket, "hello")
        said: list[Any] = []
        engine = server.house.database._reader.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *parts: said.append(parts[2]))
        await server.house.hub.rights.check()
        assert len([statement for statement in said if "session" in statement]) == 1
        await drop_role(server, "mod@beispiel.invalid", "probe")
        assert [await code_of(socket) for socket in sockets] == [NO_RIGHT] * 5


async def test_under_another_server_class_a_right_ends_as_well(on_sqlite: str) -> None:
    async with running(make_settings(on_sqlite), ws="websockets-sansio") as server, server.browser() as client:
        await make_wall(server.house.database)
        await server.sign_in(client, "mod@beispiel.invalid", "probe")
        async with listen(server, client) as socket:
            await hear(socket, "hello")
            await take_role(server, "mod@beispiel.invalid", "probe")
            assert await code_of(socket) == NO_RIGHT
