"""The database: engines, transactions and their guarantees, alike on SQLite and PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import PoolResetState, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from wall.errors import Unavailable

T = TypeVar("T")
BUSY_MS = 4000  # how long a SQLite write waits for another process's write
READERS = 4
PAGES_KB = 512  # pages of the file that each SQLite connection keeps; the boards are in memory, the rest is seldom read
GONE = (OperationalError, InterfaceError, InternalError, PoolTimeout, sqlite3.OperationalError, OSError, TimeoutError)
WORDS = ("card", "change", "snapshot", "receipt", "contact", "proposal", "edit_link")  # what people wrote


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


class Database:
    """`read()` gives one consistent view, `write(job)` one transaction; both say Unavailable when it cannot."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        driver = {"sqlite": "sqlite+aiosqlite", "postgres": "postgresql+asyncpg", "postgresql": "postgresql+asyncpg"}
        parsed = parsed.set(drivername=driver.get(parsed.drivername, parsed.drivername))
        self.sqlite = parsed.drivername.startswith("sqlite")
        self._one_writer = asyncio.Lock()
        if self.sqlite:
            assert parsed.database, "a SQLite address names a file"
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._sqlite(parsed.render_as_string(False), "BEGIN IMMEDIATE", pool_size=1)
            self._reader = self._sqlite(parsed.render_as_string(False), "BEGIN", pool_size=READERS)
        else:
            self._writer = self._reader = create_async_engine(
                parsed,
                pool_size=8,
                max_overflow=8,
                pool_pre_ping=False,
                pool_timeout=5,
                hide_parameters=True,  # an error in the log names the statement, never what somebody wrote
                json_serializer=_dumps,
                json_deserializer=orjson.loads,
                connect_args={"timeout": 5, "command_timeout": 15},
            )

    @staticmethod
    def _sqlite(url: str, begin: str, pool_size: int) -> AsyncEngine:
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_reset_on_return=None,  # every transaction here ends by itself, but for what `end` is there for
            hide_parameters=True,  # an error in the log names the statement, never what somebody wrote
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
            connect_args={"timeout": BUSY_MS / 1000},
        )

        @event.listens_for(engine.sync_engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # the driver must not begin or commit by itself
            cursor = connection.cursor()
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "secure_delete=ON",
                f"busy_timeout={BUSY_MS}",
                f"cache_size=-{PAGES_KB}",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine.sync_engine, "reset")
        def end(connection: Any, _record: Any, state: PoolResetState) -> None:
            if state.asyncio_safe and connection.driver_connection.in_transaction:  # a commit failed half-way
                connection.rollback()

        @event.listens_for(engine.sync_engine, "begin")
        def start(connection: Any) -> None:
            connection.exec_driver_sql(begin)

        return engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One transaction in which several statements see the same state.

        Raises:
            Unavailable: the database does not answer.
        """
        with _said_plainly():
            async with self._reader.connect() as connection:
                if not self.sqlite:
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                async with connection.begin():
                    yield connection

    async def write(self, job: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `job` in one transaction; when this returns, what it wrote is on disk.

        Raises:
            Unavailable: nothing was stored, or (connection lost during commit) it cannot be told; repeat with the
                same idempotency key.
        """
        with _said_plainly():
            if not self.sqlite:
                async with self._writer.begin() as connection:
                    return await job(connection)
            # SQLite has one writer at a time: waiting here is fair and free, waiting in SQLite is neither.
            async with self._one_writer, self._writer.begin() as connection:
                return await job(connection)

    async def migrate(self, steps: Callable[[Any], None]) -> None:
        """Run the migrations on a connection that only one process holds at a time.

        In SQLite a table that others refer to is changed by making it anew; so nobody holds their rows to it meanwhile.
        """
        with _said_plainly():
            async with self._writer.connect() as connection:
                await self._referring(connection, "OFF")
                try:
                    async with connection.begin():
                        if not self.sqlite:
                            await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(6840311)")
                        await connection.run_sync(steps)
                finally:
                    await self._referring(connection, "ON")

    async def _referring(self, connection: AsyncConnection, held: str) -> None:
        """Switch foreign keys of a SQLite connection; within a transaction that would do nothing."""
        if self.sqlite:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None, "a connected engine has a driver's connection"
            await driver.execute(f"PRAGMA foreign_keys={held}")

    async def scrub(self, *, thoroughly: bool = False) -> bool:
        """Drop what deleted and altered rows left behind.

        SQLite overwrites them with zeros at once; here its write-ahead log goes into the file and is cut to nothing.
        PostgreSQL gives their room free, but their bytes lie there until something else comes to lie there.
        `thoroughly` has either write the tables anew; PostgreSQL lets nobody else at a table meanwhile.

        Returns whether it could be done now; a long reader may stand in the way.
        """
        with _said_plainly():
            if self.sqlite:
                async with self._one_writer, self._writer.connect() as connection:
                    driver = (await connection.get_raw_connection()).driver_connection
                    assert driver is not None, "a connected engine has a driver's connection"
                    if thoroughly:
                        await driver.execute("VACUUM")
                    async with driver.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                        busy, *_ = await cursor.fetchone()
                    return not busy
            async with self._writer.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                full = "FULL " if thoroughly else ""
                await connection.exec_driver_sql(f"VACUUM {full}{', '.join(WORDS)}")
            return True

    async def close(self) -> None:
        await self._writer.dispose()
        if self.sqlite:
            await self._reader.dispose()


class _said_plainly:
    """Turns what drivers raise when a database is away, locked, full or read-only into Unavailable."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        gone = isinstance(error, GONE)
        if gone or (isinstance(error, DBAPIError) and error.connection_invalidated):
            raise Unavailable(f"the database does not answer: {type(error).__name__}: {error}") from error
        # without a statement it failed while connecting, beginning or committing
        if isinstance(error, DBAPIError) and (error.statement is None or _server_closing(error)):
            raise Unavailable(f"the database does not answer: {error}") from error


def _server_closing(error: DBAPIError) -> bool:
    """PostgreSQL's classes 53 (no resources), 57 (operator intervention) and 25006 (read-only)."""
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return state[:2] in ("08", "53", "57", "58") or state == "25006"
