"""Who joins, opens, repairs or keeps a snapshot may be held up wherever it waits: 500 cards meanwhile, each once."""

import asyncio
import json
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.fuzz.network import Network, Relay
from tests.fuzz.simulation import Disk, simulate
from tests.makers import SECRET, make_wall, words
from wall.actions.ledger import Ledger
from wall.actions.pin import pin_all
from wall.actions.restore import restore
from wall.live.envelope import Envelope
from wall.live.frames import Frames
from wall.live.hub import Hub
from wall.live.room import Room
from wall.live.subscriber import Subscriber
from wall.model.audience import Audience
from wall.model.board import Board
from wall.model.change import snapshots as rows
from wall.model.roles import SYSTEM
from wall.store import boards, journal, snapshots
from wall.store.database import Database

WRITES, SOME, AT_ONCE = 500, 50, 25
BEFORE = 12  # cards on the wall when the story begins
SINCE = 5  # what a page has that comes back
JSON = Audience("visitor", "de", "json")
Meanwhile = Callable[[int], Awaitable[None]]


class Held:
    """Awaits a job and holds it up wherever it waits: `meanwhile(n)` runs at the n-th place before it goes on."""

    def __init__(self, job: Coroutine[Any, Any, Any], meanwhile: Meanwhile) -> None:
        self._job, self._meanwhile = job, meanwhile
        self.places = 0

    def __await__(self) -> Generator[Any, None, Any]:
        steps = self._job.__await__()
        while True:
            try:
                waits_for = next(steps)
            except StopIteration as end:
                return end.value
            self.places += 1
            yield from self._meanwhile(self.places).__await__()
            if waits_for is None or not waits_for.done():
                yield waits_for


class Scene:
    """A wall with some cards, a process that serves it, and another that writes without a word."""

    def __init__(self, url: str) -> None:
        network = Network(random.Random(1))
        network.cut = True
        self.database, self._other = Database(url), Database(url)
        self.hub = Hub(self.database, Relay(network), Frames(lambda *_: ""), Envelope((SECRET,)))
        self.ledger = Ledger(self.database, self.hub.publish, snapshot_every=100)
        self.silent = Ledger(self._other, lambda changes: None, snapshot_every=100)
        self.seat = Subscriber(JSON, backlog=10**9)
        self.written = 0
        self.rooms: list[Room] = []

    async def open(self) -> Room:
        self.wall = await make_wall(self._other, moderation="after")
        await self.write(BEFORE, told=0)
        self.kept = await self._other.write(self._keep)
        self.rooms.append(await self.hub.room_of(self.wall.key))
        return self.rooms[0]

    async def _keep(self, connection: Any) -> int:
        return await snapshots.keep(connection, await boards.load_board(connection, self.wall.key))

    async def write(self, count: int, told: float = 0.5) -> None:
        """Pin so many cards: a part is told to the hub, some at a time; of the rest it hears nothing."""
        numbers = range(self.written, self.written + count)
        self.written += count
        some = numbers[: int(count * told)]
        jobs = [self._pin(self.ledger, some[n : n + AT_ONCE]) for n in range(0, len(some), AT_ONCE)]
        await asyncio.gather(*jobs, self._pin(self.silent, numbers[len(some) :]))

    async def _pin(self, ledger: Ledger, numbers: range) -> None:
        await pin_all(ledger, self.wall, [words(f"Netz {n}") for n in numbers], SYSTEM)

    async def stored(self) -> Board:
        async with self.database.read() as connection:
            return await boards.load_board(connection, self.wall.key)

    async def agrees(self, room: Room, since: int) -> None:
        """Once the hub has looked into the database: the room has the wall, and its socket was told of it in order."""
        await self.hub.compare()
        await room.repair.done()
        room.flush()
        truth = await self.stored()
        assert room.board.digest() == truth.digest()
        assert len(truth.cards) == self.written
        seen, names = since, []
        for frame in map(json.loads, self.seat._queue):
            if frame["type"] == "reset":
                seen, names = frame["revision"], []
            elif frame["type"] == "change":
                assert frame["revision"] == seen + 1, "nothing left out, nothing told twice"
                seen += 1
                names += [card["name"] for card in frame["cards"]]
        assert seen == truth.revision
        assert len(names) == len(set(names)), "no card twice"

    async def close(self) -> None:
        for room in self.rooms:
            await room.repair.done()
        await self.database.close()
        await self._other.close()


async def join_from_the_journal(scene: Scene, room: Room, meanwhile: Meanwhile) -> int:
    """The room remembers nothing of what the page lacks."""
    held = Held(room.join(scene.seat, SINCE, room.board.epoch), meanwhile)
    await held
    await scene.agrees(room, SINCE)
    return held.places


async def join_from_ahead(scene: Scene, room: Room, meanwhile: Meanwhile) -> int:
    """The page comes from a process that has more than this one."""
    await scene.write(3, told=0)
    held = Held(room.join(scene.seat, BEFORE + 3, room.board.epoch), meanwhile)
    await held
    await scene.agrees(room, BEFORE + 3)
    return held.places


async def repair(scene: Scene, room: Room, meanwhile: Meanwhile) -> int:
    """A gap was noticed; a socket looks on."""
    await room.join(scene.seat, BEFORE, room.board.epoch)
    await scene.write(3, told=0)
    held = Held(room._fetch(), meanwhile)
    await held
    await scene.agrees(room, BEFORE)
    return held.places


async def load_anew(scene: Scene, room: Room, meanwhile: Meanwhile) -> int:
    """The wall was restored without a word, and is once more, aloud, while the room loads it."""
    await room.join(scene.seat, BEFORE, room.board.epoch)
    await restore(scene.silent, scene.wall, scene.kept, SYSTEM)

    async def restored_again(place: int) -> None:
        before = scene.written
        await meanwhile(place)
        if scene.written > before:
            await restore(scene.ledger, scene.wall, scene.kept, SYSTEM)
            for _ in range(100):  # as long as the room takes to look by itself
                await asyncio.sleep(0)

    held = Held(room._fetch(), restored_again)
    await held
    await room.repair.done()
    told = [json.loads(frame)["epoch"] for frame in scene.seat._queue if b'"reset"' in frame]
    left = [epoch for epoch, after in pairwise(told) if after != epoch]
    assert told[-1] not in left
    assert len(left) == len(set(left)), "an epoch that was left never comes back"
    await scene.agrees(room, BEFORE)
    return held.places


async def open_a_room(scene: Scene, _: Room, meanwhile: Meanwhile) -> int:
    """What is written while the board is being loaded finds no room to be told to."""
    other = Hub(scene.database, Relay(Network(random.Random(1))), Frames(lambda *_: ""), Envelope((SECRET,)))
    scene.ledger = Ledger(scene.database, other.publish)
    held = Held(other._open(scene.wall.key), meanwhile)
    room = await held
    scene.rooms.append(room)
    await room.repair.done()
    assert room.board.digest() == (await scene.stored()).digest()
    return held.places


WAYS = [join_from_the_journal, join_from_ahead, repair, load_anew, open_a_room]
Way = Callable[[Scene, Room, Meanwhile], Awaitable[int]]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_lost_or_told_twice_when_500_cards_come_at_any_one_place(
    way: Way, migrated: Path, tmp_path: Path
) -> None:
    async def story(disk: Disk, file: Path, at: int) -> int:
        disk.slow, disk.eager = 0.0, False
        scene = Scene(f"sqlite:///{file}")
        room = await scene.open()

        async def meanwhile(place: int) -> None:
            if place == at:
                await scene.write(WRITES)

        places = await way(scene, room, meanwhile)
        await scene.close()
        return places

    at, places = 0, 1
    while at < places:
        at += 1
        file = Path(shutil.copy(migrated, tmp_path / f"{at}.db"))
        places = simulate(f"{way.__name__} {at}", lambda disk, file=file, at=at: story(disk, file, at))
    assert places > 5, "it was held up wherever it asked the database"


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    scene = Scene(database_url)
    yield scene
    await scene.close()


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_lost_or_told_twice_when_500_cards_come_wherever_a_real_database_is_waited_for(
    way: Way, scene: Scene
) -> None:
    room = await scene.open()

    async def meanwhile(place: int) -> None:
        await scene.write(min(SOME, BEFORE + WRITES - scene.written))

    await way(scene, room, meanwhile)
    await scene.write(BEFORE + WRITES - scene.written)


async def test_a_snapshot_holds_what_the_journal_says_of_its_revision_whatever_is_written_while_it_is_taken(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await scene.open()
    writing: list[asyncio.Task[None]] = []
    load, keep = boards.load_board, snapshots.keep

    async def meanwhile(place: int) -> None:
        """Who writes now waits for the wall's lock, here or in the other process."""
        if len(writing) < WRITES // SOME:
            writing.append(asyncio.create_task(scene.write(SOME)))
        await asyncio.sleep(0)

    monkeypatch.setattr(boards, "load_board", lambda *given: Held(load(*given), meanwhile))
    monkeypatch.setattr(snapshots, "keep", lambda *given, **more: Held(keep(*given, **more), meanwhile))
    await scene.write(100, told=1.0)
    while not all(task.done() for task in writing):
        await asyncio.wait(writing)
    assert scene.written == BEFORE + 100 + WRITES
    monkeypatch.undo()
    async with scene.database.read() as connection:
        kept = (await connection.execute(select(rows.c.id, rows.c.revision).order_by(rows.c.revision))).all()
        changes = await journal.changes_since(connection, scene.wall.key, 0)
        replayed, taken = Board(scene.wall), iter(changes)
        for snapshot_id, revision in kept:
            while replayed.revision < revision:
                assert replayed.apply(next(taken))
            board = await snapshots.board_of(connection, scene.wall.key, snapshot_id)
            assert board.digest() == replayed.digest()
    assert len(kept) >= 4
    await scene.hub.compare()
    await room.repair.done()
    assert room.board.digest() == (await scene.stored()).digest()
