"""The one way a wall changes: lock it, decide, append to the journal, write the rows, commit, then tell.

Writes that wait at once share a transaction (group commit): one wait for the disk serves them all. Each is decided for
itself, and one that is refused leaves no trace in it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.actions.page import Entry, Page
from wall.errors import Conflict, Unavailable, WallError
from wall.model.card import Card
from wall.model.change import Change
from wall.model.flags import Watch, default_watch
from wall.model.roles import Actor
from wall.store import boards, receipts
from wall.store.database import Database
from wall.store.images import Images

T = TypeVar("T")
log = structlog.get_logger(__name__)
Tell = Callable[[list[Change]], None]
MOST = 64  # writes in one transaction: more would make the first of them wait for the last


@dataclass(slots=True, eq=False)
class Request:
    """A write that waits for its transaction; with a `key` its decision needs nothing but the page."""

    wall_id: int
    actor: Actor
    decide: Callable[[Entry], Awaitable[Any]]
    key: str | None
    done: asyncio.Future[Any]
    changes: list[Change] = field(default_factory=list)
    outcome: Any = None
    refusal: WallError | None = None


class Ledger:
    """Writes entries. `tell` hears of the changes after their commit, never before."""

    def __init__(
        self,
        database: Database,
        tell: Tell,
        snapshot_every: int = 100,
        watch: Watch | None = None,
        images: Images | None = None,
    ) -> None:
        self.database, self._tell, self._snapshot_every = database, tell, snapshot_every
        self.watch = watch or default_watch()
        self.images = images  # for what has to be done to files where cards change: erasing, merging
        self._waiting: list[Request] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(
        self, wall_id: int, actor: Actor, decide: Callable[[Entry], Awaitable[T]], *, key: str | None = None
    ) -> T:
        """Let `decide` change the wall in a transaction and tell the world after its commit.

        With a `key` the decision may ask the entry only for that key's receipt and for the ends of sections; it is
        then decided without a question to the database of its own.

        Raises:
            WallError: whatever `decide` refuses with; nothing was stored then.
            Unavailable: the database could not take it.
        """
        request = Request(wall_id, actor, decide, key, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        outcome: T = await request.done
        return outcome

    async def _write_all(self) -> None:
        """Write what waits; what comes meanwhile waits for the next transaction."""
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._write_batch(batch)

    async def _write_batch(self, batch: list[Request]) -> None:
        try:
            await self.database.write(lambda connection: self._decide_all(connection, batch))
        except Unavailable as error:
            for request in batch:
                _settle(request, error)
        except Exception as error:
            if len(batch) == 1:
                _settle(batch[0], error)
            else:  # a mistake of ours in one of them: alone, it fails alone
                for request in batch:
                    request.changes, request.outcome, request.refusal = [], None, None
                    await self._write_batch([request])
        except BaseException as error:  # the loop is ending
            for request in batch:
                _settle(request, Unavailable(f"interrupted: {error!r}"))
            raise
        else:
            for request in batch:
                self._tell_of(request.changes)
                _settle(request, request.refusal)

    def _tell_of(self, changes: list[Change]) -> None:
        """Tell the hub. What is committed is acknowledged even if that fails: every room looks it up by itself."""
        try:
            if changes:
                self._tell(changes)
        except Exception:
            log.exception("ledger.telling_failed")

    async def _decide_all(self, connection: AsyncConnection, batch: list[Request]) -> None:
        pages: dict[int, Page] = {}
        for wall_id in sorted({request.wall_id for request in batch}):  # one order, so that no two processes deadlock
            try:
                wall = await boards.lock_wall(connection, wall_id)
            except WallError as error:
                for request in batch:
                    request.refusal = error if request.wall_id == wall_id else request.refusal
                continue
            keys = [request.key for request in batch if request.wall_id == wall_id and request.key is not None]
            pages[wall_id] = Page(connection, wall, await receipts.of_keys(connection, wall_id, keys))
        for request in batch:
            page = pages.get(request.wall_id)
            if page is not None:
                await self._decide(page, request)
        for page in pages.values():
            await page.store()
            await page.keep_snapshot(self._snapshot_every)

    @staticmethod
    async def _decide(page: Page, request: Request) -> None:
        if request.key is None:
            await page.store()  # this decision reads the database, so that has to hold what was decided before
        entry = Entry(page, request.actor)
        try:
            request.outcome = await request.decide(entry)
        except WallError as error:
            request.refusal = error
            return
        page.take(entry)
        request.changes = entry.changes
        if request.key is None:
            await page.store()


def _settle(request: Request, error: BaseException | None) -> None:
    """Give the writer its answer, unless it went away."""
    if request.done.done():
        return
    if error is None:
        request.done.set_result(request.outcome)
    else:
        request.done.set_exception(error)


def stands(card: Card, *statuses: str) -> Card:
    """The card, if it is still in one of `statuses`.

    Raises:
        Conflict: somebody else was faster; carries the status that stands now.
    """
    if card.status not in statuses:
        raise Conflict({"status": card.status})
    return card
