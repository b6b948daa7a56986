"""A job that many may ask for at once: it runs one at a time, and once more if it was asked for meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakMethod

import structlog

from wall.errors import NotFound, Unavailable

log = structlog.get_logger(__name__)


class Soon:
    """Call it to have the job done soon; with `every`, runs are at least so many seconds apart.

    The job is a method of its owner, held weakly: a circle of the two would keep a closed room in memory for long.
    """

    __slots__ = ("_again", "_every", "_job", "_name", "_task")

    def __init__(self, name: str, job: Callable[[], Awaitable[None]], every: float = 0.0) -> None:
        self._name, self._job, self._every = name, WeakMethod(job), every
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def __call__(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        else:
            self._again = True

    async def done(self) -> None:
        """Once nothing is asked any more."""
        while self._task is not None:
            await self._task

    async def _run(self) -> None:
        while (job := self._job()) is not None:
            self._again = False
            try:
                await job()
            except (Unavailable, NotFound) as error:
                log.warning(f"{self._name}_failed", error=str(error))
                self._again = False  # whoever asked is served by the next look at the database
            del job
            await asyncio.sleep(self._every)
            if not self._again:
                break
        self._task = None  # thousands of rooms hold one of these
