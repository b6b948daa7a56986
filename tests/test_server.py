"""Finished frames on real sockets: what uvicorn and websockets promise each other, and what a slow reader costs."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from tests.makers import Running, hear, make_settings, make_wall, running, until, words
from wall.actions.pin import pin_all
from wall.live.encoding import DEFLATE_FROM, deflated, finished
from wall.live.protocol import BACKLOG, MAX_FRAMES, POLICY, STALLED
from wall.live.room import Room
from wall.live.seats import Row, WireSeat
from wall.model.audience import Audience
from wall.model.roles import SYSTEM

JSON = Audience("visitor", "de", "json")


@pytest.fixture
async def server(on_sqlite: str) -> AsyncIterator[Running]:
    async with running(make_settings(on_sqlite)) as server:
        await make_wall(server.house.database)
        yield server


async def room_of(server: Running) -> Room:
    return await server.house.hub.room("probe")


def listen(server: Running, room: Room, **more: Any) -> connect:
    address = f"{server.url.replace('http', 'ws')}/w/probe/live?since={room.board.revision}&epoch={room.board.epoch}"
    return connect(f"{address}&as=json&lang=de", **({"compression": None} | more))


def row_of(room: Room) -> Row:
    return room._rows[JSON]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 511, 512, 4096, 65535, 65536, 200_000])
@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_a_finished_frame_is_read_whole_whatever_its_length(
    server: Running, length: int, compression: str | None
) -> None:
    room = await room_of(server)
    payload = json.dumps({"type": "x", "text": "ü" * (length // 2) + "a" * (length % 2)}, ensure_ascii=False).encode()
    async with listen(server, room, compression=compression) as client:
        await hear(client, "hello")
        room.everyone(payload)
        assert (await hear(client, "x")) == json.loads(payload)
        await until(lambda: not row_of(room).skipped, "a frame larger than the backlog to drain")
        room.everyone(b'{"type":"last"}')
        assert (await hear(client, "last")) == {"type": "last"}


async def test_compressed_frames_are_shared_and_small_ones_are_not_compressed(server: Running) -> None:
    room = await room_of(server)
    long, short = json.dumps({"type": "long", "text": "Netzwerk " * 500}).encode(), b'{"type":"short"}'
    assert len(deflated(long)) < len(long) / 10
    assert deflated(short) == finished(short)
    assert len(short) < DEFLATE_FROM
    async with listen(server, room, compression="deflate") as one, listen(server, room, compression="deflate") as two:
        for client in (one, two):
            await hear(client, "hello")
        assert all(seat.wire.deflating for seat in row_of(room)._seats[1])
        for _ in range(3):  # no frame depends on one before it
            room.everyone(long)
            assert [(await hear(client, "long"))["text"] for client in (one, two)] == ["Netzwerk " * 500] * 2


async def test_w9_an_idle_room_sends_at_once_and_a_burst_leaves_as_one_write_per_socket_in_order(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await room_of(server)
    sent: list[int] = []
    whole = Row.send

    def send(self: Row, payloads: Any, revision: int) -> None:
        sent.append(len(payloads))
        whole(self, payloads, revision)

    async with listen(server, room) as client:
        await hear(client, "hello")
        monkeypatch.setattr(Row, "send", send)
        rows = [words(f"Netz {n}") for n in range(32)]
        await pin_all(server.house.ledger, room.board.wall, rows, SYSTEM)
        heard = [(await hear(client, "change"))["revision"] for _ in rows]
    assert heard == list(range(1, 33))
    assert sent == [1, 31]


def test_a_socket_lost_a_moment_ago_costs_the_others_no_frame(on_sqlite: str) -> None:
    """Between the loss and the leaving of its room; only uvloop, which `wall serve` runs on, raises there"""

    async def claim() -> None:
        async with running(make_settings(on_sqlite)) as server:
            await make_wall(server.house.database)
            room = await room_of(server)
            async with listen(server, room) as one, listen(server, room) as two:
                for client in (one, two):
                    await hear(client, "hello")
                first = next(seat.wire for seats in row_of(room)._seats for seat in seats)
                left = two if first.client[1] == one.local_address[1] else one
                lose = first.connection_lost

                def lost(error: Exception | None) -> None:
                    asyncio.get_running_loop().call_soon(room.everyone, b'{"type":"last"}')
                    lose(error)

                first.connection_lost = lost
                first.transport.abort()
                assert (await hear(left, "last")) == {"type": "last"}

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(claim())


async def deaf(server: Running, room: Room, since: int | None = None) -> socket.socket:
    """A client that shakes hands and then never reads."""
    since = room.board.revision if since is None else since
    raw = socket.create_connection(("127.0.0.1", server.house.settings.port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    request = (
        f"GET /w/probe/live?since={since}&epoch={room.board.epoch}&as=json&lang=de HTTP/1.1\r\n"
        f"Host: localhost:{server.house.settings.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await asyncio.to_thread(raw.sendall, request.encode())
    await until(lambda: room.watching, "the deaf client's seat")
    return raw


async def test_w6_a_client_that_never_reads_is_skipped_at_its_backlog_and_nobody_else_notices(server: Running) -> None:
    """ABUSE 6: `python3 -m tests.bench reader` measures what "nobody else notices" is worth"""
    room = await room_of(server)
    raw = await deaf(server, room)
    (seat,) = row_of(room)._seats[0]
    payload = json.dumps({"type": "x", "text": "a" * 10_000}).encode()
    async with listen(server, room) as client:
        await hear(client, "hello")
        for _ in range(400):
            room.everyone(payload)
            await hear(client, "x")
            if seat in row_of(room).skipped:
                break
        assert seat in row_of(room).skipped
        assert seat.wire.backlog <= BACKLOG + len(payload) + 20
        before = seat.wire.backlog
        for _ in range(50):
            room.everyone(payload)
            await hear(client, "x")
        assert seat.wire.backlog == before
    raw.close()
    await until(lambda: not room.watching, "the deaf client's end")


async def test_w6_a_skipped_client_that_wakes_is_caught_up_with_one_frame(server: Running) -> None:
    """ABUSE 6"""
    room = await room_of(server)
    raw = await deaf(server, room)
    (seat,) = row_of(room)._seats[0]
    while seat not in row_of(room).skipped:
        room.everyone(json.dumps({"type": "x", "text": "a" * 10_000}).encode())
        await asyncio.sleep(0)
    await pin_all(server.house.ledger, room.board.wall, [words(f"Netz {n}") for n in range(20)], SYSTEM)
    room.flush()
    received = bytearray()
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(10):
        while received.count(b'"name":"Netz ') < 20:
            received += await loop.sock_recv(raw, 65536)
    assert received.count(b'"type":"change"') == 1
    assert seat not in row_of(room).skipped
    raw.close()


async def test_w6_a_client_that_never_reads_what_it_missed_is_skipped_from_the_start(server: Running) -> None:
    """ABUSE 6"""
    room = await room_of(server)
    rows = [words(f"Netz {n}", description="Worte " * 240) for n in range(120)]
    await pin_all(server.house.ledger, room.board.wall, rows, SYSTEM)
    raw = await deaf(server, room, since=0)
    (seat,) = row_of(room).skipped
    before = seat.wire.backlog
    assert before > BACKLOG
    for _ in range(50):
        room.everyone(json.dumps({"type": "x", "text": "a" * 10_000}).encode())
    assert seat.wire.backlog <= before
    raw.close()
    await until(lambda: not room.watching, "the deaf client's end")


async def test_w2_who_comes_back_with_the_same_revision_later_gets_what_happened_meanwhile(server: Running) -> None:
    room = await room_of(server)
    address = f"{server.url.replace('http', 'ws')}/w/probe/live?since=0&epoch={room.board.epoch}&as=json&lang=de"
    pinned: list[str] = []
    for name in ("Eins", "Zwei"):
        await pin_all(server.house.ledger, room.board.wall, [words(name)], SYSTEM)
        pinned.append(name)
        async with connect(address) as client:
            assert [(await hear(client, "change"))["cards"][0]["name"] for _ in pinned] == pinned


async def test_w6_a_client_without_progress_is_dropped(server: Running) -> None:
    """ABUSE 6: after ten seconds, which are a moment here"""
    assert STALLED == 10
    room = await room_of(server)
    raw = await deaf(server, room)
    row = row_of(room)
    row._stalled = 0.05
    while not row.skipped:
        room.everyone(json.dumps({"type": "x", "text": "a" * 10_000}).encode())
        await asyncio.sleep(0)
    await until(lambda: not room.watching, "the drop")
    raw.close()


async def closed_with(client: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        await hear(client, "never")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.CONT])
async def test_a_flood_of_small_frames_ends_the_connection_and_no_other(server: Running, opcode: Opcode) -> None:
    room = await room_of(server)
    async with listen(server, room) as other, listen(server, room, ping_interval=None) as client:
        await hear(client, "hello")
        await hear(other, "hello")
        protocol = client.protocol
        if opcode is Opcode.CONT:
            frames = [Frame(Opcode.TEXT, b"a", fin=False)] + [Frame(Opcode.CONT, b"a", fin=False)] * MAX_FRAMES * 2
        else:
            frames = [Frame(Opcode.PING, b"a")] * MAX_FRAMES * 2
        for frame in frames:
            client.transport.write(frame.serialize(mask=True, extensions=protocol.extensions))
        assert await closed_with(client) == POLICY
        room.everyone(b'{"type":"still"}')
        await hear(other, "still")


async def test_w7_sockets_leave_a_few_at_a_time_when_the_server_ends(on_sqlite: str) -> None:
    async with running(make_settings(on_sqlite)) as server:
        await make_wall(server.house.database)
        room = await room_of(server)
        clients = [await listen(server, room) for _ in range(20)]
        for client in clients:
            await hear(client, "hello")
        assert isinstance(next(iter(row_of(room)._seats[0])), WireSeat)
    assert {await closed_with(client) for client in clients} == {1012}


async def test_under_another_server_class_the_same_application_sends_frame_by_frame(
    on_sqlite: str,
) -> None:
    async with running(make_settings(on_sqlite), ws="websockets-sansio") as server:
        await make_wall(server.house.database)
        room = await room_of(server)
        async with listen(server, room) as client:
            await hear(client, "hello")
            assert not row_of(room)._seats[0]
            await pin_all(server.house.ledger, room.board.wall, [words("Eins"), words("Zwei")], SYSTEM)
            assert [(await hear(client, "change"))["revision"] for _ in range(2)] == [1, 2]
