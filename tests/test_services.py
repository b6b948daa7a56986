"""The private servers of the tests: real, alone, and gone when the test is over."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis as RedisClient

from tests.services import NotUp, Postgres, Redis, Server, free_port, private_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with private_folder() as folder:
        yield folder


@pytest.fixture
def redis(folder: Path) -> Iterator[Redis]:
    with Redis(os.environ["TEST_REDIS_SERVER"], folder / "redis") as server:
        yield server


@pytest.fixture
def postgres(folder: Path) -> Iterator[Postgres]:
    with Postgres(os.environ["TEST_POSTGRES_BIN"], folder / "postgres") as server:
        yield server


async def query(postgres: Postgres, *statements: str) -> str:
    connection = await asyncpg.connect(postgres.url.replace("+asyncpg", ""))
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return str(await connection.fetchval(statements[-1]))
    finally:
        await connection.close()


async def test_the_harness_hands_over_a_redis_that_passes_messages_on() -> None:
    async with RedisClient.from_url(os.environ["TEST_REDIS_URL"]) as client, client.pubsub() as inbox:
        await inbox.subscribe("test-services")
        assert await inbox.get_message(timeout=5) is not None
        await client.publish("test-services", "hello")
        message = await inbox.get_message(timeout=5)
    assert message is not None
    assert message["data"] == b"hello"


async def test_the_harness_hands_over_a_postgres_that_is_durable_and_speaks_utf_8() -> None:
    connection = await asyncpg.connect(os.environ["TEST_POSTGRES_URL"].replace("+asyncpg", ""))
    try:
        settings = [await connection.fetchval(f"show {name}") for name in ("fsync", "synchronous_commit", "lc_collate")]
        assert [*settings, await connection.fetchval("show server_encoding")] == ["on", "on", "C.UTF-8", "UTF8"]
    finally:
        await connection.close()


def test_the_harness_hands_over_a_browser_and_axe() -> None:
    assert os.access(os.environ["TEST_CHROMIUM"], os.X_OK)
    assert Path(os.environ["TEST_AXE"]).stat().st_size > 100_000


async def test_a_killed_redis_comes_back_on_the_same_port_and_has_forgotten_everything(redis: Redis) -> None:
    port = redis.port
    async with RedisClient.from_url(redis.url) as client:
        await client.set("word", "kept only in memory")
    redis.kill()
    assert not redis.answers()
    redis.start()
    assert redis.port == port
    async with RedisClient.from_url(redis.url) as client:
        assert await client.get("word") is None


async def test_a_killed_postgres_comes_back_on_the_same_port_with_what_was_committed(postgres: Postgres) -> None:
    port = postgres.port
    await query(postgres, "create table word (it text)", "insert into word values ('fest') returning it")
    postgres.kill()
    assert not postgres.answers()
    postgres.start()
    assert postgres.port == port
    assert await query(postgres, "select it from word") == "fest"


async def test_a_restarted_postgres_does_not_wait_for_a_client_that_forgot_to_leave(postgres: Postgres) -> None:
    forgotten = await asyncpg.connect(postgres.url.replace("+asyncpg", ""))
    try:
        postgres.restart()
        assert await query(postgres, "select 1") == "1"
    finally:
        forgotten.terminate()


def test_two_servers_started_together_have_ports_of_their_own(redis: Redis, folder: Path) -> None:
    with Redis(redis.program, folder / "another") as another:
        assert another.port != redis.port
        assert another.answers()
        assert redis.answers()


def test_a_first_start_on_a_port_taken_meanwhile_moves_to_another(folder: Path) -> None:
    server = Redis(os.environ["TEST_REDIS_SERVER"], folder / "redis")
    taken = server.port
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", taken))
        squatter.listen()
        with server:
            assert server.port != taken
            assert server.answers()


def test_a_server_that_cannot_start_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.services.PATIENCE", 0.5)
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", port := free_port()))
        squatter.listen()
        with pytest.raises(NotUp, match=r"(?s)Redis on port \d+ did not come up.*Address already in use"):
            Redis(os.environ["TEST_REDIS_SERVER"], folder / "redis", port).start()


@pytest.mark.parametrize("kind", ["redis", "postgres"])
def test_a_failing_test_leaves_no_server_behind(kind: str, folder: Path) -> None:
    server: Server
    if kind == "redis":
        server = Redis(os.environ["TEST_REDIS_SERVER"], folder / kind)
    else:
        server = Postgres(os.environ["TEST_POSTGRES_BIN"], folder / kind)
    with contextlib.suppress(ZeroDivisionError), server:
        _ = 1 / 0
    assert not server.answers()
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)
