"""The clock: runs what is due at night once in all processes, and looks after what is planned for a minute.

A job is taken in a transaction, so that one process has it. That process lets the database see that it lives; if it
falls silent, another takes over. Silence is measured by each process's own monotonic clock: clocks that jump or differ
make nothing run twice or never (ABUSE 43).
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from secrets import token_hex

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import Unavailable
from wall.live.ending import ended
from wall.model.job import MOST_AHEAD, Job
from wall.model.types import now
from wall.store import jobs
from wall.store.database import Database

LOOK = 5.0  # seconds between two looks, give or take a fifth
BEAT = 10.0
SILENCE = 60.0
AGAIN = timedelta(minutes=15)  # after a run that failed
SPREAD = 600  # seconds by which nights differ, so that not every installation writes its mails at once
log = structlog.get_logger(__name__)
Watch = Callable[[datetime], Awaitable[object]]


class Clock:
    """Runs `duties`; calls `watches` at every look, in every process: these make sure themselves that it is once."""

    def __init__(
        self,
        database: Database,
        duties: Sequence[Job],
        watches: Sequence[Watch] = (),
        *,
        time: Callable[[], datetime] = now,
        look: float = LOOK,
        beat: float = BEAT,
        silence: float = SILENCE,
    ) -> None:
        self.database, self.duties, self.watches = database, duties, watches
        self._time, self._look, self._beat, self._silence = time, look, beat, silence
        self._me = token_hex(4)
        self._seen: dict[str, tuple[jobs.Standing, float]] = {}

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Clock"]:
        """Look until the block ends; a job under way is given back then, for another process or the next start."""
        tasks = [asyncio.create_task(self._every(step)) for step in (self.watch, self.look)]
        try:
            yield self
        finally:
            await ended(*tasks)

    async def _every(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(self._look * random.uniform(0.8, 1.2))  # noqa: S311 - nothing secret
            await step()

    async def watch(self) -> None:
        """See what is planned for this minute; a long job does not make it wait."""
        for watch in self.watches:
            with _logged("watch"):
                await watch(self._time())

    async def look(self) -> None:
        """Run the jobs that are due now, one after the other; what goes wrong with one stops no other."""
        with _logged("look"):
            async with self.database.read() as connection:
                standing = await jobs.standing(connection)
            for job in self.duties:
                with _logged(job.name):
                    await self._consider(job, standing.get(job.name))

    async def _consider(self, job: Job, standing: jobs.Standing | None) -> None:
        moment = self._time()
        if standing is None:
            await self.database.write(lambda connection: self._plan(connection, job, None))
        elif standing.holder and not self._fell_silent(standing):
            return
        elif standing.due_at <= moment:
            if await self.database.write(lambda connection: jobs.take(connection, standing, self._me)):
                await self._do(job, standing)
        elif standing.due_at > moment + MOST_AHEAD:  # planned while the clock stood in the future
            await self.database.write(lambda connection: self._plan(connection, job, standing))

    def _fell_silent(self, standing: jobs.Standing) -> bool:
        here = asyncio.get_running_loop().time()
        seen, since = self._seen.get(standing.name, (None, here))
        if seen != standing:
            self._seen[standing.name] = standing, here
            return False
        return here - since >= self._silence

    async def _plan(self, connection: AsyncConnection, job: Job, seen: jobs.Standing | None) -> None:
        await jobs.alone(connection)
        if (await jobs.standing(connection)).get(job.name) == seen:  # nobody was faster
            await jobs.plan(connection, job.name, self._next(job, self._time()))

    @staticmethod
    def _next(job: Job, after: datetime) -> datetime:
        return job.next(after) + timedelta(seconds=random.randrange(SPREAD))  # noqa: S311 - nothing secret

    async def _do(self, job: Job, standing: jobs.Standing) -> None:
        """Run a job that is ours, and say when it is due again."""
        run = asyncio.ensure_future(job.run(self._time()))
        beats = asyncio.create_task(self._live(job, run))
        known: dict[str, datetime] = {}
        try:
            await asyncio.wait((run,))
            moment = self._time()
            # a clock that was put back meanwhile must not bring the same night twice
            due = self._next(job, max(moment, standing.due_at))
            if run.cancelled():
                log.warning("clock.taken_over", job=job.name)
            elif (error := run.exception()) is not None:
                log.error("clock.job_failed", job=job.name, exc_info=error)
                known = {"due_at": min(due, moment + AGAIN)}
            else:
                log.info("clock.job_done", job=job.name, late=str(moment - standing.due_at))
                known = {"due_at": due, "ran_at": moment}
        finally:
            beats.cancel()
            run.cancel()
            await asyncio.gather(beats, run, return_exceptions=True)
            await self.database.write(lambda connection: jobs.give_back(connection, job.name, self._me, **known))

    async def _live(self, job: Job, run: "asyncio.Future[object]") -> None:
        """Beat; where somebody else has the job by now, stop ours."""
        while True:
            await asyncio.sleep(self._beat)
            with contextlib.suppress(Unavailable):
                if not await self.database.write(lambda connection: jobs.beat(connection, job.name, self._me)):
                    run.cancel()
                    return


class _logged:
    """What goes wrong is logged and goes no further."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Unavailable):
            log.warning("clock.database_away", what=self._what, error=str(error))
        elif isinstance(error, Exception):
            log.error("clock.failed", what=self._what, exc_info=error)
        return isinstance(error, Exception)
