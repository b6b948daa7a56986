"""The relay between processes that share a Redis: one connection that listens, one that sends, one channel a wall."""

import asyncio
import contextlib
from collections import deque
from secrets import token_hex
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from wall.live.relay import Hear

log = structlog.get_logger(__name__)


class RedisRelay:
    """Redis pub/sub: one connection that listens, one that sends, one channel a wall."""

    alone = False  # another process may start at any time
    PING_EVERY = 2.0
    PROVEN_FOR = 6.0
    DOUBT = 0.6  # a line that was cut is in doubt for so long, that whoever asks now and then hears of it
    OUTBOX = 2000

    def __init__(self, url: str) -> None:
        # No retry inside the client: a lost message is repaired from the journal, an old one late is only noise.
        self._redis: Redis = Redis.from_url(
            url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=2, socket_timeout=5, health_check_interval=0
        )
        self._me = f"wall:ping:{token_hex(6)}"
        self._walls: set[int] = set()
        self._confirmed: dict[int, asyncio.Event] = {}
        self._outbox: deque[tuple[str, bytes]] = deque(maxlen=self.OUTBOX)
        self._unsaid: dict[str, bytes] = {}  # the last message of each wall that Redis did not take
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._pubsub: Any = None
        self._heard_myself = self._cut = float("-inf")
        self._down = False

    @property
    def proven(self) -> bool:
        now = asyncio.get_running_loop().time()
        heard = self._heard_myself > self._cut and now - self._heard_myself < self.PROVEN_FOR
        return heard and now - self._cut > self.DOUBT

    async def start(self, hear: Hear) -> None:
        self._hear = hear
        self._tasks = [asyncio.create_task(step()) for step in (self._listen, self._deliver, self._ping)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(RedisError, OSError):
            await self._redis.aclose()

    async def join(self, wall_id: int) -> None:
        self._walls.add(wall_id)
        confirmed = self._confirmed.setdefault(wall_id, asyncio.Event())
        if self._pubsub is None:
            return
        with contextlib.suppress(RedisError, OSError, TimeoutError, RuntimeError):
            await self._pubsub.subscribe(f"wall:{wall_id}")
            async with asyncio.timeout(1):
                await confirmed.wait()

    async def leave(self, wall_id: int) -> None:
        self._walls.discard(wall_id)
        self._confirmed.pop(wall_id, None)
        if self._pubsub is not None:
            with contextlib.suppress(RedisError, OSError, RuntimeError):
                await self._pubsub.unsubscribe(f"wall:{wall_id}")

    def send(self, wall_id: int, message: bytes) -> None:
        self._outbox.append((f"wall:{wall_id}", message))
        self._wake.set()

    async def reachable(self) -> bool:
        try:
            async with asyncio.timeout(2):
                return bool(await self._redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    def _say(self, down: bool, error: object = "") -> None:
        """Log once when Redis goes and once when it is back, not once a message."""
        if down != self._down:
            self._down = down
            if down:
                log.warning("relay.down", error=str(error))
            else:
                log.info("relay.up")

    async def _listen(self) -> None:
        wait = 0.1
        while True:
            pubsub: Any = self._redis.pubsub()  # its methods carry no types
            try:
                asked = set(self._walls)
                await pubsub.subscribe(self._me, *(f"wall:{wall_id}" for wall_id in asked))
                self._pubsub = pubsub
                if late := self._walls - asked:  # joined while this line was being laid
                    await pubsub.subscribe(*(f"wall:{wall_id}" for wall_id in late))
                self._say(down=False)
                wait = 0.1
                while True:
                    message = await pubsub.get_message(timeout=None)
                    if message is not None:
                        self._take(message)
            except (RedisError, OSError, TimeoutError, RuntimeError) as error:
                self._say(down=True, error=error)
            finally:
                self._pubsub = None
                self._cut = asyncio.get_running_loop().time()
                for confirmed in self._confirmed.values():
                    confirmed.clear()
                with contextlib.suppress(Exception):
                    await pubsub.aclose()
            await asyncio.sleep(wait)
            wait = min(wait * 2, 1.0)

    def _take(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode("utf-8", "replace")
        if channel == self._me:
            if message["type"] == "subscribe":
                self._greet()
            else:
                self._heard_myself = asyncio.get_running_loop().time()
            return
        name = channel.removeprefix("wall:")
        if not name.isdecimal():
            return
        wall_id = int(name)
        if message["type"] == "subscribe" and wall_id in self._confirmed:
            self._confirmed[wall_id].set()
        elif message["type"] == "message" and wall_id in self._walls:
            self._hear(wall_id, message["data"])

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
        self._unsaid |= {channel: message for channel, message in messages if channel != self._me}

    async def _published(self, channel: str, message: bytes) -> bool:
        """Publish, on a new connection if the old one died meanwhile."""
        for _ in range(2):
            try:
                await self._redis.publish(channel, message)
            except (RedisError, OSError, TimeoutError):
                with contextlib.suppress(RedisError, OSError):
                    await self._redis.connection_pool.disconnect(inuse_connections=False)
            else:
                return True
        return False

    def _greet(self) -> None:
        self._outbox.append((self._me, b"ping"))
        self._wake.set()

    async def _ping(self) -> None:
        while True:
            self._greet()
            await asyncio.sleep(self.PING_EVERY)
