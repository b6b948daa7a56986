"""Those who use the walls meanwhile: writers who repeat a pin until it is acknowledged, readers who build the wall."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from tests.faults.proxy import Proxy
from tests.makers import words

SILENCE = 25.0  # W5
PATIENCE = 5.0  # seconds a writer waits for an answer
JITTER = 0.2  # seconds; browsers spread their return over more, which would hide how fast the servers heal
LOST = (OSError, TimeoutError, WebSocketException, InvalidHandshake, httpx.TransportError)


def digest(cards: Iterable[dict[str, Any]]) -> str:
    """Equal for equal walls as a visitor has them."""
    ordered = sorted(cards, key=lambda card: card["id"])
    return blake2b(orjson.dumps(ordered, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


class Writers:
    """Some phones that pin card after card; `release` says how many more they may begin."""

    def __init__(self, fronts: list[Proxy], walls: list[str], chance: random.Random) -> None:
        self._fronts, self._walls, self._chance = fronts, walls, chance
        self._next = self._allowed = 0
        self._more = asyncio.Condition()
        self.acked: dict[tuple[str, str], str] = {}  # (wall, name) -> id of the card
        self.answers: Counter[int | str] = Counter()

    async def release(self, pins: int) -> None:
        async with self._more:
            self._allowed += pins
            self._more.notify_all()

    @property
    def idle(self) -> bool:
        """Whether everything released is acknowledged."""
        return len(self.acked) == self._allowed

    async def write(self) -> None:
        """One phone, until cancelled."""
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(timeout=PATIENCE, limits=limits) as client:
            while True:
                async with self._more:
                    await self._more.wait_for(lambda: self._next < self._allowed)
                    number = self._next
                    self._next += 1
                wall, name = self._walls[number % len(self._walls)], f"Netz {number:06}"
                self.acked[wall, name] = await self._pin(client, wall, name, f"key-{number:08}")
                await asyncio.sleep(self._chance.uniform(0, 0.02))

    async def _pin(self, client: httpx.AsyncClient, wall: str, name: str, key: str) -> str:
        """Send the same pin, to any server, until one says that it is taken."""
        wait = 0.02
        while True:
            address = f"http://127.0.0.1:{self._chance.choice(self._fronts).port}/api/walls/{wall}/cards"
            try:
                answer = await client.post(address, json=words(name), headers={"idempotency-key": key})
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
            else:
                self.answers[answer.status_code] += 1
                if answer.status_code in (200, 201):
                    card_id: str = answer.json()["id"]
                    return card_id
                if answer.status_code < 500:
                    raise AssertionError(f"pin {name!r} was refused with {answer.status_code}: {answer.text}")
            await asyncio.sleep(self._chance.uniform(0, wait))
            wait = min(wait * 2, 0.3)


class Reader:
    """A screen: loads the wall once, then lives on frames; loads it anew only when told to."""

    def __init__(self, name: str, front: Proxy, wall: str, chance: random.Random) -> None:
        self.name, self.wall, self._front, self._chance = name, wall, front, chance
        self.cards: dict[str, dict[str, Any]] = {}
        self.revision, self.epoch = -1, ""
        self.loads = 0
        self.live = False

    @property
    def digest(self) -> str:
        return digest(self.cards.values())

    async def watch(self) -> None:
        """Watch, and come back whenever the line is lost, until cancelled."""
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            while True:
                try:
                    if not self.epoch:
                        await self._load(client)
                    await self._live(client)
                except LOST:
                    pass
                self.live = False
                await asyncio.sleep(self._chance.uniform(0, JITTER))

    async def _load(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"http://127.0.0.1:{self._front.port}/api/walls/{self.wall}/cards")
        if answer.status_code != 200:
            raise ConnectionError(answer.status_code)
        content = answer.json()
        self.loads += 1
        self.cards = {card["id"]: card for card in content["cards"]}
        self.revision, self.epoch = content["revision"], content["epoch"]

    async def _live(self, client: httpx.AsyncClient) -> None:
        given = f"since={self.revision}&epoch={self.epoch}&as=json&lang=de"
        address = f"ws://127.0.0.1:{self._front.port}/w/{self.wall}/live?{given}"
        async with connect(address, open_timeout=PATIENCE, close_timeout=0.1, ping_interval=None) as socket:
            while True:
                async with asyncio.timeout(SILENCE):
                    frame = json.loads(await socket.recv())
                self.live = True
                if frame["type"] == "reset":
                    await self._load(client)
                    return  # comes back with what it has now
                if frame["type"] == "change" and frame["revision"] > self.revision:
                    self.revision = frame["revision"]
                    self.cards |= {card["id"]: card for card in frame["cards"]}
                    for card_id in frame["removed"]:
                        self.cards.pop(card_id, None)
