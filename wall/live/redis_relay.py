"""The relay between processes that share a Redis: one line to a server, or one to each that owns slots of a cluster.

In a cluster PUBLISH goes to every server for every message, whoever listens; sharded channels stay with the one server
that owns their slot. redis-py can do this too, but reads its servers in turn, each until it has waited long enough;
here every server has a line that waits for it alone.
"""

import asyncio
import contextlib
from bisect import bisect_right
from collections import deque
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import structlog
from redis.asyncio import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError, ResponseError

from wall.live.ending import ended
from wall.live.redis_line import PING, RedisLine, channel_of
from wall.live.relay import Hear

SLOTS = 16384
Ranges = list[tuple[int, int]]  # of slots, both ends included
log = structlog.get_logger(__name__)


class RedisRelay:
    """Learns by itself whether it talks to a cluster and who owns what there, and anew whenever a line says so."""

    alone = False  # another process may start at any time
    LOOK_EVERY = 0.5  # seconds
    PATIENCE = 2.0
    EARLY = 2000  # messages that may wait until the first line is laid

    def __init__(self, url: str) -> None:
        self._url = url
        self._walls: set[int] = set()
        self._lines: dict[str, RedisLine] = {}  # by the address of the server
        self._owners: list[tuple[int, int, str]] = []  # first and last slot, address
        self._early: deque[tuple[int, bytes]] = deque(maxlen=self.EARLY)
        self._sharded = False
        self._changed = float("-inf")  # when a wall was last heard nowhere for a moment
        self._down: set[str] = set()  # lines, by their own channels
        self._look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._hear: Hear = lambda wall_id, message: None

    @property
    def proven(self) -> bool:
        settled = asyncio.get_running_loop().time() - self._changed > RedisLine.DOUBT
        return settled and bool(self._lines) and all(line.proven for line in self._lines.values())

    async def start(self, hear: Hear) -> None:
        self._hear = hear
        self._look.set()
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        if self._task is not None:
            await ended(self._task)
        await asyncio.gather(*(line.stop() for line in self._lines.values()))

    async def join(self, wall_id: int) -> None:
        self._walls.add(wall_id)
        line = self._line_of(wall_id)
        if line is not None:
            await line.join(wall_id)

    async def leave(self, wall_id: int) -> None:
        self._walls.discard(wall_id)
        for line in list(self._lines.values()):
            if wall_id in line.walls:
                await line.leave(wall_id)

    def send(self, wall_id: int, message: bytes) -> None:
        line = self._line_of(wall_id)
        if line is None:
            self._early.append((wall_id, message))
        else:
            line.send(wall_id, message)

    async def reachable(self) -> bool:
        return bool(self._lines) and all(await asyncio.gather(*(line.reachable() for line in self._lines.values())))

    def say(self, line: RedisLine, error: object = None) -> None:
        if error is None:
            self._note(self._down - {line.me})
        else:
            self._note(self._down | {line.me}, error)
            if self._sharded:
                self._look.set()  # another server may have taken its place

    def moved(self) -> None:
        self._changed = asyncio.get_running_loop().time()
        self._look.set()

    def _note(self, down: set[str], error: object = "") -> None:
        """Log once when Redis goes and once when it is back, not once a message and server."""
        before, self._down = self._down, down
        if down and not before:
            log.warning("relay.down", error=str(error))
        elif before and not down:
            log.info("relay.up")

    def _line_of(self, wall_id: int) -> RedisLine | None:
        if not self._owners:
            return None
        slot = key_slot(channel_of(wall_id).encode())
        first, last, address = self._owners[max(0, bisect_right(self._owners, (slot, SLOTS, "")) - 1)]
        return self._lines.get(address) if first <= slot <= last else None

    async def _keep(self) -> None:
        """Look who owns what, at the start and whenever somebody doubts it."""
        wait = self.LOOK_EVERY
        while True:
            await self._look.wait()
            self._look.clear()
            try:
                async with asyncio.timeout(self.PATIENCE):
                    sharded, owners = await self._survey()
            except (RedisError, OSError, TimeoutError) as error:
                self._look.set()
                wait = min(wait * 2, self.PATIENCE)
                self._note(self._down | {"survey"}, error)
            else:
                wait = self.LOOK_EVERY
                await self._lay(sharded, owners)
                self._note(self._down - {"survey"})
            await asyncio.sleep(wait)

    async def _survey(self) -> tuple[bool, dict[str, Ranges]]:
        """Whether channels are sharded, and the slots of each server by its address.

        A Redis that is no cluster, or older than sharded channels, has all slots: plain ones reach everybody.

        Raises:
            RedisError, OSError: none of the servers known can tell.
        """
        everything = False, {self._url: [(0, SLOTS - 1)]}
        failed: Exception = RedisError("nobody was asked")
        for address in dict.fromkeys([*self._lines, self._url]):
            client: Any = Redis.from_url(address, socket_connect_timeout=1, socket_timeout=1)
            try:
                slots = await client.execute_command("CLUSTER", "SLOTS")
                if (await client.execute_command("COMMAND INFO", "SSUBSCRIBE"))[0] is None:
                    return everything
                if slots:
                    return True, self._addresses(slots, address)
                failed = RedisError("the cluster has no slots yet")
            except ResponseError:  # "This instance has cluster support disabled", or we may not ask
                return everything
            except (RedisError, OSError) as error:
                failed = error
            finally:
                with contextlib.suppress(RedisError, OSError):
                    await client.aclose()
        raise failed

    def _addresses(self, slots: list[Any], asked: str) -> dict[str, Ranges]:
        parts, found = urlsplit(self._url), dict[str, Ranges]()
        who = parts.netloc.rpartition("@")[0]
        for first, last, (host, port, *_), *_ in slots:
            name = host.decode() if host else urlsplit(asked).hostname or ""  # one that does not know its own: as asked
            where = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
            address = parts._replace(netloc=f"{who}@{where}" if who else where, path="/0").geturl()
            found.setdefault(address, []).append((first, last))
        return found

    async def _lay(self, sharded: bool, owners: dict[str, Ranges]) -> None:
        """Have a line to every server, and every wall on the line of its owner."""
        before, self._sharded = self._lines, sharded
        self._lines = {address: self._line(address, ranges) for address, ranges in owners.items()}
        self._owners = sorted((*range_, address) for address, ranges in owners.items() for range_ in ranges)
        joining = []
        for wall_id in self._walls:
            line = self._line_of(wall_id)
            for old in before.values():
                if old is not line and wall_id in old.walls:
                    old.walls.discard(wall_id)
                    for message in old.take_back(wall_id):
                        self.send(wall_id, message)
            if line is not None and wall_id not in line.walls:
                joining.append(line.join(wall_id))
        gone = [line for line in before.values() if line not in self._lines.values()]
        self._note(self._down - {line.me for line in gone})
        early, self._early = self._early, deque(maxlen=self.EARLY)
        for wall_id, message in early:
            self.send(wall_id, message)
        await asyncio.gather(*joining, *(line.stop() for line in gone))
        if joining or gone:
            self._changed = asyncio.get_running_loop().time()

    def _line(self, address: str, ranges: Ranges) -> RedisLine:
        """The line to a server: the one there is, unless its own channel is not this server's any more."""
        line = self._lines.get(address)
        if line is not None and line.sharded == self._sharded and _within(line.me, ranges):
            return line
        me = PING + token_hex(6)
        while not _within(me, ranges):
            me = PING + token_hex(6)
        line = RedisLine(address, self._hear, self, sharded=self._sharded, me=me)
        line.start()
        return line


def _within(channel: str, ranges: Ranges) -> bool:
    slot = key_slot(channel.encode())
    return any(first <= slot <= last for first, last in ranges)
