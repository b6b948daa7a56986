"""The relay: tells the other processes of this wall that something happened. It may lose, repeat and reorder (W4)."""

import asyncio
from collections.abc import Callable
from typing import Protocol

Hear = Callable[[int, bytes], None]


class Relay(Protocol):
    """What the hub needs of a relay."""

    @property
    def proven(self) -> bool:
        """Whether a message of our own came back lately."""

    @property
    def alone(self) -> bool:
        """Whether there is nobody to tell anything."""

    async def start(self, hear: Hear) -> None: ...
    async def stop(self) -> None: ...
    async def join(self, wall_id: int) -> None:
        """Hear of this wall; returns once that is in force, or after a second if it cannot be told."""

    async def leave(self, wall_id: int) -> None: ...
    def send(self, wall_id: int, message: bytes) -> None:
        """Tell everybody who joined this wall, ourselves included; never waits, may lose."""

    async def reachable(self) -> bool: ...


class MemoryBus:
    """What memory relays of one process share; a single server has one relay and talks to nobody."""

    def __init__(self) -> None:
        self.relays: list[MemoryRelay] = []


class MemoryRelay:
    """Serves one process; several on one bus stand for several processes in tests."""

    proven = False  # another process, such as `wall import`, may write without a word

    def __init__(self, bus: MemoryBus | None = None) -> None:
        self.bus = bus or MemoryBus()
        self._walls: set[int] = set()
        self._hear: Hear | None = None

    @property
    def alone(self) -> bool:
        return len(self.bus.relays) < 2

    async def start(self, hear: Hear) -> None:
        self._hear = hear
        self.bus.relays.append(self)

    async def stop(self) -> None:
        self._hear = None
        if self in self.bus.relays:
            self.bus.relays.remove(self)

    async def join(self, wall_id: int) -> None:
        self._walls.add(wall_id)

    async def leave(self, wall_id: int) -> None:
        self._walls.discard(wall_id)

    def send(self, wall_id: int, message: bytes) -> None:
        loop = asyncio.get_running_loop()
        for relay in self.bus.relays:
            if wall_id in relay._walls:
                loop.call_soon(relay._take, wall_id, message)

    def _take(self, wall_id: int, message: bytes) -> None:
        if self._hear is not None and wall_id in self._walls:
            self._hear(wall_id, message)

    async def reachable(self) -> bool:
        return True


def make_relay(redis_url: str) -> Relay:
    """Redis where there is one, else this process alone."""
    if not redis_url:
        return MemoryRelay()
    from wall.live.redis_relay import RedisRelay  # only here: its client takes 6 MB

    return RedisRelay(redis_url)
