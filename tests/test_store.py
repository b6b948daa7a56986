"""The journal, its snapshots and the database below: what is kept, what comes back, who may write when."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, String, Table, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlmodel import SQLModel

import wall.app
from tests.makers import hang, make_settings, make_wall, running, words
from wall.actions.configure import configure, renew_epochs
from wall.actions.ledger import Ledger
from wall.actions.moderate import approve, hide
from wall.actions.pin import new_card, pin
from wall.actions.restore import restore
from wall.errors import Frozen, NotFound
from wall.model.audience import contact_for
from wall.model.board import Board
from wall.model.card import Card, CardContent
from wall.model.change import Snapshot
from wall.model.roles import GUEST, SYSTEM
from wall.model.wall import Wall
from wall.store import boards, contacts, journal, people, snapshots
from wall.store.database import Database
from wall.store.migrations import HERE, migrate


async def board_of(database: Database, wall: Wall) -> Board:
    async with database.read() as connection:
        return await boards.load_board(connection, wall.key)


async def kept(database: Database, wall: Wall) -> list[Snapshot]:
    async with database.read() as connection:
        return await snapshots.kept(connection, wall.key)


async def pinned(ledger: Ledger, wall: Wall, name: str) -> str:
    return (await pin(ledger, wall, words(name), uuid4().hex, SYSTEM)).card.id


async def test_every_change_is_in_the_journal_in_order_and_replays_to_the_same_board(
    ledger: Ledger, database: Database, wall: Wall
) -> None:
    board = await board_of(database, wall)
    waiting = (await pin(ledger, wall, words("Eins"), "key-00000001", GUEST)).card
    await approve(ledger, wall, waiting.id, SYSTEM)
    await pinned(ledger, wall, "Zwei")
    await configure(ledger, wall, {"title": "Neu"}, SYSTEM)
    await hide(ledger, wall, waiting.id, SYSTEM)
    async with database.read() as connection:
        changes = await journal.changes_since(connection, wall.key, 0)
        assert [c.revision for c in await journal.changes_since(connection, wall.key, 2)] == [3, 4, 5]
        assert [c.revision for c in await journal.changes_since(connection, wall.key, 0, limit=2)] == [1, 2]
        assert [c.kind for c in await journal.changes_of_card(connection, wall.key, waiting.id, since=1)] == [
            "approved",
            "hidden",
        ]
    assert [(c.revision, c.kind) for c in changes] == list(
        enumerate(["pinned", "approved", "pinned", "configured", "hidden"], 1)
    )
    assert all(board.apply(change) for change in changes)
    assert board.digest() == (await board_of(database, wall)).digest()


async def test_what_is_refused_leaves_no_trace(ledger: Ledger, database: Database) -> None:
    wall = await make_wall(database, "still", phase="frozen")
    with pytest.raises(Frozen):
        await pin(ledger, wall, words(), "key-00000001", GUEST)
    board = await board_of(database, wall)
    assert (board.revision, board.cards) == (0, {})


async def test_a_hundred_pins_at_once_get_a_hundred_revisions_without_a_gap(
    ledger: Ledger, database: Database, wall: Wall
) -> None:
    await asyncio.gather(*(pinned(ledger, wall, f"Karte {n}") for n in range(100)))
    async with database.read() as connection:
        changes = await journal.changes_since(connection, wall.key, 0)
    assert [change.revision for change in changes] == list(range(1, 101))
    places = [card.position for card in (await board_of(database, wall)).column("s1")]
    assert len(set(places)) == 100


async def test_a_snapshot_is_kept_every_n_changes_and_when_the_wall_freezes(database: Database, wall: Wall) -> None:
    ledger = Ledger(database, lambda changes: None, snapshot_every=3)
    for n in range(7):
        await pinned(ledger, wall, f"Karte {n}")
    assert [snapshot.revision for snapshot in await kept(database, wall)] == [6, 3]
    await configure(ledger, wall, {"phase": "frozen"}, SYSTEM)
    await configure(ledger, wall, {"place": "Leipzig"}, SYSTEM)
    assert [snapshot.revision for snapshot in await kept(database, wall)] == [9, 8, 6, 3]
    newest = (await kept(database, wall))[0]
    assert newest.id is not None
    async with database.read() as connection:
        held = await snapshots.board_of(connection, wall.key, newest.id)
    assert held.digest() == (await board_of(database, wall)).digest()


async def test_a_restored_wall_is_as_it_was_in_a_new_epoch_and_today_can_be_had_back(
    database: Database, wall: Wall
) -> None:
    ledger = Ledger(database, lambda changes: None, snapshot_every=2)
    first, second = await pinned(ledger, wall, "Eins"), await pinned(ledger, wall, "Zwei")
    then = (await kept(database, wall))[0]
    await hide(ledger, wall, first, SYSTEM)
    await configure(ledger, wall, {"title": "Verunglückt"}, SYSTEM)
    third = await pinned(ledger, wall, "Drei")
    today = await board_of(database, wall)
    assert then.id is not None

    back = await restore(ledger, wall, then.id, SYSTEM)
    board = await board_of(database, wall)
    assert [card.id for card in board.visible()] == [first, second]
    assert board.wall.title == "Probewand"
    assert board.cards[third].status == "withdrawn"
    assert (board.revision, board.epoch) == (today.revision + 1, back.epoch)
    assert board.epoch != today.epoch
    async with database.read() as connection:
        assert (await journal.changes_since(connection, wall.key, today.revision))[0].kind == "restored"

    saved = next(snapshot for snapshot in await kept(database, wall) if snapshot.name == f"r{today.revision}")
    assert saved.id is not None
    await restore(ledger, wall, saved.id, SYSTEM)
    again = await board_of(database, wall)
    assert again.cards == today.cards
    assert again.wall.settings == today.wall.settings
    assert again.epoch not in (today.epoch, board.epoch)


async def test_a_snapshot_of_another_wall_is_none_of_this_one(database: Database, wall: Wall) -> None:
    ledger = Ledger(database, lambda changes: None, snapshot_every=1)
    other = await make_wall(database, "andere")
    await pinned(ledger, other, "Eins")
    foreign = (await kept(database, other))[0].id
    assert foreign is not None
    before = await board_of(database, wall)
    with pytest.raises(NotFound):
        await restore(ledger, wall, foreign, SYSTEM)
    assert (await board_of(database, wall)).digest() == before.digest()
    assert await kept(database, wall) == []


async def test_after_a_backup_every_wall_starts_a_new_epoch(ledger: Ledger, database: Database, wall: Wall) -> None:
    other = await make_wall(database, "andere")
    await pinned(ledger, wall, "Eins")
    assert await renew_epochs(database) == 2
    renewed = [await board_of(database, one) for one in (wall, other)]
    assert [board.revision for board in renewed] == [2, 1]
    assert len({board.epoch for board in renewed} | {wall.epoch, other.epoch}) == 4
    assert [card.name for card in renewed[0].visible()] == ["Eins"]


async def test_a_server_that_starts_again_has_lost_nothing(database_url: str) -> None:
    async with running(make_settings(database_url)) as server:
        await make_wall(server.house.database)
        card = await hang(server, "Eins")
        link = f"/mine/{server.house.edit_links.token(card.id)}"
        async with server.browser() as client:
            await server.sign_in(client, "mod@beispiel.invalid", "probe")
            cookies = dict(client.cookies)
        before = (await server.house.hub.room("probe")).board.digest()
    async with running(make_settings(database_url)) as server, server.browser(cookies=cookies) as client:
        assert (await server.house.hub.room("probe")).board.digest() == before
        assert (await client.get("/w/probe/queue")).status_code == 200
        assert (await client.get(link)).status_code == 200


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any tables; the whole PostgreSQL goes after the tests, and this with it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'wall.db'}"
    server = os.environ["TEST_POSTGRES_URL"].replace("+asyncpg", "").rpartition("/")[0]
    name = f"empty_{uuid4().hex[:12]}"

    async def create() -> None:
        connection = await asyncpg.connect(f"{server}/postgres")
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    asyncio.run(create())
    return f"{server}/{name}"


async def inspected(database: Database, look: Callable[[Connection], object]) -> object:
    async with database.read() as connection:
        return await connection.run_sync(look)


def differences(connection: Connection) -> object:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), SQLModel.metadata)


async def test_the_migrations_lead_to_exactly_the_tables_of_the_model(empty_url: str) -> None:
    assert wall.app.ROUTES, "every table is imported"
    database = Database(empty_url)
    await migrate(database)
    assert await inspected(database, differences) == []
    await make_wall(database)
    await migrate(database)
    assert await inspected(database, differences) == []
    async with database.read() as connection:
        assert (await boards.find_wall(connection, "probe")).title == "Probewand"
    await database.close()


async def test_processes_that_migrate_at_once_take_turns(empty_url: str, tmp_path: Path) -> None:
    run = {**os.environ, "DATABASE_URL": empty_url}
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "wall",
            "migrate",
            env=run,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    said = [(await process.communicate())[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    database = Database(empty_url)
    assert await inspected(database, differences) == []
    await database.close()


async def an_older_one(url: str, revision: str, *rows: tuple[str, dict[str, Any]]) -> Database:
    """A database as it was at a revision, with some rows by table, brought up to date."""
    database = Database(url)

    def as_it_was(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(HERE))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for name, row in rows:
            table = Table(name, MetaData(), autoload_with=connection)
            blank = {c.name: "" if isinstance(c.type, String) else 0 for c in table.c if not c.nullable}
            connection.execute(insert(table).values(blank | row))

    await database.migrate(as_it_was)
    await migrate(database)
    return database


async def test_an_older_database_keeps_its_people_and_gives_no_number_twice(empty_url: str) -> None:
    """Also not one that only the journal knows any more: its account was erased before."""
    database = await an_older_one(
        empty_url,
        "0012",
        ("person", {"id": 5, "email": "a@beispiel.invalid"}),
        ("session", {"person_id": 5}),
        ("wall", {"id": 1}),
        ("change", {"wall_id": 1, "actor": "owner:9"}),
    )
    assert await inspected(database, differences) == []
    number = await database.write(lambda connection: people.invite(connection, "b@beispiel.invalid", None, "operator"))
    assert number == (10 if database.sqlite else 1)
    with pytest.raises(IntegrityError):  # rows are held to one another again
        await database.write(lambda c: c.exec_driver_sql("DELETE FROM person WHERE id = 5"))
    await database.close()


async def test_an_older_database_does_not_show_authors_whom_others_may_have_named(empty_url: str) -> None:
    """Who entered them was not kept; those who answer in time are shown as ever."""
    details = {"wall_id": 1, "email": "a@beispiel.invalid"}
    database = await an_older_one(
        empty_url,
        "0023",
        ("wall", {"id": 1}),
        *(("card", {"id": card_id, "wall_id": 1}) for card_id in ("own", "others")),
        ("contact", details | {"card_id": "own", "other": False, "consented_at": 1}),
        ("contact", details | {"card_id": "others", "other": True}),
    )
    async with database.read() as connection:
        own, others = [await contacts.of_card(connection, card_id) for card_id in ("own", "others")]
    assert contact_for("author", own) == contact_for("moderator", own)
    hidden = contact_for("author", others)
    assert hidden is not None
    assert (hidden.email, hidden.waiting, list(hidden.unseen)) == ("", True, ["email"])
    await database.close()


async def test_sqlite_writes_to_the_disk_and_begins_writes_immediately(on_sqlite: str) -> None:
    database = Database(on_sqlite)
    for engine in (database._writer, database._reader):
        async with engine.connect() as connection:
            found = [
                (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
                for name in ("synchronous", "journal_mode", "foreign_keys")
            ]
            assert found == [2, "wal", 1]  # 2 is FULL
    second = Database(on_sqlite)
    async with database._writer.begin():  # nothing was written yet, and still nobody else may begin to write
        async with second._reader.begin() as reading:
            assert (await reading.execute(text("SELECT count(*) FROM wall"))).scalar_one() == 0
        async with second._reader.connect() as writing:
            await writing.execute(text("PRAGMA busy_timeout=0"))
            with pytest.raises(OperationalError, match="locked"):
                await writing.execute(text("DELETE FROM wall"))
    await second.close()
    await database.close()


async def test_what_somebody_wrote_never_reaches_an_error_message(database: Database) -> None:
    async with database.read() as connection:
        with pytest.raises(DBAPIError) as failed:
            await connection.execute(text("SELECT nothing FROM nowhere WHERE words = :words"), {"words": "Ganz privat"})
    assert "nowhere" in str(failed.value)
    assert "Ganz privat" not in str(failed.value)


def test_a_card_in_the_journal_reads_like_the_card_as_plain_data(wall: Wall) -> None:
    for confirmed in (True, False):
        content = CardContent.take(words(description="Zwei\n\nAbsätze"), wall)
        card = new_card(wall, content, "a0", approved=confirmed, confirmed=confirmed)
        assert card.plain == card.model_dump(mode="json")
        assert Card.model_validate(card.plain) == card
