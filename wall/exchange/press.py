"""The press: has documents laid out in a process of their own, one at a time, and keeps them for who waits for them."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import orjson
import structlog

from wall.apart import worked
from wall.errors import Unavailable
from wall.exchange.benches import Benches
from wall.exchange.pdf import Document

WAITING = 6  # documents that may wait for their turn
PATIENCE = 300.0  # seconds for one document, beside which everything else goes first
KEPT = 24 * 2**20  # bytes of finished documents; the last one stays, however large
log = structlog.get_logger(__name__)
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A document that is being made or is there: the cards in it with their revisions, its tag, its bytes to come."""

    cards: frozenset[tuple[str, int]]
    etag: str
    made: asyncio.Task[bytes]


class Press:
    """Has documents laid out."""

    def __init__(self) -> None:
        self._benches = Benches(1, WAITING)
        self._jobs: OrderedDict[Key, Job] = OrderedDict()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Press"]:
        """What was begun goes on until the block ends."""
        try:
            yield self
        finally:
            for job in self._jobs.values():
                job.made.cancel()
            await asyncio.gather(*(job.made for job in self._jobs.values()), return_exceptions=True)

    async def print(self, compose: Callable[[], Document]) -> bytes:
        """A document as PDF/UA-1; it is composed in a thread.

        Raises:
            Unavailable: too many wait already, or it took too long.
        """
        async with self._benches.one():
            document = await asyncio.to_thread(compose)
            moment = document.moment.isoformat(timespec="seconds")
            order = orjson.dumps({"layout": document.layout, "data": document.data, "moment": moment})
            code, pdf = await worked("wall.exchange.typesetter", order, PATIENCE)
        if code or not pdf.startswith(b"%PDF-"):
            log.error("document.failed", layout=document.layout, code=code)
            raise Unavailable(f"the layout ended with {code}")
        return pdf

    def begin(self, key: Key, compose: Callable[[], Document], cards: frozenset[tuple[str, int]], etag: str) -> None:
        """Have a document made that somebody comes back for."""
        job = Job(cards, etag, asyncio.create_task(self.print(compose)))
        self._jobs[key] = job
        job.made.add_done_callback(lambda _: self._tidy())

    def job(self, key: Key) -> Job | None:
        """What was begun under this key; one that failed is given out once."""
        job = self._jobs.get(key)
        if job is not None and _failed(job):
            del self._jobs[key]
        return job

    def ahead(self, key: Key) -> int:
        """How many others are made before this one."""
        waiting = [other for other, job in self._jobs.items() if not job.made.done()]
        return waiting.index(key) if key in waiting else 0

    def _tidy(self) -> None:
        """Let go of the oldest finished documents."""
        finished = [key for key, job in self._jobs.items() if job.made.done() and not _failed(job)]
        while len(finished) > 1 and sum(len(self._jobs[key].made.result()) for key in finished) > KEPT:
            del self._jobs[finished.pop(0)]


def _failed(job: Job) -> bool:
    return job.made.done() and (job.made.cancelled() or job.made.exception() is not None)
