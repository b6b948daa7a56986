"""A relay that loses, repeats, delays, reorders and garbles what the processes tell each other (W4)."""

import asyncio
import random

from wall.live.relay import Hear

LOST, TWICE, GARBLED, LATE = 0.2, 0.15, 0.05, 0.1
SOON, LATER = 0.03, 4.0  # seconds a message is under way at most


class Network:
    """The lines between the processes; `cut` lets nothing through."""

    def __init__(self, chance: random.Random) -> None:
        self.relays: list[Relay] = []
        self.cut = False
        self._chance = chance

    def send(self, wall_id: int, message: bytes) -> None:
        loop, chance = asyncio.get_running_loop(), self._chance
        for relay in self.relays:
            if self.cut or chance.random() < LOST:
                continue
            for _ in range(2 if chance.random() < TWICE else 1):
                garbled = self._garbled(message) if chance.random() < GARBLED else message
                longest = LATER if chance.random() < LATE else SOON
                loop.call_later(chance.uniform(0, longest), self._arrive, relay, wall_id, garbled)

    def _garbled(self, message: bytes) -> bytes:
        at = self._chance.randrange(len(message))
        return self._chance.choice((message[:at], message[:at] + bytes((message[at] ^ 1,)) + message[at + 1 :]))

    def _arrive(self, relay: "Relay", wall_id: int, message: bytes) -> None:
        if not self.cut:
            relay.arrive(wall_id, message)


class Relay:
    """One process's end; `proven` says what it happens to believe of its line."""

    alone = False

    def __init__(self, network: Network) -> None:
        self.proven = False
        self._network = network
        self._hear: Hear | None = None
        self._walls: set[int] = set()

    async def start(self, hear: Hear) -> None:
        self._hear = hear
        self._network.relays.append(self)

    async def stop(self) -> None:
        self._hear = None
        self._network.relays.remove(self)

    async def join(self, wall_id: int) -> None:
        await asyncio.sleep(0)
        self._walls.add(wall_id)

    async def leave(self, wall_id: int) -> None:
        self._walls.discard(wall_id)

    def send(self, wall_id: int, message: bytes) -> None:
        self._network.send(wall_id, message)

    def arrive(self, wall_id: int, message: bytes) -> None:
        if self._hear is not None and wall_id in self._walls:
            self._hear(wall_id, message)

    async def reachable(self) -> bool:
        return True
