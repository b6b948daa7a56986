"""Time that passes by itself and SQLite without threads: what happens in which order is decided by a seed alone."""

import asyncio
import contextlib
import random
import secrets
import selectors
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, TypeVar
from unittest import mock

import aiosqlite

T = TypeVar("T")
Job = tuple[asyncio.Future[Any] | None, Callable[[], Any]]
HOPS = (1, 1, 1, 1, 2, 3, 7)  # turns of the loop after which a statement is run, and again until its answer is there
SLOW, LOCKED = 0.04, 0.002  # seconds: the longest a statement takes now and then; between two tries for a lock
SLOW_CHANCE = 0.05
ENDLESS = 500_000  # turns of the loop; a seed of 200 operations takes some 12,000
# One thread must not sleep in SQLite while it holds the lock itself, and nothing here outlives a crash.
PRAGMAS = {"PRAGMA busy_timeout": "PRAGMA busy_timeout=0", "PRAGMA synchronous": "PRAGMA synchronous=OFF"}


class Stuck(RuntimeError):
    """Everybody waits for somebody, or nobody comes to an end."""


class Clock(selectors.SelectSelector):
    """Waits for nothing: time jumps to the next thing to do."""

    now = 0.0
    turns = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.turns += 1
        if timeout is None:
            raise Stuck("everybody waits for somebody")
        if self.turns > ENDLESS:
            self.turns = 0
            raise Stuck(f"{ENDLESS} turns, and no end at {self.now:.3f} s")
        self.now += max(timeout, 0.0)
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own."""

    def __init__(self) -> None:
        self.clock = Clock()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


class Disk:
    """Runs the statements of all connections, one after another, in an order of its own; fails now and then."""

    def __init__(self, chance: random.Random) -> None:
        self.trouble = 0.0  # how likely a statement is to fail
        self.slow = SLOW_CHANCE
        self.eager = True  # whether cursors, and rows that are there already, are handed over without a wait
        self._chance = chance
        self._connections: list[aiosqlite.Connection] = []

    def connect(self, database: str, **options: Any) -> aiosqlite.Connection:
        """As `aiosqlite.connect`, with this in place of the connection's thread and of the queue to it."""
        connection = aiosqlite.Connection(lambda: sqlite3.connect(database, **options | {"timeout": 0}), 64)
        connection._thread = connection._tx = _Thread(self)
        self._connections.append(connection)
        return connection

    def close(self) -> None:
        """End the connections that were in use when their process ended."""
        for connection in self._connections:
            if connection._connection is not None:
                connection._connection.close()
                connection._connection = None

    def take(self, job: Job) -> None:
        future, function = job
        called = getattr(getattr(function, "func", None), "__name__", "")
        if called in ("execute", "executemany", "commit", "rollback"):
            function = _gentle(function)
            if self._chance.random() < self.slow:
                asyncio.get_running_loop().call_later(self._chance.uniform(0, SLOW), self._run, future, function)
            else:
                self._later(self._run, future, function)
        elif not self.eager:
            self._later(self._run, future, function)
        else:
            self._answer(future, *_tried(function))

    def _run(self, future: asyncio.Future[Any] | None, function: partial[Any]) -> None:
        if self._chance.random() < self.trouble and function.func.__name__ != "rollback":
            self._answer(future, None, sqlite3.OperationalError("disk I/O error"))
            return
        result, error = _tried(function)
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            asyncio.get_running_loop().call_later(LOCKED, self._run, future, function)
        else:
            self._later(self._answer, future, result, error)

    def _later(self, step: Callable[..., None], *arguments: Any, hops: int | None = None) -> None:
        hops = self._chance.choice(HOPS) if hops is None else hops
        loop = asyncio.get_running_loop()
        if hops > 1:
            loop.call_soon(lambda: self._later(step, *arguments, hops=hops - 1))
        else:
            loop.call_soon(step, *arguments)

    @staticmethod
    def _answer(future: asyncio.Future[Any] | None, result: Any, error: BaseException | None) -> None:
        if future is None or future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)


class _Thread:
    """Does at once what a connection's thread would do in a moment."""

    daemon = True

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def start(self) -> None: ...
    def put_nowait(self, job: Job) -> None:
        self._disk.take(job)


def _gentle(function: Any) -> Any:
    statement = function.args[0] if function.args else ""
    for pragma, gentle in PRAGMAS.items():
        if isinstance(statement, str) and statement.startswith(pragma):
            return type(function)(function.func, gentle, *function.args[1:])
    return function


def _tried(function: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return function(), None
    except Exception as error:
        return None, error


@contextlib.contextmanager
def _patched(disk: Disk, chance: random.Random) -> Iterator[None]:
    """Databases made meanwhile are on this disk, and what is random is repeatable."""
    with (
        mock.patch.object(aiosqlite, "connect", disk.connect),
        mock.patch.object(secrets, "token_bytes", lambda length=None: chance.randbytes(length or 32)),
    ):
        yield


def simulate(seed: str, job: Callable[[Disk], Coroutine[Any, Any, T]]) -> T:
    """Run a job to its end in a loop, on a disk and with chances of its own."""
    disk = Disk(random.Random(f"disk {seed}"))
    with (
        _patched(disk, random.Random(f"tokens {seed}")),
        contextlib.closing(disk),
        asyncio.Runner(loop_factory=Loop) as runner,
    ):
        return runner.run(job(disk))
