"""Holds what was acknowledged against the database, every process and every screen (after Jepsen's set-full)."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.clients import Reader, Writers, digest
from tests.faults.cluster import Cluster
from wall.errors import Unavailable
from wall.model.audience import card_for
from wall.store import boards, journal

HEALING = 30.0  # seconds after which a screen that is not there yet counts as diverged
STEP = 0.02


@dataclass(slots=True)
class Verdict:
    """What was found wrong, one line each."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    diverged: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Stored:
    """A wall as the database has it."""

    revision: int
    revisions: list[int]
    cards: list[dict[str, Any]]


async def stored(cluster: Cluster) -> dict[str, Stored]:
    """Every wall, each in one transaction."""
    found = {}
    for slug in cluster.walls:
        async with cluster.database.read() as connection:
            wall = await boards.find_wall(connection, slug)
            board = await boards.load_board(connection, wall.key)
            changes = await journal.changes_since(connection, wall.key, 0)
        cards = [card_for("visitor", card) for card in board.visible()]
        found[slug] = Stored(board.revision, [change.revision for change in changes], cards)
    return found


async def revisions(cluster: Cluster) -> dict[str, int]:
    """The revision of every wall in the database, however often it must be asked."""
    while True:
        try:
            async with cluster.database.read() as connection:
                return {slug: (await boards.find_wall(connection, slug)).revision for slug in cluster.walls}
        except Unavailable:
            await asyncio.sleep(STEP)


class Checker:
    """Measures how long healing takes, and judges in the end."""

    def __init__(self, cluster: Cluster, writers: Writers, readers: list[Reader]) -> None:
        self._cluster, self._writers, self._readers = cluster, writers, readers
        self.heals: list[tuple[float, str]] = []
        self.verdict = Verdict()

    async def healed(self, fault: str = "") -> None:
        """Wait until every screen and process has what the database has now; after a fault, note how long that took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        target = await revisions(self._cluster)
        behind: list[str] = []
        async with httpx.AsyncClient(timeout=2) as client:
            while loop.time() - began < HEALING:
                behind = [
                    f"{reader.name} is at {reader.revision}" for reader in self._readers if not _at(reader, target)
                ]
                behind = behind or await self._processes_behind(client, target)
                if not behind:
                    break
                await asyncio.sleep(STEP)
        if fault:
            self.heals.append((loop.time() - began, fault))
        self.verdict.diverged += [f"{HEALING} s after {fault or 'all'!r} {line} of {target}" for line in behind]

    async def _processes_behind(self, client: httpx.AsyncClient, target: dict[str, int]) -> list[str]:
        behind = []
        for server in self._cluster.servers:
            for slug, revision in target.items():
                try:
                    answer = await client.get(f"http://127.0.0.1:{server.port}/api/walls/{slug}")
                    found = answer.json().get("revision", -1)
                except (httpx.TransportError, ValueError):
                    found = -1
                if found < revision:
                    behind.append(f"{slug} of the server on {server.port} is at {found}")
        return behind

    async def agreed(self) -> None:
        """While nobody writes: every screen and process has, card for card, what the database has."""
        truth = await stored(self._cluster)
        wanted = {slug: digest(wall.cards) for slug, wall in truth.items()}
        for reader in self._readers:
            if reader.digest != wanted[reader.wall]:
                at = f"revision {reader.revision} of {truth[reader.wall].revision}"
                self.verdict.diverged.append(f"{reader.name}: {len(reader.cards)} cards at {at}")
        async with httpx.AsyncClient(timeout=10) as client:
            for server in self._cluster.servers:
                for slug in self._cluster.walls:
                    answer = await client.get(f"http://127.0.0.1:{server.port}/api/walls/{slug}/cards")
                    if digest(answer.json()["cards"]) != wanted[slug]:
                        self.verdict.diverged.append(f"{slug} of the server on {server.port}")

    async def judge(self) -> Verdict:
        """Every acknowledged pin once in the database and on every screen, and no revision left out or given twice."""
        truth, verdict = await stored(self._cluster), self.verdict
        held: dict[str, Counter[str]] = {}
        for slug, wall in truth.items():
            held[slug] = Counter(card["name"] for card in wall.cards)
            verdict.duplicated += [f"{name} on {slug}: {n} times" for name, n in held[slug].items() if n > 1]
            if wall.revisions != list(range(1, wall.revision + 1)):
                verdict.lost.append(f"the journal of {slug} has {wall.revisions} up to {wall.revision}")
            if wall.revision != len(wall.cards):
                verdict.duplicated.append(f"{slug} has {len(wall.cards)} cards at revision {wall.revision}")
        ids = {(slug, card["id"]): card["name"] for slug, wall in truth.items() for card in wall.cards}
        for (slug, name), card_id in self._writers.acked.items():
            if ids.get((slug, card_id)) != name:
                verdict.lost.append(f"{name} on {slug}, acknowledged as {card_id}")
            for reader in self._readers:
                if reader.wall == slug and card_id not in reader.cards:
                    verdict.lost.append(f"{name}, acknowledged as {card_id}, for {reader.name}")
        return verdict


def _at(reader: Reader, target: dict[str, int]) -> bool:
    return reader.live and reader.revision >= target[reader.wall]
