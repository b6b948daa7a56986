"""A TCP proxy that misbehaves when told: slow, silent, refusing, cutting, or handing bytes on in crumbs."""

import asyncio
import contextlib
import random
from typing import Self

CHUNK = 64 * 1024
CRUMB = 700  # bytes: smaller than a frame with a card in it


class Proxy:
    """Hands on what comes to `port` to `target` on this machine, and back; every whim ends with `behave()`."""

    def __init__(self, target: int, chance: random.Random) -> None:
        self.target, self._chance = target, chance
        self.port = 0
        self._latency = 0.0
        self._slicing = self._refusing = False
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.behave()
        self.cut()

    def cut(self) -> None:
        """End every connection at once, with a reset."""
        for writer in list(self._writers):
            writer.transport.abort()

    def refuse(self) -> None:
        """Cut, and take nobody until told to behave."""
        self._refusing = True
        self.cut()

    def swallow(self) -> None:
        """Hand nothing on and close nothing; what was sent meanwhile arrives late, as TCP would repeat it."""
        self._flowing.clear()

    def slow(self, seconds: float) -> None:
        """Let every chunk wait up to this long."""
        self._latency = seconds

    def slice(self) -> None:
        """Hand bytes on in crumbs."""
        self._slicing = True

    def behave(self) -> None:
        """Be a plain wire again."""
        self._latency, self._slicing, self._refusing = 0.0, False, False
        self._flowing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        self._writers.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            back, there = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(there)
            await asyncio.gather(self._hand_on(reader, there), self._hand_on(back, writer))
        except OSError:
            pass
        finally:
            for side in (writer, there):
                if side is not None:
                    self._writers.discard(side)
                    side.transport.abort()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._flowing.wait()
            if self._latency:
                await asyncio.sleep(self._chance.uniform(0, self._latency))
            step = CRUMB if self._slicing else CHUNK
            for start in range(0, len(data), step):
                writer.write(data[start : start + step])
                await writer.drain()
                if self._slicing:
                    await asyncio.sleep(0)
        with contextlib.suppress(OSError):
            writer.write_eof()
