"""The load generator of the benchmarks: a process with many WebSocket clients that only count bytes.

A few of them, spread evenly, also read the moment of publishing out of every frame. It answers on standard output:
`ready` once all are connected; after `count FRAMES` has come in, one line of JSON once so many frames reached everyone.
"""

import asyncio
import json
import resource
import sys
from collections.abc import Callable
from time import monotonic, monotonic_ns
from typing import cast

import uvloop

SAMPLED = 10
PATIENCE = 60.0
STAMP = b'"t":"'
CONNECT = b"\x81\x82\0\0\0\x0040"  # Socket.IO: join the main namespace; masked with zeros


class Crowd:
    """What all clients count together."""

    def __init__(self, size: int) -> None:
        self.size, self.bytes, self.frame, self.open = size, 0, 0, 0
        self.latencies: list[float] = []
        self.buffer = memoryview(bytearray(256 * 1024))
        self.lost = 0

    def connected(self, clients: int) -> bool:
        return self.open >= clients

    def heard(self, frames: int) -> bool:
        """Whether everybody has so many frames; all are of one length."""
        return bool(self.frame) and self.bytes >= frames * self.frame * self.size


class Client(asyncio.BufferedProtocol):
    """Shakes hands, then counts. All share one buffer."""

    __slots__ = ("crowd", "kind", "rest", "sampled", "shaken", "transport", "upgrade")

    def __init__(self, crowd: Crowd, upgrade: bytes, kind: str, sampled: bool) -> None:
        self.crowd, self.upgrade, self.kind, self.sampled = crowd, upgrade, kind, sampled
        self.shaken, self.rest = False, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.upgrade)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.crowd.buffer

    def buffer_updated(self, nbytes: int) -> None:
        crowd = self.crowd
        if not self.shaken:
            self._shake(bytes(crowd.buffer[:nbytes]))
        else:
            crowd.bytes += nbytes
            if self.sampled:
                self._read(bytes(crowd.buffer[:nbytes]))

    def _shake(self, data: bytes) -> None:
        before, self.rest = self.rest, self.rest + data
        if b"\r\n\r\n" in self.rest and b"\r\n\r\n" not in before and self.kind == "socketio":
            self.transport.write(CONNECT)
        last = {"socketio": b'40{"sid"', "hello": b"}"}.get(self.kind, b"\r\n\r\n")
        if last in self.rest.partition(b"\r\n\r\n")[2] or (last == b"\r\n\r\n" and last in self.rest):
            if b" 101 " not in self.rest[:20]:
                raise RuntimeError(f"expected 101, got {self.rest[:200]!r}")
            self.shaken, self.rest = True, b""
            self.crowd.open += 1

    def _read(self, data: bytes) -> None:
        now, data = monotonic_ns(), self.rest + data
        while len(data) >= 4:
            size = 4 + int.from_bytes(data[2:4], "big") if data[1] == 126 else 2 + data[1]
            if len(data) < size:
                break
            at = data.find(STAMP, 0, size) + len(STAMP)
            if at >= len(STAMP):
                self.crowd.latencies.append((now - int(data[at : at + 20])) / 1e6)
                self.crowd.frame = size
            data = data[size:]
        self.rest = data

    def connection_lost(self, exc: Exception | None) -> None:
        self.crowd.lost += 1


def request(port: int, path: str, offer: str) -> bytes:
    """A browser's upgrade request."""
    extension = f"Sec-WebSocket-Extensions: {offer}\r\n" if offer else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{extension}"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


async def connect(crowd: Crowd, port: int, path: str, kind: str, offer: str) -> None:
    """Open all connections, some at a time, so that no accept queue overflows."""
    loop, upgrade = asyncio.get_running_loop(), request(port, path, offer)
    every = max(1, crowd.size // SAMPLED)
    for start in range(0, crowd.size, 100):
        numbers = range(start, min(start + 100, crowd.size))
        made = (
            loop.create_connection(lambda n=n: Client(crowd, upgrade, kind, n % every == every // 2), "127.0.0.1", port)
            for n in numbers
        )
        await asyncio.gather(*made)
        await until(crowd.connected, numbers[-1] + 1)
    crowd.bytes = 0


async def until(reached: Callable[[int], bool], goal: int) -> None:
    deadline = monotonic() + PATIENCE
    while not reached(goal):
        if monotonic() > deadline:
            raise RuntimeError("the clients did not get what they were promised")
        await asyncio.sleep(0.002)


async def main(port: int, size: int, path: str, kind: str, offer: str) -> None:
    crowd = Crowd(size)
    await connect(crowd, port, path, kind, offer)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("ready", flush=True)
    while line := (await reader.readline()).split():
        frames = int(line[1])
        await until(crowd.heard, frames)
        exact = crowd.bytes == frames * crowd.frame * crowd.size and not crowd.lost
        ordered = sorted(crowd.latencies)
        p50, p99 = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99))
        print(json.dumps({"exact": exact, "frame": crowd.frame, "p50_ms": p50, "p99_ms": p99}), flush=True)
        crowd.bytes, crowd.latencies = 0, []


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]))
