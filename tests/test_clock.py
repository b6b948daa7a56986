"""The clock: what is due at night runs once in all processes, whatever happens to processes and clocks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from tests.makers import make_wall, until, words
from wall.actions import nightly
from wall.actions.ledger import Ledger
from wall.actions.pin import pin
from wall.live.clock import Clock
from wall.model.change import snapshots as snapshot_table
from wall.model.job import Job
from wall.model.roles import GUEST
from wall.model.wall import Wall
from wall.store import boards, jobs, snapshots
from wall.store.database import Database

EVENING = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)  # 22 o'clock in Leipzig
NIGHT = datetime(2026, 6, 2, 2, 0, tzinfo=UTC)  # four o'clock: what is due at half past three is over
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Town:
    """Several processes on one database, whose clocks a test turns."""

    def __init__(self, url: str) -> None:
        self.url, self.moment, self.ran = url, EVENING, list[datetime]()
        self.databases: list[Database] = []
        self.work: Callable[[], Awaitable[Any]] = lambda: asyncio.sleep(0)

    async def run(self, moment: datetime) -> None:
        self.ran.append(moment)
        await self.work()

    def process(self, *more: Job, **how: Any) -> Clock:
        self.databases.append(Database(self.url))
        night = Job("night", time(3, 30), self.run)
        return Clock(self.databases[-1], [*more, night], time=lambda: self.moment, **how)


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Town]:
    town = Town(database_url)
    yield town
    for database in town.databases:
        await database.close()


async def everybody(*clocks: Clock, times: int = 3) -> None:
    """All processes look at once, several times."""
    for _ in range(times):
        await asyncio.gather(*(clock.look() for clock in clocks))


async def test_what_is_due_runs_once_in_all_processes_night_after_night(town: Town) -> None:
    processes = [town.process(), town.process()]
    await everybody(*processes)
    assert town.ran == []
    for night in range(3):
        town.moment = NIGHT + night * DAY
        await everybody(*processes)
        assert len(town.ran) == night + 1


async def test_what_was_missed_is_caught_up_with_once(town: Town) -> None:
    await everybody(town.process())
    town.moment = NIGHT + 5 * DAY + 6 * HOUR
    await everybody(town.process(), town.process())
    assert len(town.ran) == 1
    town.moment = NIGHT + 6 * DAY
    await everybody(town.process())
    assert len(town.ran) == 2


@pytest.mark.parametrize("seen_at", [NIGHT - HOUR, NIGHT + 5 * timedelta(minutes=1)])
async def test_a_clock_that_jumps_back_an_hour_lets_nothing_run_twice_or_never(town: Town, seen_at: datetime) -> None:
    """ABUSE 43: put back right before and right after the job ran"""
    processes = [town.process(), town.process()]
    await everybody(*processes)
    for moment in (seen_at, seen_at - HOUR, seen_at - HOUR / 2, seen_at, NIGHT + HOUR):
        town.moment = moment
        await everybody(*processes)
    assert len(town.ran) == 1
    town.moment = NIGHT + DAY
    await everybody(*processes)
    assert len(town.ran) == 2


async def test_a_clock_that_is_put_back_while_the_job_runs_brings_the_same_night_only_once(town: Town) -> None:
    """ABUSE 43"""

    async def put_back() -> None:
        town.moment = NIGHT - HOUR

    await everybody(town.process())
    town.moment, town.work = NIGHT, put_back
    await everybody(town.process())
    town.moment = NIGHT + HOUR
    await everybody(town.process())
    assert len(town.ran) == 1


async def test_what_was_planned_while_the_clock_stood_in_the_future_does_not_wait_for_it(town: Town) -> None:
    """ABUSE 43"""
    town.moment = NIGHT + 400 * DAY
    await everybody(town.process())
    town.moment = EVENING
    await everybody(town.process())
    town.moment = NIGHT
    await everybody(town.process())
    assert len(town.ran) == 1


async def test_a_job_that_fails_is_told_tried_again_and_stops_no_other(town: Town) -> None:
    async def fails(moment: datetime) -> None:
        town.ran.append(moment)
        raise RuntimeError("probe")

    async def nothing(moment: datetime) -> None:
        raise RuntimeError("watch")

    town.work = lambda: asyncio.sleep(0)
    clock = town.process(Job("broken", time(3, 0), fails))
    clock.watches = [nothing]
    await everybody(clock)
    town.moment = NIGHT
    with capture_logs() as logs:
        await clock.watch()
        await everybody(clock)
    assert len(town.ran) == 2
    assert [entry["job"] for entry in logs if entry["event"] == "clock.job_failed"] == ["broken"]
    assert [entry["what"] for entry in logs if entry["event"] == "clock.failed"] == ["watch"]
    town.moment = NIGHT + timedelta(minutes=16)
    await everybody(clock)
    assert len(town.ran) == 3


async def test_a_long_job_is_not_taken_by_another_process_while_its_own_lives(town: Town) -> None:
    done = asyncio.Event()
    town.work = done.wait
    first, second = (town.process(beat=0.01, silence=0.1) for _ in range(2))
    await everybody(first)
    town.moment = NIGHT
    running = asyncio.create_task(first.look())
    await until(lambda: town.ran)
    start = asyncio.get_running_loop().time()
    await until(lambda: _looked(second, start + 0.3))
    assert len(town.ran) == 1
    done.set()
    await running
    await everybody(second)
    assert len(town.ran) == 1


async def _looked(clock: Clock, until_then: float) -> bool:
    """Looks again and again; True once that time has passed."""
    await clock.look()
    return asyncio.get_running_loop().time() > until_then


async def test_a_job_of_a_process_that_died_is_taken_over_by_another(town: Town) -> None:
    first, second = town.process(), town.process(silence=0.05)
    await everybody(first)
    town.moment = NIGHT
    async with first.database.read() as connection:
        seen = (await jobs.standing(connection))["night"]
    assert await first.database.write(lambda connection: jobs.take(connection, seen, "somebody who dies"))
    await second.look()
    assert town.ran == []
    await until(lambda: _ran(second, town))
    await everybody(first, second)
    assert len(town.ran) == 1


async def _ran(clock: Clock, town: Town) -> bool:
    await clock.look()
    return bool(town.ran)


async def test_a_process_that_stops_gives_its_job_back_at_once(town: Town) -> None:
    never = asyncio.Event()
    town.work = never.wait
    first, second = town.process(look=0.001), town.process()
    await everybody(first)
    town.moment = NIGHT
    async with first.running():
        await until(lambda: town.ran)
    town.work = lambda: asyncio.sleep(0)
    await second.look()
    assert len(town.ran) == 2
    await everybody(first, second)
    assert len(town.ran) == 2


def test_a_night_is_the_night_of_the_clock_on_the_wall() -> None:
    async def nothing(moment: datetime) -> None: ...

    job = Job("night", time(3, 30), nothing)
    summer, winter = datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert job.next(summer) == datetime(2026, 7, 2, 1, 30, tzinfo=UTC)
    assert job.next(winter) == datetime(2026, 12, 2, 2, 30, tzinfo=UTC)
    changing = datetime(2026, 10, 25, 0, tzinfo=UTC)  # the night in which two to three comes twice
    assert job.next(changing) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)


async def test_at_night_a_state_is_kept_of_every_wall_that_changed(ledger: Ledger, wall: Wall) -> None:
    await make_wall(ledger.database, "zweite")
    assert await nightly.keep_snapshots(ledger) == 2
    assert await nightly.keep_snapshots(ledger) == 0
    await pin(ledger, wall, words(), "key-00000001", GUEST)
    assert await nightly.keep_snapshots(ledger) == 1
    async with ledger.database.read() as connection:
        kept = await snapshots.kept(connection, wall.key)
    assert [snapshot.revision for snapshot in kept] == [1, 0]


async def test_kept_states_lie_further_apart_the_older_they_are(database: Database, ledger: Ledger, wall: Wall) -> None:
    """All of a week, one a day for sixty days, one a month for ever; named ones and an epoch's first always."""
    moment = datetime(2026, 11, 25, 3, 10, tzinfo=UTC)
    async with database.read() as connection:
        board = await boards.load_board(connection, wall.key)

    async def kept(days: float, name: str = "", epoch: str = "a") -> int:
        async def job(connection: AsyncConnection) -> int:
            number = await snapshots.keep(connection, board, name)
            row = update(snapshot_table).where(snapshot_table.c.id == number)
            await connection.execute(row.values(at=moment - timedelta(days=days), epoch=epoch))
            return number

        return await database.write(job)

    stays, goes = [await kept(400)], []  # the first of the epoch
    goes += [await kept(399)]
    stays += [await kept(398, name="Vor der Sommerpause"), await kept(397.5)]  # the last of October 2025
    goes += [await kept(100.2)]
    stays += [await kept(100)]
    goes += [await kept(30.1)]
    stays += [await kept(30), await kept(29)]
    stays += [await kept(20, epoch="b"), await kept(19.9, epoch="b")]
    stays += [await kept(6.9), await kept(6.8), await kept(0.1)]
    assert await nightly.thin_snapshots(ledger, moment) == len(goes)
    assert await nightly.thin_snapshots(ledger, moment) == 0
    async with database.read() as connection:
        assert {snapshot.id for snapshot in await snapshots.kept(connection, wall.key)} == set(stays)
