"""A database that is locked, full, read-only or gone: an honest 503, the words kept, and afterwards one card."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import aiosqlite
import httpx
import pytest
from sqlalchemy import event

from tests.makers import Running, make_settings, make_wall, running, until, words
from tests.pages import looked_at
from tests.services import Postgres, private_folder
from wall.errors import Unavailable
from wall.store import boards
from wall.store import database as database_module
from wall.store.database import Database

FORM = words("Lange getippt", description="Mit viel Mühe,\nauf einem Telefon", topics="Umwelt")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a locked file for a moment only, as a test has no 4 seconds to lose."""
    monkeypatch.setattr(database_module, "BUSY_MS", 200)


@pytest.fixture
def database_url(impatient: None, on_sqlite: str) -> str:
    return on_sqlite


@contextlib.contextmanager
def pragma(server: Running, setting: str, afterwards: str) -> Iterator[None]:
    """Have the writing connection run with this setting."""
    engine = server.house.database._writer.sync_engine

    def run(setting: str) -> Callable[..., None]:
        def checked_out(connection: Any, *_: Any) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA {setting}")
            cursor.close()

        return checked_out

    broken = run(setting)
    event.listen(engine, "checkout", broken)
    yield
    event.remove(engine, "checkout", broken)
    event.listen(engine, "checkout", run(afterwards))


async def refused(client: httpx.AsyncClient, key: str = "key-00000001") -> dict[str, str]:
    """Pin in vain: 503, when to come again, never a "saved"; the form as it came back, with every word in it."""
    answer = await client.post("/w/probe/pin", data=FORM | {"key": key})
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert "location" not in answer.headers
    assert 'role="alert" tabindex="-1">' in answer.text, "and it says so in words"
    kept = looked_at(answer.text).fields
    assert FORM | {"key": key, "topics": kept["topics"]} == {name: kept[name] for name in (*FORM, "key")}
    headers = {"idempotency-key": "key-of-a-program"}
    program = await client.post(
        "/api/walls/probe/cards", json=words("JSON", description="Wort " * 290), headers=headers
    )
    assert (program.status_code, program.json()["code"]) == (503, "unavailable")
    assert int(program.headers["retry-after"]) > 0
    return kept


async def once(server: Running, client: httpx.AsyncClient, form: dict[str, str], cards: int = 1) -> None:
    """Send the form that came back, twice: now it is one card, which makes so many."""
    first = await client.post("/w/probe/pin", data=form)
    second = await client.post("/w/probe/pin", data=form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    async with server.house.database.read() as connection:
        board = await boards.load_board(connection, 1)
    assert (len(board.cards), board.revision) == (cards, cards)
    assert all(card.name == "Lange getippt" for card in board.cards.values())


async def test_a_locked_database_is_an_honest_503(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 42"""
    assert (await client.get("/w/probe")).status_code == 200
    other = sqlite3.connect(server.house.settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        form = await refused(client)
        assert (await client.get("/w/probe")).status_code == 200, "reading goes on"
        other.execute("ROLLBACK")
    finally:
        other.close()
    await once(server, client, form)


async def test_a_full_disk_is_an_honest_503(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 42"""
    keys = (f"key-{number:08}" for number in range(1000))
    with pragma(server, "max_page_count = 1", "max_page_count = 1073741823"):  # 1 means: no more pages than there are
        while (
            answer := await client.post("/w/probe/pin", data=FORM | {"key": (key := next(keys))})
        ).status_code == 303:
            pass
        assert answer.status_code == 503
        held = (await server.house.hub.room("probe")).board.revision
        form = await refused(client, key)
        assert (await server.house.hub.room("probe")).board.revision == held
    await once(server, client, form, held + 1)


async def test_a_read_only_database_is_an_honest_503(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 42"""
    with pragma(server, "query_only = ON", "query_only = OFF"):
        form = await refused(client)
        assert (await client.get("/w/probe")).status_code == 200
    await once(server, client, form)


async def test_an_edit_that_cannot_be_saved_keeps_its_words_and_says_when_to_come_again(
    server: Running, client: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    """ABUSE 42: by the author, and by a moderator for a card or the wall"""
    pinned = await client.post("/w/probe/pin", data=words("Alter Name") | {"key": "key-00000001"})
    mine = pinned.headers["location"].partition("?")[0]
    card = (await server.house.hub.room("probe")).board.with_status("pending")[0]
    settings = looked_at((await owner.get("/w/probe/settings")).text).fields
    tries = [
        (client, mine, words("Neuer Name", base="1"), "name"),
        (owner, f"/w/probe/c/{card.id}/edit", words("Neuer Name", base="1"), "name"),
        (owner, "/w/probe/settings", settings | {"title": "Neuer Name"}, "title"),
    ]
    with pragma(server, "query_only = ON", "query_only = OFF"):
        for who, path, form, field in tries:
            answer = await who.post(path, data=form)
            assert answer.status_code == 503, path
            assert looked_at(answer.text).fields[field] == "Neuer Name", path
            assert int(answer.headers["retry-after"]) > 0, path
        for path in (f"/w/probe/c/{card.id}/approve", f"{mine}/withdraw"):
            answer = await owner.post(path)
            assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True), path
        assert (await server.house.hub.room("probe")).board.cards[card.id] == card
    assert (await client.post(mine, data=tries[0][2])).status_code == 303


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with private_folder() as folder, Postgres(os.environ["TEST_POSTGRES_BIN"], folder / "postgres") as server:
        yield server


async def test_a_stopped_postgres_is_an_honest_503(postgres: Postgres) -> None:
    """ABUSE 42: and it is used again as soon as it is back, without a restart of ours"""
    async with running(make_settings(postgres.url)) as server, server.browser() as client:
        await make_wall(server.house.database)
        assert (await client.get("/w/probe")).status_code == 200
        postgres.stop()
        form = await refused(client)
        assert (await client.get("/w/probe")).status_code == 200, "an open wall can still be read"
        assert (await client.get("/w/niemals")).status_code == 503
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/healthz")).status_code == 200
        postgres.start()

        async def ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        await until(ready)
        await once(server, client, form)


async def test_after_a_commit_that_failed_the_next_write_and_read_go_through(
    on_sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 42: a disk that is full at the end of a transaction leaves it open in the connection"""
    database = Database(on_sqlite)
    commit, left = aiosqlite.Connection.commit, [1]

    async def full(connection: aiosqlite.Connection) -> None:
        if left.pop() if left else 0:
            raise sqlite3.OperationalError("database or disk is full")
        await commit(connection)

    monkeypatch.setattr(aiosqlite.Connection, "commit", full)
    with pytest.raises(Unavailable):
        await make_wall(database, "first")
    await make_wall(database, "second")
    async with database.read() as connection:
        assert [wall.slug for wall in await boards.every_wall(connection)] == ["second"]
    left.append(1)
    with pytest.raises(Unavailable):
        async with database.read() as connection:
            await boards.every_wall(connection)
    async with database.read() as connection:
        assert len(await boards.every_wall(connection)) == 1
    await database.close()
