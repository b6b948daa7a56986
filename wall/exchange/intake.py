"""Has files read and tried on a wall: one at a time each, in processes of their own; a long one goes on by itself."""

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import asdict
from typing import Any

import orjson
import structlog

from wall.apart import worked
from wall.errors import Complaint, Invalid
from wall.exchange.benches import Benches
from wall.exchange.plan import Choices
from wall.find.same import LIVE
from wall.model.board import Board

WAITING = 6  # files that may wait for their turn
PATIENCE, LONG = 90.0, 1800.0  # seconds for reading a file, and for trying it
log = structlog.get_logger(__name__)


class Intake:
    """Reads files and tries what is in them."""

    def __init__(self) -> None:
        self._reading, self._trying = Benches(1, WAITING), Benches(1, WAITING)
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Intake"]:
        """Let what goes on by itself go on until the block ends."""
        try:
            yield self
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on by itself, which tells its own failures."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("intake.work_failed", error=repr(error))  # it stands as broken off as soon as it is silent

    async def read(self, content: bytes) -> tuple[dict[str, Any], bytes]:
        """The head of the table in a file, and the table, packed.

        Raises:
            Invalid: it is of no format we know, damaged, or larger than we take.
            Unavailable: too many wait already.
        """
        async with self._reading.one():
            return _split(*await worked("wall.exchange.reader", content, PATIENCE))

    async def try_on(
        self, board: Board, packed: bytes, choices: Choices, come: Callable[[int], None]
    ) -> tuple[dict[str, Any], bytes]:
        """A summary of what bringing in a table would do, and the plan, packed.

        Raises:
            Invalid: the wall cannot hold what it would have to learn; or it took too long.
            Unavailable: too many wait already.
        """
        fields = ("id", "name", "website", "members", "status")
        cards = [{f: getattr(card, f) for f in fields} for card in board.cards.values() if card.status in LIVE]
        order = {"wall": board.wall.model_dump(mode="json"), "cards": cards, "choices": asdict(choices)}
        async with self._trying.one():
            said = orjson.dumps(order) + b"\n" + packed
            return _split(*await worked("wall.exchange.trial", said, LONG, come))


def unpacked(plan: bytes) -> dict[str, Any]:
    """The plan that came of trying a table."""
    found: dict[str, Any] = orjson.loads(zlib.decompress(plan))
    return found


def _split(code: int, said: bytes) -> tuple[dict[str, Any], bytes]:
    """What a process said: a line, and the rest."""
    head, _, rest = said.partition(b"\n")
    try:
        about: dict[str, Any] = orjson.loads(head)
    except orjson.JSONDecodeError:
        about = {}
    if "refused" in about:
        raise Invalid([Complaint(*complaint) for complaint in about["refused"]])
    if code or not about or not rest:
        log.warning("intake.process_died", code=code)
        raise Invalid([Complaint("file", "not_a_file")])
    return about, rest
