"""The Python servers that the benchmark `fanout` compares; each publishes what its standard input tells it to.

`ours` is the real WallWebSocket, WireSeat, Row and Room (with its coalescing); only the drawing of the frame is a stub,
since it happens once per change and not once per socket. `raw` writes finished bytes to bare transports. `starlette` is
the loop that everybody writes first.
"""

import asyncio
import base64
import hashlib
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, cast

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from wall.live.encoding import finished
from wall.live.frames import Frames
from wall.live.room import Room
from wall.live.seats import WireSeat
from wall.live.server import WallWebSocket, wire_of
from wall.model.audience import Audience
from wall.model.board import Board
from wall.model.change import Change
from wall.model.wall import Wall
from wall.store.database import Database

Publish = Callable[[bytes], Awaitable[None]]
FILLER = "Netzwerk " * 109
PAUSE = 0.1  # seconds between two bursts
VISITOR = Audience("visitor", "de", "html")


def payload() -> bytes:
    """About a kilobyte of JSON that knows when it was made."""
    return f'{{"type":"change","t":"{time.monotonic_ns():020d}","text":"{FILLER}"}}'.encode()


async def drive(publish: Publish) -> None:
    """`steady RATE COUNT` or `burst COUNT SIZE APART`; answers `done` each time and ends with the input.

    The changes of a burst come each in its own turn of the event loop, as from as many requests, if APART is 1.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("up", flush=True)
    while line := (await reader.readline()).decode().split():
        if line[0] == "steady":
            rate, count = float(line[1]), int(line[2])
            started = loop.time()
            for n in range(count):
                await asyncio.sleep(max(0.0, started + n / rate - loop.time()))
                await publish(payload())
        else:
            for _ in range(int(line[1])):
                for _ in range(int(line[2])):
                    await publish(payload())
                    if line[3] == "1":
                        await asyncio.sleep(0)
                await asyncio.sleep(PAUSE)
        print("done", flush=True)


class Stub(Frames):
    """Takes the finished payload out of the change."""

    def change(self, change: Change, board: Board, audience: Audience) -> bytes:
        return cast(bytes, change.was["payload"])


async def ours(port: int) -> None:
    wall = Wall.model_construct(id=1, slug="probe", name="Probe", revision=0, epoch="e")
    frames = Stub(lambda *_: "")
    room = Room(Board(wall), Database("sqlite:///unused.db"), frames)

    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        wire = wire_of(websocket.scope)
        assert wire is not None
        seat = WireSeat(wire, VISITOR)
        await room.join(seat, room.board.revision, "e")
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            room.leave(seat)

    async def publish(text: bytes) -> None:
        revision = room.board.revision + 1
        parts = {"kind": "pinned", "card": None, "settings": None, "was": {"payload": text}}
        room.take(Change.model_construct(wall_id=1, revision=revision, epoch="e", **parts))

    await _serve(live, port, publish, WallWebSocket)


async def starlette(port: int) -> None:
    clients: set[WebSocket] = set()

    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        clients.add(websocket)
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            clients.discard(websocket)

    async def publish(text: bytes) -> None:
        message = text.decode()
        for websocket in list(clients):
            await websocket.send_text(message)

    await _serve(live, port, publish, "websockets-sansio")


async def _serve(live: Any, port: int, publish: Publish, ws: Any) -> None:
    app = Starlette(routes=[WebSocketRoute("/", live)])
    config = uvicorn.Config(
        app, port=port, ws=ws, ws_per_message_deflate=False, ws_ping_interval=None, log_level="error"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    await drive(publish)
    server.should_exit = server.force_exit = True
    await serving


class Bare(asyncio.Protocol):
    """As little as shakes hands."""

    transports: ClassVar[dict[asyncio.Transport, None]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET "):
            key = data.lower().partition(b"sec-websocket-key: ")[2].partition(b"\r\n")[0]
            at = data.lower().index(key)
            guid = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1(data[at : at + len(key)] + guid).digest())
            head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            self.transport.write(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
            self.transports[self.transport] = None

    def connection_lost(self, exc: Exception | None) -> None:
        self.transports.pop(self.transport, None)


async def raw(port: int) -> None:
    await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", port, backlog=2048)

    async def publish(text: bytes) -> None:
        frame = finished(text)
        for transport in Bare.transports:
            transport.write(frame)

    await drive(publish)


if __name__ == "__main__":
    uvloop.run({"ours": ours, "raw": raw, "starlette": starlette}[sys.argv[1]](int(sys.argv[2])))
