"""One soak: events come and go, each with a wall of its own, and so do the people who watch them.

A wall's cards are in memory while somebody has it open and for five minutes longer, so a wall that grew all the time
would take memory all the time. Here as many cards come as are forgotten: an event lasts half a minute, then everybody
moves on to the next. What still grows is a leak.
"""

import asyncio
import random
import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx

from tests.bench.crowd import request
from tests.bench.fanout import BROWSERS_OFFER, resident
from tests.bench.machine import served
from tests.makers import make_wall, words
from wall.store.database import Database

EVENT = 30.0  # seconds
STAYS = (5.0, 45.0)  # seconds that somebody watches
READS_PAGE = 0.2  # the share of those who come who load the whole page first, as browsers do
SAMPLE = 5.0  # seconds
TEXT = "Wir treffen uns jeden Monat und freuen uns über alle, die dazukommen. " * 6


class Screen(asyncio.BufferedProtocol):
    """Shakes hands and reads on; what it reads is forgotten."""

    buffer = memoryview(bytearray(256 * 1024))

    def __init__(self, upgrade: bytes, lost: Counter[str]) -> None:
        self._upgrade, self._lost = upgrade, lost
        self.leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._upgrade)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None: ...
    def connection_lost(self, exc: Exception | None) -> None:
        self._lost["lost a screen"] += not self.leaving


@dataclass(slots=True)
class Soak:
    """What all share."""

    url: str
    client: httpx.AsyncClient
    database: Database
    chance: random.Random
    wall: str = ""
    pinned: int = 0
    watched: int = 0
    trouble: Counter[str] = field(default_factory=Counter)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def open_wall(self, number: int) -> None:
        """Everybody goes on to the next event."""
        await make_wall(self.database, f"wand-{number}", moderation="after")
        self.wall = f"wand-{number}"

    async def events(self) -> None:
        """One event after another."""
        for number in range(1, 10**9):
            await asyncio.sleep(EVENT)
            await self.open_wall(number)

    async def pins(self, rate: float) -> None:
        """Cards at a steady rate, none waiting for another."""
        loop, pinning = asyncio.get_running_loop(), set()
        began = loop.time()
        for number in range(10**9):
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            task = asyncio.create_task(self._pin(number))
            pinning.add(task)
            task.add_done_callback(pinning.discard)

    async def _pin(self, number: int) -> None:
        raw = words(f"Netz {number}", section=("s1", "s2")[number % 2], description=TEXT)
        headers = {"idempotency-key": f"key-{number:08}"}
        try:
            answer = await self.client.post(f"/api/walls/{self.wall}/cards", json=raw, headers=headers)
        except httpx.HTTPError as error:
            self.trouble[f"a pin met {type(error).__name__}"] += 1
        else:
            self.pinned += answer.status_code == 201
            self.trouble[f"a pin got {answer.status_code}"] += answer.status_code != 201

    async def watch(self) -> None:
        """One place in front of the walls: somebody comes, stays for a while, and somebody else takes it."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self.chance.uniform(0, STAYS[1]))
        while True:
            slug = self.wall
            try:
                if self.chance.random() < READS_PAGE:
                    (await self.client.get(f"/w/{slug}")).raise_for_status()
                wall = (await self.client.get(f"/api/walls/{slug}")).raise_for_status().json()
                path = f"/w/{slug}/live?since={wall['revision']}&epoch={wall['epoch']}&as=html&lang=de"
                screen = Screen(request(self.port, path, BROWSERS_OFFER), self.trouble)
                transport, _ = await loop.create_connection(lambda screen=screen: screen, "127.0.0.1", self.port)
            except (httpx.HTTPError, OSError) as error:
                self.trouble[f"somebody who came met {type(error).__name__}"] += 1
                await asyncio.sleep(1)
                continue
            self.watched += 1
            await asyncio.sleep(self.chance.uniform(*STAYS))
            screen.leaving = True
            transport.close()


async def run(folder: str, seconds: float, pins: float, clients: int) -> tuple[list[float], list[str]]:
    """Megabytes the server held, sampled all the time, and whatever else went wrong."""
    loop, samples = asyncio.get_running_loop(), []
    with served(Path(folder)) as (url, pid):
        database = Database(f"sqlite:///{folder}/bench.db")
        limits = httpx.Limits(max_connections=100, keepalive_expiry=2.0)
        async with httpx.AsyncClient(base_url=url, timeout=20, limits=limits) as client:
            soak = Soak(url, client, database, random.Random(1))
            await soak.open_wall(0)
            jobs = [soak.events(), soak.pins(pins), *(soak.watch() for _ in range(clients))]
            tasks = [asyncio.create_task(job) for job in jobs]
            began = loop.time()
            while (now := loop.time() - began) < seconds:
                await asyncio.sleep(min(SAMPLE, seconds - now))
                samples.append(resident(pid) / 1024)
                if len(samples) % 6 == 0:
                    told = f"{soak.pinned} pins, {soak.watched} came to watch"
                    print(f"{loop.time() - began:5.0f} s {samples[-1]:7.1f} MB; {told}", flush=True)
                for task in tasks:
                    if task.done():
                        task.result()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()
    return samples, [f"{what}: {times} times" for what, times in soak.trouble.items() if times]


def drift(samples: list[float], warm: float) -> tuple[float, float, float]:
    """What was held when all was warm and what in the end, each the median of a tenth; the difference in percent."""
    tenth = max(1, len(samples) // 10)
    first = int(len(samples) * warm)
    start, end = statistics.median(samples[first : first + tenth]), statistics.median(samples[-tenth:])
    return start, end, 100 * (end - start) / start
