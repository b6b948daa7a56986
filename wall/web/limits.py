"""Counts who did how much lately. Counted here at once; processes that share a Redis hear of each other's counts soon.

Redis is never asked while somebody waits, so one that is slow or gone refuses nobody and stops nobody: each process
then goes by its own count. `limits` gives the notation and the counters in Redis. Its memory counters cost 14 µs a hit,
start a task for it, and are one more thing to expire; a dictionary per window costs a tenth and goes as a whole.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from limits.aio.storage import RedisClusterStorage, RedisStorage

from wall.live.ending import ended
from wall.web.budgets import BUDGETS

SHARE_EVERY = 0.5  # seconds
PATIENCE = 2.0  # seconds for one round of sharing
MOST = 50_000  # counts in one window; whoever has so many addresses is not held by counting them
log = structlog.get_logger(__name__)


class Tally:
    """One budget's counts in the present window. Windows begin at the same moment in every process."""

    __slots__ = ("allowed", "before", "counts", "seconds", "told", "unshared", "window")

    def __init__(self, allowed: int, seconds: int) -> None:
        self.allowed, self.seconds, self.window = allowed, seconds, 0
        self.counts: dict[str, int] = {}
        self.before: dict[str, int] = {}  # the window before
        self.unshared: dict[str, int] = {}
        self.told: set[str] = set()

    def turn(self, now: float) -> None:
        """Begin a new window if it is time; a clock that was put back begins one too."""
        window = int(now // self.seconds)
        if window != self.window:
            self.before = self.counts if window == self.window + 1 else {}
            self.window, self.counts, self.unshared, self.told = window, {}, {}, set()

    def wait(self, now: float) -> int:
        """Seconds until the next window."""
        return max(1, ceil((self.window + 1) * self.seconds - now))


class Limits:
    """`factor` multiplies every budget. Who is counted is known by a keyed hash only, here, in Redis and in the log."""

    def __init__(self, secret: str, factor: float = 1.0, redis_url: str = "") -> None:
        key = blake2b(secret.encode(), digest_size=32, person=b"wall limits").digest()
        self.clock = time.time
        self.factor = factor
        self._tallies = {n: Tally(b.allowed(factor), b.seconds) for n, b in BUDGETS.items()}
        self._redis_url = redis_url
        self._open: dict[str, int] = {}
        self._away = False

        @lru_cache(maxsize=10_000)
        def hashed(who: str) -> str:
            return blake2b(who.encode("utf-8", "replace"), key=key, digest_size=8).hexdigest()

        self._hashed = hashed

    def spend(self, budget: str, *who: str) -> int:
        """Count one; 0 if that was within the budget, else the seconds until there is a new one."""
        tally, now = self._tallies[budget], self.clock()
        tally.turn(now)
        key = self._hashed(who[0]) if len(who) == 1 else ".".join(map(self._hashed, who))
        count = tally.counts.get(key, 0) + 1
        if count == 1 and len(tally.counts) >= MOST:
            tally.counts.pop(next(iter(tally.counts)))
        tally.counts[key] = count
        if self._redis_url:
            tally.unshared[key] = tally.unshared.get(key, 0) + 1
        if count <= tally.allowed:
            return 0
        if key not in tally.told:
            tally.told.add(key)
            log.warning("limits.exceeded", budget=budget, who=key, allowed=tally.allowed, seconds=tally.seconds)
        return tally.wait(now)

    def spent(self, budget: str, *who: str) -> bool:
        """Whether nothing is left of a budget, or nothing was in the window before. Counts nothing."""
        tally = self._tallies[budget]
        tally.turn(self.clock())
        key = ".".join(map(self._hashed, who))
        return tally.counts.get(key, 0) >= tally.allowed or tally.before.get(key, 0) >= tally.allowed

    def hold(self, who: str, most: int) -> bool:
        """Hold one of `most` things that may be open at once, until `let_go`; whether there was one left."""
        key = self._hashed(who)
        held = self._open.get(key, 0)
        if held >= most * self.factor:
            return False
        self._open[key] = held + 1
        return True

    def let_go(self, who: str) -> None:
        key = self._hashed(who)
        left = self._open[key] - 1
        if left:
            self._open[key] = left
        else:
            del self._open[key]

    @contextlib.asynccontextmanager
    async def sharing(self) -> AsyncIterator["Limits"]:
        """Share counts with the other processes until the block ends; nothing to do without a Redis."""
        if not self._redis_url:
            yield self
            return
        task = asyncio.create_task(self._share_for_ever())
        try:
            yield self
        finally:
            await ended(task)

    async def _share_for_ever(self) -> None:
        storage: RedisStorage | None = None
        try:
            while True:
                await asyncio.sleep(SHARE_EVERY)
                try:
                    async with asyncio.timeout(PATIENCE):
                        storage = storage or await _counters(self._redis_url)
                        await self.share(storage)
                    self._away = False
                except Exception as error:
                    if not self._away:
                        log.warning("limits.redis_away", error=str(error))
                    self._away = True
        finally:
            if storage is not None:
                await cast(Any, storage.bridge).storage.aclose()

    async def share(self, storage: RedisStorage) -> None:
        """Add to the counts of all what was counted here since, and take over what they are together."""
        for name, tally in self._tallies.items():
            tally.turn(self.clock())
            window, unshared, tally.unshared = tally.window, tally.unshared, {}
            for key, amount in unshared.items():
                together = await storage.incr(f"{name}/{window}/{key}", tally.seconds, amount)
                if window == tally.window:
                    tally.counts[key] = together + tally.unshared.get(key, 0)


async def _counters(redis_url: str) -> RedisStorage:
    """Counters in Redis; on a cluster each is kept by the server that owns its slot.

    Raises:
        RedisError: it does not answer.
    """
    options: dict[str, Any] = {
        "implementation": "redispy",
        "key_prefix": "wall:limits",
        "socket_timeout": PATIENCE,
        "socket_connect_timeout": PATIENCE,
    }
    from redis.asyncio import Redis  # only here: it takes 6 MB

    async with Redis.from_url(redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) as asked:
        several = (await asked.info("cluster")).get("cluster_enabled")
    if not several:
        return RedisStorage(f"async+{redis_url}", **options)
    where = urlsplit(redis_url)
    return RedisClusterStorage(f"async+redis+cluster://{where.netloc}", ssl=where.scheme == "rediss", **options)


@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """What counts as one address: an IPv6 /64 is a single household or phone. Anything else is taken as it is."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return f"{IPv6Address(int(ip) >> 64 << 64)}/64"
    return str(ip)
