"""Many walls in one process: rooms open when asked for, close when idle, and cost no more than they must."""

import asyncio
import contextlib
import resource
import socket
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from websockets.frames import Frame, Opcode

from tests.conftest import Relays
from tests.makers import Running, card_in, hang, hear, make_settings, make_wall, running, until
from tests.processes import serving
from wall.live import hub as hubs
from wall.live.hub import TURNS
from wall.live.redis_relay import RedisRelay
from wall.model.card import Card
from wall.store import boards, migrations


async def test_a_room_nobody_uses_is_closed_and_opens_again_with_all_that_happened(
    on_postgres: str, relays: Relays, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = [make_settings(on_postgres) for _ in range(2)]
    async with running(settings[0], relays()) as one, running(settings[1], relays()) as other:
        hub, relay = one.house.hub, one.house.hub.relay
        assert hasattr(relay, "_walls")
        if isinstance(relay, RedisRelay):
            await until(lambda: relay.proven)
        for slug in ("probe", "belebt"):
            await make_wall(one.house.database, slug)
        room = await hub.room("probe")
        async with one.listen("belebt") as viewer:
            await hear(viewer, "hello")
            monkeypatch.setattr(hubs, "IDLE", 0.0)
            await until(lambda: room.wall_id not in hub._rooms, "the end of the idle room")
            assert hub.opened("belebt") is not None
            await until(lambda: room.wall_id not in relay._walls)
            monkeypatch.setattr(hubs, "IDLE", 600.0)
        await hang(other, "Inzwischen")
        async with one.listen(since=0, epoch=room.board.epoch) as viewer:
            assert [card["name"] for card in (await hear(viewer, "change"))["cards"]] == ["Inzwischen"]
            assert await hub.room("probe") is not room
            await hang(other, "Danach")
            assert [card["name"] for card in (await hear(viewer, "change"))["cards"]] == ["Danach"]


async def test_a_round_of_ticks_reaches_every_room_once_and_not_all_in_one_moment(
    on_sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "TICK", 6000.0)
    slugs = [f"wand-{number}" for number in range(TURNS + 3)]
    async with running(make_settings(on_sqlite)) as server, contextlib.AsyncExitStack() as stack:
        viewers, hub = [], server.house.hub
        for slug in slugs:
            await make_wall(server.house.database, slug)
            viewers.append(await stack.enter_async_context(server.listen(slug)))
        heard: list[list[str]] = []  # of each turn: which walls
        for _ in range(TURNS):
            await hub._tick()
            for slug in slugs:
                (await hub.room(slug)).everyone(b'{"type":"turn"}')
            kinds = [(await hear(viewer, "tick", "turn"))["type"] for viewer in viewers]
            heard.append([slug for slug, kind in zip(slugs, kinds, strict=True) if kind == "tick"])
            for viewer, kind in zip(viewers, kinds, strict=True):
                if kind == "tick":
                    await hear(viewer, "turn")
    assert sorted(slug for slugs_heard in heard for slug in slugs_heard) == sorted(slugs)
    assert max(map(len, heard)) == 2


async def test_a_joined_socket_leaves_nothing_behind_but_itself(server: Running) -> None:
    """No task of the application's waits for it, and its address is free again when it has gone"""
    limits = server.house.limits
    async with server.listen() as viewer:
        await hear(viewer, "hello")
        room = await server.house.hub.room("probe")
        (row,) = room._rows.values()
        (seat,) = row._seats[0]
        await until(lambda: not seat.wire.tasks, "the end of the application's task")
        assert sum(limits._open.values()) == 1
        await hang(server)
        await hear(viewer, "change")
    await until(lambda: not limits._open, "the address to be free again")
    assert not room.occupied


async def test_what_a_client_says_as_soon_as_it_may_is_heard(server: Running) -> None:
    """Perhaps before it has joined, and in pieces"""
    room = await server.house.hub.room("probe")
    said = Frame(Opcode.TEXT, b'{"type":"doing","what":"pinning"}').serialize(mask=True)
    request = (
        f"GET /w/probe/live HTTP/1.1\r\nHost: localhost:{server.house.settings.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    for pieces in ([said], [said[:1], said[1:]], [said[:9], said[9:]]):
        with socket.create_connection(("127.0.0.1", server.house.settings.port)) as raw:
            await asyncio.to_thread(raw.sendall, request)
            assert b"101" in await asyncio.to_thread(raw.recv, 20)
            for piece in pieces:
                await asyncio.to_thread(raw.sendall, piece)
            await until(lambda: room.seen.pinning == 1, "the word")
        await until(lambda: room.seen.pinning == 0 and not room.occupied, "the end")


async def test_cards_in_memory_share_what_they_have_in_common_and_are_whole(server: Running) -> None:
    card = await hang(server, topics=["Umwelt"])
    room = await server.house.hub.room("probe")
    async with server.house.database.read() as connection:
        board = await boards.load_board(connection, room.wall_id)
    loaded = board.cards[card.id]
    assert loaded == card == await card_in(server.house.database, board.wall, card.id)
    assert loaded.model_dump() == Card.model_validate(card.model_dump()).model_dump()
    assert loaded.__sizeof__() + loaded.__dict__.__sizeof__() < 500, "a dictionary of its own takes 800 more"


def test_the_server_may_open_as_many_files_as_the_system_lets_it(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 1024), hard))
    try:
        with serving(tmp_path, MODE="demo") as server:
            (line,) = [
                one for one in Path(f"/proc/{server.pid}/limits").read_text().splitlines() if "open files" in one
            ]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert line.split()[3:5] == [str(hard), str(hard)]


def test_the_newest_migration_is_known_without_alembic() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.HERE))
    assert migrations.newest() == ScriptDirectory.from_config(config).get_current_head()
