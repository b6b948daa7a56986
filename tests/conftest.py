"""What tests stand on: each gets a database of its own, on SQLite and on PostgreSQL, and a real server if it asks."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
import structlog

from tests.letters import Mailbox, mail_server
from tests.makers import Running, make_settings, make_wall, running
from wall.actions.ledger import Ledger
from wall.live.redis_relay import RedisRelay
from wall.live.relay import MemoryBus, MemoryRelay, Relay
from wall.model.wall import Wall
from wall.settings import Settings
from wall.store.database import Database
from wall.store.migrations import migrate

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
TEMPLATE = f"wall_template_{WORKER}"
os.environ["TEST_REDIS_URL"] = os.environ["TEST_REDIS_URLS"].split()[int(WORKER.removeprefix("gw"))]


def _postgres(name: str) -> str:
    """The address of a database on the private PostgreSQL."""
    return os.environ["TEST_POSTGRES_URL"].replace("+asyncpg", "").rpartition("/")[0] + f"/{name}"


async def _admin(*statements: str) -> None:
    connection = await asyncpg.connect(_postgres("postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file and PostgreSQL database to copy from: migrations run once a session."""
    file = tmp_path_factory.mktemp("template") / "wall.db"

    async def prepare() -> None:
        await _admin(f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
        for url in (f"sqlite:///{file}", _postgres(TEMPLATE)):
            database = Database(url)
            await migrate(database)
            await database.close()

    asyncio.run(prepare())
    return file


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command that a test ran in this process set up its logs: the next test is to find them as they were."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def on_sqlite(migrated: Path, tmp_path: Path) -> str:
    shutil.copy(migrated, tmp_path / "wall.db")
    return f"sqlite:///{tmp_path / 'wall.db'}"


@pytest.fixture
def on_postgres(migrated: Path) -> Iterator[str]:
    name = f"wall_{uuid4().hex[:12]}"
    asyncio.run(_admin(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    yield _postgres(name)
    asyncio.run(_admin(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty, migrated database: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"on_{request.param}")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """A ledger that tells nobody."""
    return Ledger(database, lambda changes: None)


@pytest.fixture
async def wall(database: Database) -> Wall:
    """A wall called "probe" that shows pins after moderation."""
    return await make_wall(database)


Relays = Callable[[], Relay]


@pytest.fixture(params=["memory", "redis"])
def relays(request: pytest.FixtureRequest) -> Relays:
    """Makes relays that hear one another, as the processes of one installation do."""
    if request.param == "redis":
        # each test a Redis database number would not separate pub/sub; the walls' numbers do not matter here
        return lambda: RedisRelay(os.environ["TEST_REDIS_URL"])
    bus = MemoryBus()
    return lambda: MemoryRelay(bus)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return make_settings(database_url)


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """A real mail server; `make_settings(url, **mailbox.settings)` makes a wall server that sends through it."""
    async with mail_server() as box:
        yield box


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Running]:
    """A real server in this loop, on a free port, with one wall called "probe"."""
    async with running(settings) as server:
        await make_wall(server.house.database)
        yield server


@pytest.fixture
async def client(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without cookies."""
    async with server.browser() as client:
        yield client


SignIn = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def moderator(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    """A browser whose owner moderates the wall "probe"."""
    async with server.browser() as client:
        await server.sign_in(client, "mod@beispiel.invalid", "probe")
        yield client


@pytest.fixture
async def owner(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    """A browser whose owner leads the wall "probe": configures it, invites people, restores."""
    async with server.browser() as client:
        await server.sign_in(client, "leitung@beispiel.invalid", "probe", "owner")
        yield client
