"""A line to one Redis server: a connection that listens, one that sends, one channel a wall.

On a server of a cluster the channels are sharded ones (SSUBSCRIBE, SPUBLISH), which only the owner of their slot takes.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import MovedError, RedisError

from wall.live.ending import ended
from wall.live.relay import Hear

PING = "wall:ping:"


def channel_of(wall_id: int) -> str:
    return f"wall:{wall_id}"


class Owner(Protocol):
    """Who is told how the line is."""

    def say(self, line: "RedisLine", error: object = None) -> None:
        """It is down with this error, or up again."""

    def moved(self) -> None:
        """A channel is not this server's any more."""


class RedisLine:
    """Reconnects by itself with a growing pause; what it could not say it says when it is back."""

    PING_EVERY = 2.0
    PROVEN_FOR = 6.0
    DOUBT = 0.6  # a line that was cut is in doubt for so long, that whoever asks now and then hears of it
    OUTBOX = 2000

    def __init__(self, url: str, hear: Hear, owner: Owner, *, sharded: bool, me: str) -> None:
        # No retry inside the client: a lost message is repaired from the journal, an old one late is only noise.
        self._redis: Any = Redis.from_url(  # its methods carry too few types
            url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=2, socket_timeout=5, health_check_interval=0
        )
        self._hear, self._owner, self.sharded = hear, owner, sharded
        self.me = me  # the channel that it hears itself on
        self.walls: set[int] = set()
        self._joining: dict[int, asyncio.Event] = {}  # walls whose joining is to be confirmed
        self._outbox: deque[tuple[str, bytes]] = deque(maxlen=self.OUTBOX)
        self._unsaid: dict[str, bytes] = {}  # the last message of each wall that Redis did not take
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._pubsub: Any = None
        self._heard_myself = self._cut = float("-inf")

    @property
    def proven(self) -> bool:
        now = asyncio.get_running_loop().time()
        heard = self._heard_myself > self._cut and now - self._heard_myself < self.PROVEN_FOR
        return heard and now - self._cut > self.DOUBT

    def start(self) -> None:
        self._tasks = [asyncio.create_task(step()) for step in (self._listen, self._deliver, self._ping)]

    async def stop(self) -> None:
        await ended(*self._tasks)
        with contextlib.suppress(RedisError, OSError):
            await self._redis.aclose()

    async def join(self, wall_id: int) -> None:
        self.walls.add(wall_id)
        if self._pubsub is None:
            return
        confirmed = self._joining[wall_id] = asyncio.Event()
        try:
            with contextlib.suppress(RedisError, OSError, TimeoutError, RuntimeError):
                await self._subscribe(self._pubsub, [channel_of(wall_id)])
                async with asyncio.timeout(1):
                    await confirmed.wait()
        finally:
            self._joining.pop(wall_id, None)

    async def leave(self, wall_id: int) -> None:
        self.walls.discard(wall_id)
        if self._pubsub is not None:
            with contextlib.suppress(RedisError, OSError, RuntimeError):
                await (self._pubsub.sunsubscribe if self.sharded else self._pubsub.unsubscribe)(channel_of(wall_id))

    def send(self, wall_id: int, message: bytes) -> None:
        self._outbox.append((channel_of(wall_id), message))
        self._wake.set()

    async def reachable(self) -> bool:
        try:
            async with asyncio.timeout(2):
                return bool(await self._redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def _subscribe(self, pubsub: Any, channels: Iterable[str]) -> None:
        if not self.sharded:
            await pubsub.subscribe(*channels)
            return
        for channel in channels:  # one by one: those of several slots are refused together
            await pubsub.ssubscribe(channel)

    async def _listen(self) -> None:
        wait = 0.1
        while True:
            pubsub = self._redis.pubsub()
            try:
                asked = set(self.walls)
                await self._subscribe(pubsub, [self.me, *map(channel_of, asked)])
                self._pubsub = pubsub
                if late := self.walls - asked:  # joined while this line was being laid
                    await self._subscribe(pubsub, map(channel_of, late))
                self._owner.say(self)
                wait = 0.1
                while True:
                    message = await pubsub.get_message(timeout=None)
                    if message is not None:
                        self._take(message)
            except (RedisError, OSError, TimeoutError, RuntimeError) as error:
                self._owner.say(self, error)
            finally:
                self._pubsub = None
                self._cut = asyncio.get_running_loop().time()
                with contextlib.suppress(Exception):
                    await pubsub.aclose()
            await asyncio.sleep(wait)
            wait = min(wait * 2, 1.0)

    def _take(self, message: dict[str, Any]) -> None:
        channel, kind = message["channel"].decode("utf-8", "replace"), message["type"]
        kind = kind.removeprefix("s") if self.sharded else kind
        if channel == self.me:
            if kind == "subscribe":
                self._greet()
            elif kind == "message":
                self._heard_myself = asyncio.get_running_loop().time()
            return
        name = channel.removeprefix("wall:")
        if not name.isdecimal():
            return
        wall_id = int(name)
        if kind == "subscribe" and wall_id in self._joining:
            self._joining[wall_id].set()
        elif kind == "message" and wall_id in self.walls:
            self._hear(wall_id, message["data"])
        elif kind == "unsubscribe" and wall_id in self.walls:  # by the server itself: the slot went elsewhere
            self._owner.moved()

    async def _deliver(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outbox:
                channel, message = self._outbox.popleft()
                if await self._published(channel, message):
                    self._outbox.extend(self._unsaid.items())
                    self._unsaid.clear()
                else:
                    self._keep_unsaid((channel, message), *self._outbox)
                    self._outbox.clear()

    def _keep_unsaid(self, *messages: tuple[str, bytes]) -> None:
        """The others trust their lines and do not know what we could not say: the last word on each wall tells them.

        What came before it is only noise by then, for the journal knows it all.
        """
        self._unsaid |= {channel: message for channel, message in messages if channel != self.me}

    async def _published(self, channel: str, message: bytes) -> bool:
        """Publish, on a new connection if the old one died meanwhile."""
        for _ in range(2):
            try:
                await self._redis.execute_command("SPUBLISH" if self.sharded else "PUBLISH", channel, message)
            except MovedError:
                self._owner.moved()
                return False
            except (RedisError, OSError, TimeoutError):
                with contextlib.suppress(RedisError, OSError):
                    await self._redis.connection_pool.disconnect(inuse_connections=False)
            else:
                return True
        return False

    def take_back(self, wall_id: int) -> list[bytes]:
        """What of a wall was not said yet, for another line to say."""
        channel = channel_of(wall_id)
        found = [message for name, message in self._outbox if name == channel]
        self._outbox = deque((item for item in self._outbox if item[0] != channel), maxlen=self.OUTBOX)
        unsaid = self._unsaid.pop(channel, None)
        return found or ([] if unsaid is None else [unsaid])

    def _greet(self) -> None:
        self._outbox.append((self.me, b"ping"))
        self._wake.set()

    async def _ping(self) -> None:
        while True:
            self._greet()
            await asyncio.sleep(self.PING_EVERY)
