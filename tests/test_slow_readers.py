"""Nobody waits for the slowest (W6): skipped past the backlog, caught up when it drains, dropped when it stalls."""

import asyncio

import pytest

from tests.makers import until
from wall.live.protocol import SLOW, Refused
from wall.live.subscriber import Subscriber
from wall.model.audience import Audience

VISITOR = Audience("visitor", "de", "json")


class Wire:
    """A connection that lets through only what it is told to."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.open = asyncio.Event()

    async def send(self, frame: bytes) -> None:
        await self.open.wait()
        self.sent.append(frame)


async def test_w6_a_reader_past_its_backlog_is_skipped_and_caught_up_once_with_what_is_newest() -> None:
    subscriber, wire = Subscriber(VISITOR, backlog=100), Wire()
    caught: list[int] = []

    def catch_up(since: int) -> bytes:
        caught.append(since)
        return b"newest"

    pump = asyncio.create_task(subscriber.pump(wire.send, catch_up))
    for revision in range(1, 51):
        subscriber.push(b"%40d" % revision, revision - 1)
    assert subscriber.skipped_from == 2
    wire.open.set()
    await until(lambda: wire.sent and wire.sent[-1] == b"newest")
    assert [int(frame) for frame in wire.sent[:-1]] == [1, 2]
    assert caught == [2]
    subscriber.push(b"after", 50)
    await until(lambda: wire.sent[-1] == b"after")
    subscriber.close(1012, "end")
    with pytest.raises(Refused, match="end"):
        await pump


async def test_w6_a_reader_without_progress_is_dropped_and_may_come_back() -> None:
    subscriber, wire = Subscriber(VISITOR, stalled=0.02), Wire()
    subscriber.push(b"never read", 0)
    with pytest.raises(Refused) as dropped:
        await subscriber.pump(wire.send, lambda since: b"")
    assert dropped.value.code == SLOW


async def test_w6_a_skipped_reader_costs_no_more_than_its_backlog() -> None:
    subscriber = Subscriber(VISITOR, backlog=1000)
    for revision in range(10_000):
        subscriber.push(b"x" * 100, revision)
    assert subscriber._bytes <= 1000
    assert len(subscriber._queue) <= 10


async def test_one_frame_larger_than_the_backlog_still_passes() -> None:
    subscriber, wire = Subscriber(VISITOR, backlog=10), Wire()
    wire.open.set()
    subscriber.push(b"x" * 1000, 0)
    pump = asyncio.create_task(subscriber.pump(wire.send, lambda since: b""))
    await until(lambda: wire.sent)
    pump.cancel()
