"""uvicorn's WebSocket class that also takes finished frames: `uvicorn.run(app, ws=WallWebSocket)`.

It offers itself to the application as the ASGI extension `wall.wire`. It leans on internals of uvicorn and websockets;
tests/test_server.py holds the two together.
"""

import socket
from asyncio import BaseTransport, TimerHandle
from collections.abc import Callable
from itertools import count
from typing import Any, Protocol, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.protocol import Protocol as WebSocketProtocol
from websockets.server import ServerProtocol

from wall.live.encoding import WINDOW_BITS
from wall.live.inbox import Gate, Hear, Inbox
from wall.live.protocol import BACKLOG, DRAIN_RATE, MAX_FRAMES, POLICY

EXTENSION = "wall.wire"
NOTSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", 25)  # named by Python from 3.12 on; 25 on Linux
_turns = count()  # whose turn it is to be closed
LINGER = 1.0  # seconds a dropped socket has for its close frame
# No context takeover: what was sent before does not matter, so one compressed frame serves every socket.
DEFLATE = [
    ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=WINDOW_BITS,
        client_max_window_bits=WINDOW_BITS,
    )
]


class _Stays:
    """uvicorn takes it for the timer of a closing connection, and so does not close when the application returns."""

    @staticmethod
    def cancel() -> None: ...


Outlet = tuple[ServerProtocol, Callable[[bytes], None]]


class Reader(Protocol):
    """Who is told when the other side reads too slowly."""

    def paused(self) -> None: ...
    def resumed(self) -> None: ...


class WallWebSocket(WebSocketsSansIOProtocol):
    """A socket whose backlog is known: 64 KiB here and as much unsent in the kernel, then `paused`."""

    reader: Reader | None = None
    deflating = False
    _leaving: TimerHandle | None = None
    _window_start = 0.0
    _window_frames = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._inbox = Inbox()
        self.queue = cast(Any, self._inbox)
        self.writable = cast(Any, Gate())
        if self.config.ws_per_message_deflate:
            self.conn.available_extensions = DEFLATE

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=BACKLOG)
        wire = transport.get_extra_info("socket")
        if wire is not None and wire.family in (socket.AF_INET, socket.AF_INET6):
            wire.setsockopt(socket.IPPROTO_TCP, NOTSENT_LOWAT, BACKLOG)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            if not self.conn.reader.buffer:  # a parser of frames alone: the one that read the request keeps it
                self.conn.parser = WebSocketProtocol.parse(self.conn)
                next(self.conn.parser)
            extension = next(iter(self.conn.extensions), None)
            self.deflating = bool(
                extension is not None
                and getattr(extension, "local_no_context_takeover", False)
                and getattr(extension, "local_max_window_bits", 0) >= WINDOW_BITS
            )
            cast(dict[str, Any], self.scope["extensions"])[EXTENSION] = {"wire": self}

    def hand_over(self, hear: Hear) -> None:
        """Let the application return while the connection lives on, which then costs half the memory.

        What the other side says is told to `hear` as ASGI messages, at last `websocket.disconnect`, perhaps twice.
        """
        if not self.disconnected and self.close_timer is None:
            self.close_timer = cast(Any, _Stays)
            if self.read_paused:
                self.transport.resume_reading()
            self.read_paused = True  # uvicorn need hold nobody back until the application reads
            self.scope = cast(Any, {})
            self.request = self.response = cast(Any, None)
        self._inbox.hand_over(hear)
        if self.disconnected:
            self._inbox.end()

    def leave(self, code: int, why: str) -> None:
        """Close a connection that was handed over, once the other side has agreed or ten seconds have passed."""
        if self.conn._state is OPEN and not self.transport.is_closing():
            self.conn.send_close(code, why)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": code, "reason": why})

    def shutdown(self) -> None:
        """Called for every connection at once when the server ends: let them go a few at a time (W7)."""
        others = len(self.connections)
        if not self.handshake_complete or self.close_sent or others <= 1:
            super().shutdown()
        elif self._leaving is None:
            self._leaving = self.loop.call_later(next(_turns) % others / DRAIN_RATE, super().shutdown)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
        super().connection_lost(exc)
        self._untie()

    def _untie(self) -> None:
        """Break the circles that would keep a lost connection until the garbage collector's next long walk."""
        if self.handshake_initiated:  # a connection that was handed over has no scope any more
            cast(dict[str, Any], self.scope).get("extensions", {}).pop(EXTENSION, None)
        self.conn.parser.close()
        self._inbox.end()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.reader is not None:
            self.reader.paused()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.reader is not None:
            self.reader.resumed()

    @property
    def open(self) -> bool:
        """Whether frames may still be written."""
        return self.conn._state is OPEN and not self.disconnected

    @property
    def full(self) -> bool:
        """Whether the other side has yet to take what waits."""
        return not self.writable.is_set()

    @property
    def backlog(self) -> int:
        """Bytes that wait in this process."""
        return self.transport.get_write_buffer_size()

    def write(self, frames: bytes) -> None:
        """Write finished frames. A lost connection is still OPEN to websockets, but uvloop raises on writing to it."""
        if self.conn._state is OPEN and not self.disconnected:
            self.transport.write(frames)

    @property
    def outlet(self) -> Outlet:
        """The same for a loop over many sockets: write while the first one's `_state` is OPEN."""
        return self.conn, self.transport.write

    def drop(self, code: int, why: str) -> None:
        """Close a socket whose other side may not be reading: say so, do not wait for an answer."""
        if self.conn._state is OPEN and not self.transport.is_closing():
            self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": why})
            self.conn.send_close(code, why)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.transport.close()
            self.loop.call_later(LINGER, self.transport.abort)

    def _count(self) -> bool:
        """Whether this frame of the client's may pass; small frames and fragments cost us more than them."""
        now = self.loop.time()
        if now - self._window_start >= 1.0:
            self._window_start, self._window_frames = now, 0
        self._window_frames += 1
        if self._window_frames <= MAX_FRAMES:
            return True
        if self._window_frames == MAX_FRAMES + 1:
            self.drop(POLICY, f"more than {MAX_FRAMES} frames a second")
        return False

    def handle_text(self, event: Frame) -> None:
        if self._count():
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        if self._count():
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        if self._count():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        if self._count():
            super().handle_ping()


def wire_of(scope: Any) -> WallWebSocket | None:
    """The wire of a WebSocket connection, where this server class serves it."""
    offered = (scope.get("extensions") or {}).get(EXTENSION)
    return None if offered is None else cast(WallWebSocket, offered["wire"])
