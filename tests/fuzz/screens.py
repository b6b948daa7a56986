"""Screens: pages that load the wall, live on frames by the rules of static/js, are slow, leave and come back."""

import asyncio
import contextlib
import json
import random
import zlib
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from websockets.protocol import CLOSED, OPEN

from wall.errors import Unavailable
from wall.live.protocol import Refused
from wall.live.seats import Seat, WireSeat
from wall.live.server import WallWebSocket
from wall.live.subscriber import Subscriber
from wall.model.audience import Audience, card_for, sees
from wall.model.board import Board
from wall.web.assets import Assets
from wall.web.drawing import Drawing

if TYPE_CHECKING:
    from tests.fuzz.world import Process, World

ASSETS = Assets()
DRAWING = Drawing(ASSETS, "http://localhost")  # what the processes draw with
TRUTH = Drawing(ASSETS, "http://localhost")  # what they are held against
BACKLOG = 6000  # bytes; so little that a burst of pins is too much for a slow one
PACES = {"fast": 0.0, "slow": 0.4, "sleepy": 12.0}  # seconds between two reads at most
MOUTHFUL = 3000  # bytes a slow one reads at once
COMES_BACK = 0.5

Cards = dict[str, Any]


class Lost(Exception):
    """The socket is closed."""


def shown(board: Board, audience: Audience, drawing: Drawing) -> Cards:
    """Every card this audience may see, as its page has it."""
    found: Cards = {}
    for card in board.cards.values():
        if sees(audience.role, card):
            if audience.form == "json":
                found[card.id] = card_for(audience.role, card)
            else:
                html = str(drawing.card(board.wall, card, audience.role, audience.language))
                found[card.id] = (card.section, card.position, html)
    return found


class Wire:
    """A socket that takes finished frames, as wall/live/server.py offers it; what is unread waits here."""

    def __init__(self, deflating: bool) -> None:
        self.deflating = deflating
        self.reader: Any = None
        self.conn = SimpleNamespace(_state=OPEN)
        self.full = False
        self._unread = bytearray()
        self._news = asyncio.Event()

    @property
    def outlet(self) -> Any:
        return self.conn, self.write

    @property
    def backlog(self) -> int:
        return len(self._unread)

    def write(self, frames: bytes) -> None:
        if self.conn._state is OPEN:
            self._unread += frames
            self._news.set()
            if len(self._unread) > BACKLOG and not self.full:
                self.full = True
                if self.reader is not None:
                    self.reader.paused()

    def drop(self, code: int, why: str) -> None:
        self.conn._state = CLOSED
        self._news.set()

    async def read(self, most: int) -> bytes:
        """Some bytes, once there are any."""
        while not self._unread and self.conn._state is OPEN:
            self._news.clear()
            await self._news.wait()
        if self.conn._state is not OPEN:
            raise Lost
        data = bytes(self._unread[:most])
        del self._unread[:most]
        if self.full and len(self._unread) <= BACKLOG // 4:
            self.full = False
            if self.reader is not None:
                self.reader.resumed()
        return data


def unpacked(data: bytes) -> tuple[list[bytes], bytes]:
    """The messages in some bytes of finished frames, and what is left over."""
    found = []
    while len(data) >= 2:
        size, start = data[1], 2
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            break
        payload = data[start : start + size]
        found.append(zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff") if data[0] & 0x40 else payload)
        data = data[start + size :]
    return found, data


class Screen:
    """One page of one visitor or moderator, in one of the forms in which the wall is told."""

    def __init__(self, world: "World", chance: random.Random) -> None:
        self._world, self._chance = world, chance
        self.audience = Audience(
            chance.choice(("visitor", "visitor", "moderator")), "de", chance.choice(("html", "json"))
        )
        self._seat = chance.choice(("plain", "deflated", "queued"))
        self.pace = chance.choice(("fast", "fast", "slow", "sleepy"))
        self.revision, self.epoch = -1, ""
        self.cards: Cards = {}
        self.loads = 0
        self.task = asyncio.create_task(self._watch())

    def __str__(self) -> str:
        return f"{self.pace} {self._seat} {self.audience.role} in {self.audience.form} at revision {self.revision}"

    async def close(self) -> None:
        """Leave, at whatever it was about."""
        self.task.cancel()
        await asyncio.wait([self.task])
        if not self.task.cancelled():
            self.task.result()

    def agrees(self, board: Board) -> bool:
        """Whether it shows this board and nothing else."""
        if (self.revision, self.epoch) != (board.revision, board.epoch):
            return False
        return self.cards == shown(board, self.audience, TRUTH)

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(Lost, Refused, Unavailable):
                if not self.epoch:
                    await self._load()
                await self._live(self._world.some_process(self._chance))
            await asyncio.sleep(self._chance.uniform(0, COMES_BACK))

    async def _load(self) -> None:
        """Fetch the page anew, from whichever process answers."""
        board = (await self._world.some_process(self._chance).hub.room("probe")).board
        self.revision, self.epoch = board.revision, board.epoch
        self.cards = shown(board, self.audience, DRAWING)
        self.loads += 1

    async def _live(self, process: "Process") -> None:
        room = await process.hub.room("probe")
        wire = Wire(self._seat == "deflated")
        seat: Seat
        if self._seat == "queued":
            seat = Subscriber(self.audience, backlog=BACKLOG)
        else:
            seat = WireSeat(cast(WallWebSocket, wire), self.audience)
        if process.hub.stopping:
            raise Lost
        process.wires[wire] = None  # an ending process lets go of it from here on, even while it joins
        pump = None
        try:
            await room.join(seat, self.revision, self.epoch)
            if isinstance(seat, Subscriber):
                pump = asyncio.create_task(self._pump(seat, wire, partial(room.catch_up, audience=self.audience)))
            await self._read(wire)
        finally:
            process.wires.pop(wire, None)
            room.leave(seat)
            if pump is not None:
                pump.cancel()
                await asyncio.wait([pump])

    async def _pump(self, seat: Subscriber, wire: Wire, catch_up: Any) -> None:
        """What web/live.py does under a server that takes no finished frames."""
        ready = asyncio.Event()
        wire.reader = SimpleNamespace(paused=ready.clear, resumed=ready.set)
        ready.set()

        async def send(frame: bytes) -> None:
            await ready.wait()
            wire.write(b"\x81\x7f" + len(frame).to_bytes(8, "big") + frame)

        try:
            await seat.pump(send, catch_up)
        except Refused as refusal:
            wire.drop(refusal.code, refusal.why)

    async def _read(self, wire: Wire) -> None:
        rest = b""
        while True:
            if PACES[self.pace]:
                await asyncio.sleep(self._chance.uniform(0, PACES[self.pace]))
            found, rest = unpacked(rest + await wire.read(100_000 if self.pace == "fast" else MOUTHFUL))
            for message in found:
                self._take(json.loads(message))

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "reset":
            self.epoch = ""  # loads anew, then comes back with what it has
            raise Lost
        if frame["type"] == "change" and frame["revision"] > self.revision:
            self.revision = frame["revision"]
            for card_id in frame["removed"]:
                self.cards.pop(card_id, None)
            for card in frame["cards"]:
                html = self.audience.form == "html"
                self.cards[card["id"]] = (card["section"], card["position"], card["html"]) if html else card
