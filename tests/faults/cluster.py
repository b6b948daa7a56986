"""The installation under test: `wall serve` processes, their database and Redis, and a proxy on every line between."""

import asyncio
import contextlib
import http.client
import os
import random
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.proxy import Proxy
from tests.house import ROOT
from tests.makers import SECRET, make_wall
from tests.services import Postgres, Redis, Server, free_port
from wall.store.database import Database
from wall.store.migrations import migrate


class WallServer(Server):
    """One `wall serve` process on a port of its own."""

    name = "wall serve"

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        super().__init__(folder, free_port())
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        own = {"MODE": "demo", "SECRET_KEY": SECRET, "LOG_LEVEL": "warning", "PORT": str(self.port)}
        own["RATE_LIMITS"] = "1000000"  # all writers share one address
        self.environment = kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | own | dict(settings)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "wall", "serve"]

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(errors="replace") if self._log.is_file() else ""


@dataclass(slots=True)
class Cluster:
    """What runs, and the lines between: `fronts` to the servers, `stores` to PostgreSQL, `relays` to Redis."""

    database: Database
    walls: list[str]
    file: Path | None = None
    servers: list[WallServer] = field(default_factory=list)
    postgres: Postgres | None = None
    redis: Redis | None = None
    fronts: list[Proxy] = field(default_factory=list)
    stores: list[Proxy] = field(default_factory=list)
    relays: list[Proxy] = field(default_factory=list)


@contextlib.asynccontextmanager
async def on_sqlite(folder: Path, walls: int, chance: random.Random) -> AsyncIterator[Cluster]:
    """One process, whose relay is its memory."""
    file = folder / "wall.db"
    async with contextlib.AsyncExitStack() as stack:
        cluster = Cluster(Database(f"sqlite:///{file}"), [], file)
        stack.push_async_callback(cluster.database.close)
        await _make_walls(cluster, walls)
        await _serve(cluster, stack, folder / "one", chance, {"DATABASE_URL": f"sqlite:///{file}"})
        yield cluster


@contextlib.asynccontextmanager
async def on_postgres(folder: Path, walls: int, chance: random.Random) -> AsyncIterator[Cluster]:
    """Two processes on one PostgreSQL and one Redis, each through lines of its own.

    The programs are named by TEST_POSTGRES_BIN and TEST_REDIS_SERVER.
    """
    async with contextlib.AsyncExitStack() as stack:
        postgres = Postgres(os.environ["TEST_POSTGRES_BIN"], folder / "postgres")
        redis = Redis(os.environ["TEST_REDIS_SERVER"], folder / "redis")
        for server in (postgres, redis):
            stack.callback(server.kill)
            await asyncio.to_thread(server.start)
        cluster = Cluster(Database(postgres.url), [], postgres=postgres, redis=redis)
        stack.push_async_callback(cluster.database.close)
        await _make_walls(cluster, walls)
        for name in ("one", "two"):
            store = await stack.enter_async_context(Proxy(postgres.port, chance))
            relay = await stack.enter_async_context(Proxy(redis.port, chance))
            cluster.stores.append(store)
            cluster.relays.append(relay)
            lines = {
                "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{store.port}/postgres",
                "REDIS_URL": f"redis://127.0.0.1:{relay.port}/0",
            }
            await _serve(cluster, stack, folder / name, chance, lines)
        yield cluster


async def _make_walls(cluster: Cluster, walls: int) -> None:
    await migrate(cluster.database)
    for number in range(walls):
        slug = "probe" if number == 0 else f"probe-{number}"
        await make_wall(cluster.database, slug, moderation="after")
        cluster.walls.append(slug)


async def _serve(
    cluster: Cluster, stack: contextlib.AsyncExitStack, folder: Path, chance: random.Random, lines: Mapping[str, str]
) -> None:
    server = WallServer(folder, lines)
    front = await stack.enter_async_context(Proxy(server.port, chance))
    cluster.fronts.append(front)
    cluster.servers.append(server)
    stack.callback(server.kill)
    await asyncio.to_thread(server.start)
