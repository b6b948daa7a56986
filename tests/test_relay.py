"""The relay's contract, for the memory relay and for Redis alike (W4)."""

import asyncio
import os
import random
from pathlib import Path

from tests.conftest import Relays
from tests.faults.proxy import Proxy
from tests.makers import until
from tests.services import Redis
from wall.live.redis_relay import RedisRelay
from wall.live.relay import MemoryRelay, Relay, make_relay


class Ear:
    """What one relay heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, bytes]] = []

    def __call__(self, wall_id: int, message: bytes) -> None:
        self.heard.append((wall_id, message))


async def listening(relay: Relay, *walls: int) -> Ear:
    ear = Ear()
    await relay.start(ear)
    if isinstance(relay, RedisRelay):
        await until(lambda: relay.proven, "the relay's own ping")
    for wall_id in walls:
        await relay.join(wall_id)
    return ear


async def test_a_message_reaches_everybody_who_joined_the_wall_and_the_sender_too(relays: Relays) -> None:
    here, there, elsewhere = relays(), relays(), relays()
    ears = [await listening(here, 1, 2), await listening(there, 1), await listening(elsewhere, 2)]
    here.send(1, b"one")
    here.send(2, b"two")
    await until(lambda: [len(ear.heard) for ear in ears] == [2, 1, 1])
    assert ears[0].heard == [(1, b"one"), (2, b"two")]
    assert ears[1].heard == [(1, b"one")]
    assert ears[2].heard == [(2, b"two")]
    await asyncio.gather(*(relay.stop() for relay in (here, there, elsewhere)))


async def test_who_left_hears_nothing_more(relays: Relays) -> None:
    here, there = relays(), relays()
    await listening(here)
    ear = await listening(there, 1, 2)
    await there.leave(1)
    here.send(1, b"missed")
    here.send(2, b"heard")
    await until(lambda: ear.heard)
    assert ear.heard == [(2, b"heard")]
    await asyncio.gather(here.stop(), there.stop())


async def test_a_stopped_relay_hears_nothing_and_stops_twice(relays: Relays) -> None:
    here, there = relays(), relays()
    ear = await listening(there, 1)
    other = await listening(here, 1)
    await there.stop()
    await there.stop()
    here.send(1, b"late")
    await until(lambda: other.heard)
    assert ear.heard == []
    await here.stop()


async def test_a_relay_says_whether_it_can_be_reached(relays: Relays) -> None:
    relay = relays()
    await listening(relay)
    assert await relay.reachable()
    await relay.stop()


async def test_after_redis_was_killed_its_walls_are_heard_again(tmp_path: Path) -> None:
    with Redis(os.environ["TEST_REDIS_SERVER"], tmp_path / "redis") as server:
        here, there = make_relay(server.url), make_relay(server.url)
        ear = await listening(there, 7)
        await listening(here)
        server.kill()
        await until(lambda: not there.proven, "the loss to be noticed")
        assert not await there.reachable()
        here.send(7, b"lost")
        server.start()
        await until(lambda: here.proven and there.proven, "both to be proven again")
        here.send(7, b"back")
        await until(lambda: (7, b"back") in ear.heard)
        await asyncio.gather(here.stop(), there.stop())


async def test_the_last_word_that_could_not_be_said_is_said_once_the_line_is_back(tmp_path: Path) -> None:
    """The others' own lines are well, so that only the sender can tell them"""
    async with Proxy(0, random.Random(1)) as line:
        with Redis(os.environ["TEST_REDIS_SERVER"], tmp_path / "redis") as server:
            line.target = server.port
            here, there = RedisRelay(f"redis://127.0.0.1:{line.port}/0"), RedisRelay(server.url)
            ear = await listening(there, 7)
            await listening(here)
            line.refuse()
            here.send(7, b"one")
            here.send(7, b"two")
            (mine,) = here._lines.values()
            await until(lambda: mine._unsaid and not mine._outbox, "the loss to be noticed")
            assert ear.heard == []
            assert there.proven
            line.behave()
            await until(lambda: ear.heard, "the last word")
            assert ear.heard == [(7, b"two")]
            await asyncio.gather(here.stop(), there.stop())


async def test_a_wall_joined_while_the_line_is_being_laid_is_heard(tmp_path: Path) -> None:
    async with Proxy(0, random.Random(1)) as line:
        with Redis(os.environ["TEST_REDIS_SERVER"], tmp_path / "redis") as server:
            line.target = server.port
            here, there = RedisRelay(server.url), RedisRelay(f"redis://127.0.0.1:{line.port}/0")
            await listening(here)
            line.swallow()
            ear = Ear()
            await there.start(ear)
            await until(lambda: line._writers, "a line that says nothing yet")
            await there.join(7)
            line.behave()
            await until(lambda: there.proven)
            here.send(7, b"one")
            await until(lambda: ear.heard, "the wall")
            await asyncio.gather(here.stop(), there.stop())


def test_without_an_address_the_relay_serves_this_process_alone() -> None:
    assert isinstance(make_relay(""), MemoryRelay)
