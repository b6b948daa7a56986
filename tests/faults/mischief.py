"""The faults: each breaks one thing of the installation, and mends it again after a while."""

import asyncio
import os
import random
import signal
import sqlite3
from collections.abc import Awaitable, Callable

from tests.faults.cluster import Cluster
from tests.faults.proxy import Proxy

Fault = Callable[[Cluster, random.Random, float], Awaitable[None]]
LATENCY = 0.1  # seconds
LONG = 6.0  # seconds: longer than the time-outs inside the house
LONG_CHANCE = 0.03


async def killed_server(cluster: Cluster, chance: random.Random, hold: float) -> None:
    server = chance.choice(cluster.servers)
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(hold)
    await asyncio.to_thread(server.start)


async def frozen_server(cluster: Cluster, chance: random.Random, hold: float) -> None:
    server = chance.choice(cluster.servers)
    os.kill(server.pid, signal.SIGSTOP)
    await asyncio.sleep(hold)
    os.kill(server.pid, signal.SIGCONT)


async def killed_redis(cluster: Cluster, _: random.Random, hold: float) -> None:
    assert cluster.redis is not None
    await asyncio.to_thread(cluster.redis.kill)
    await asyncio.sleep(hold)
    await asyncio.to_thread(cluster.redis.start)


async def crashed_postgres(cluster: Cluster, _: random.Random, hold: float) -> None:
    """kill -9 of all its processes."""
    assert cluster.postgres is not None
    await asyncio.to_thread(cluster.postgres.kill)
    await asyncio.sleep(hold)
    await asyncio.to_thread(cluster.postgres.start)


async def stopped_postgres(cluster: Cluster, _: random.Random, hold: float) -> None:
    """SIGQUIT is PostgreSQL's "immediate": it recovers from the log when it starts."""
    assert cluster.postgres is not None
    await asyncio.to_thread(cluster.postgres.stop, signal.SIGQUIT)
    await asyncio.sleep(hold)
    await asyncio.to_thread(cluster.postgres.start)


async def locked_sqlite(cluster: Cluster, _: random.Random, hold: float) -> None:
    """Somebody else writes to the file and takes their time."""
    connection = sqlite3.connect(str(cluster.file), timeout=10, isolation_level=None, check_same_thread=False)
    try:
        await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
        await asyncio.sleep(hold)
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def on_a_line(which: str, misbehave: Callable[[Proxy], None]) -> Fault:
    """One of the lines `fronts`, `stores` or `relays` misbehaves."""

    async def fault(cluster: Cluster, chance: random.Random, hold: float) -> None:
        line: Proxy = chance.choice(getattr(cluster, which))
        misbehave(line)
        await asyncio.sleep(hold)
        line.behave()

    return fault


WHIMS: dict[str, Callable[[Proxy], None]] = {
    "cut": Proxy.cut,
    "refused": Proxy.refuse,
    "swallowed": Proxy.swallow,
    "slow": lambda line: line.slow(LATENCY),
    "sliced": Proxy.slice,
}


def faults_of(cluster: Cluster) -> dict[str, Fault]:
    """What can go wrong here, by name."""
    found: dict[str, Fault] = {"server killed": killed_server, "server frozen": frozen_server}
    lines = ["fronts"]
    if cluster.postgres is not None:
        found |= {"redis killed": killed_redis, "postgres crashed": crashed_postgres}
        found["postgres stopped"] = stopped_postgres
        lines += ["stores", "relays"]
    else:
        found["file locked"] = locked_sqlite
    return found | {f"{line} {whim}": on_a_line(line, how) for line in lines for whim, how in WHIMS.items()}


class Deck:
    """Deals faults in random order, each kind once before any comes twice."""

    def __init__(self, cluster: Cluster, chance: random.Random, long_chance: float = LONG_CHANCE) -> None:
        self._faults, self._chance, self._long_chance = faults_of(cluster), chance, long_chance
        self._left: list[str] = []

    def deal(self) -> tuple[str, Fault, float]:
        """The next fault: its name, what it does, and for how many seconds."""
        if not self._left:
            self._left = list(self._faults)
            self._chance.shuffle(self._left)
        name = self._left.pop()
        hold = LONG if self._chance.random() < self._long_chance else self._chance.uniform(0.05, 0.8)
        return name, self._faults[name], hold
