"""One fault run: writers and readers at work while faults come and go, then the verdict."""

import asyncio
import random
import sys
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from tests.faults.checker import Checker, Verdict
from tests.faults.clients import Reader, Writers
from tests.faults.cluster import Cluster, on_postgres, on_sqlite
from tests.faults.mischief import LONG_CHANCE, Deck

CLUSTERS = {"sqlite": on_sqlite, "postgres": on_postgres}
PHONES = 8
SCREENS = 2  # a wall and process
PINS_A_WALL = 1250
AGREE_EVERY = 10  # faults
TOO_LONG = 60.0  # seconds in which writers must get rid of what they were given once all is well


@dataclass(slots=True)
class Result:
    """What one run found."""

    database: str
    acked: int
    faults: int
    verdict: Verdict
    heals: list[tuple[float, str]]
    answers: Counter[int | str]
    loads: int
    trouble: list[str] = field(default_factory=list)  # tracebacks in the servers' logs

    def line(self) -> dict[str, str | int | float]:
        """As the run's line of JSON says it."""
        return {
            "database": self.database,
            "acked": self.acked,
            "faults": self.faults,
            "lost": len(self.verdict.lost),
            "duplicated": len(self.verdict.duplicated),
            "diverged": len(self.verdict.diverged),
            "heal_p99_s": round(percentile([seconds for seconds, _ in self.heals], 0.99), 2),
        }


def percentile(values: list[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)] if values else 0.0


async def run(
    database: str,
    folder: Path,
    *,
    pins: int,
    faults: int,
    seed: int,
    long_chance: float = LONG_CHANCE,
    loud: bool = False,
) -> Result:
    """Run against one kind of database in an empty folder; `long_chance`: how often a fault outlasts our time-outs."""
    chance = random.Random(f"{database} {seed}")
    async with CLUSTERS[database](folder, ceil(pins / PINS_A_WALL), chance) as cluster, AsyncExitStack() as stack:
        writers = Writers(cluster.fronts, cluster.walls, chance)
        readers = [
            Reader(f"screen {number} of {wall} at process {place}", front, wall, chance)
            for wall in cluster.walls
            for place, front in enumerate(cluster.fronts)
            for number in range(SCREENS)
        ]
        jobs = [writers.write() for _ in range(PHONES)] + [reader.watch() for reader in readers]
        tasks = [asyncio.create_task(job) for job in jobs]
        stack.push_async_callback(_end, tasks)
        checker = Checker(cluster, writers, readers)
        await checker.healed()
        deck = Deck(cluster, chance, long_chance)
        await _break(cluster, deck, writers, checker, tasks, chance, pins, faults, loud)
        verdict = await checker.judge()
        trouble = [line for server in cluster.servers for line in server.log.splitlines() if "Traceback" in line]
    loads = sum(reader.loads for reader in readers)
    return Result(database, len(writers.acked), faults, verdict, checker.heals, writers.answers, loads, trouble)


async def _break(
    cluster: Cluster,
    deck: Deck,
    writers: Writers,
    checker: Checker,
    tasks: list[asyncio.Task[None]],
    chance: random.Random,
    pins: int,
    faults: int,
    loud: bool,
) -> None:
    """Fault after fault, each with its share of the pins under way; every few faults all must agree."""
    given = 0
    for number in range(1, faults + 1):
        share = pins * number // faults - given
        given += share
        await writers.release(share)
        await asyncio.sleep(chance.uniform(0, 0.1))
        name, fault, hold = deck.deal()
        await fault(cluster, chance, hold)
        await checker.healed(name)
        if loud:
            print(f"{number:4} {name:20} {hold:4.2f} s, healed in {checker.heals[-1][0]:.2f} s", file=sys.stderr)
        if number % AGREE_EVERY == 0 or number == faults:
            await _quiet(writers, tasks)
            await checker.healed()
            await checker.agreed()
        for task in tasks:
            if task.done():
                task.result()


async def _quiet(writers: Writers, tasks: list[asyncio.Task[None]]) -> None:
    """Wait until the writers have nothing left to do."""
    async with asyncio.timeout(TOO_LONG):
        while not writers.idle:
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
