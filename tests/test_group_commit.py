"""Writes that wait at once share a transaction; each is answered after its commit and fails for itself alone."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import event

from tests.makers import words
from wall.actions.configure import configure
from wall.actions.edit import edit
from wall.actions.ledger import MOST, Ledger
from wall.actions.moderate import approve
from wall.actions.page import Entry
from wall.actions.pin import Pinned, pin
from wall.errors import Invalid, KeyReused, NotFound
from wall.model.change import Change
from wall.model.roles import GUEST, SYSTEM
from wall.model.wall import Wall
from wall.store import boards, journal
from wall.store.database import Database


class Commits:
    """Counts the commits of a database, and what was told before each."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        self.told: list[Change] = []
        self.before: list[int] = []
        event.listen(database._writer.sync_engine, "commit", self._commit)

    def _commit(self, connection: Any) -> None:
        self.count += 1
        self.before.append(len(self.told))


async def test_pins_that_wait_at_once_share_transactions_and_none_is_lost(database: Database, wall: Wall) -> None:
    commits = Commits(database)
    ledger = Ledger(database, commits.told.extend, snapshot_every=10_000)
    done = await asyncio.gather(*(pin(ledger, wall, words(f"Netz {n}"), f"key {n:04}", GUEST) for n in range(200)))
    assert commits.count <= 200 / MOST + 2
    assert len({pinned.card.id for pinned in done}) == 200
    async with database.read() as connection:
        board = await boards.load_board(connection, wall.key)
        told = await journal.changes_since(connection, wall.key, 0)
    assert board.revision == 200
    assert sorted(board.cards) == sorted(pinned.card.id for pinned in done)
    assert len({card.position for card in board.cards.values()}) == 200
    assert [change.revision for change in told] == [change.revision for change in commits.told] == list(range(1, 201))


async def test_nothing_is_told_before_its_commit(database: Database, wall: Wall) -> None:
    commits = Commits(database)
    ledger = Ledger(database, commits.told.extend)
    await asyncio.gather(*(pin(ledger, wall, words(f"Netz {n}"), f"key {n:04}", GUEST) for n in range(3)))
    assert commits.before[0] == 0
    assert len(commits.told) == 3


async def test_of_writes_at_once_one_refused_fails_alone(ledger: Ledger, database: Database, wall: Wall) -> None:
    first, nameless, lost, last = await asyncio.gather(
        pin(ledger, wall, words("Gut"), "key-0001", GUEST),
        pin(ledger, wall, words(""), "key-0002", GUEST),
        approve(ledger, wall, "nirgends", SYSTEM),
        pin(ledger, wall, words("Auch gut"), "key-0003", GUEST),
        return_exceptions=True,
    )
    assert isinstance(first, Pinned)
    assert isinstance(nameless, Invalid)
    assert isinstance(lost, NotFound)
    assert isinstance(last, Pinned)
    assert (first.card.revision, last.card.revision) == (1, 2)
    async with database.read() as connection:
        assert (await boards.load_board(connection, wall.key)).revision == 2


async def test_the_same_pin_twice_at_once_is_one_card(ledger: Ledger, database: Database, wall: Wall) -> None:
    one, two, other = await asyncio.gather(
        pin(ledger, wall, words(), "key-0001", GUEST),
        pin(ledger, wall, words(), "key-0001", GUEST),
        pin(ledger, wall, words("Andere Worte"), "key-0001", GUEST),
        return_exceptions=True,
    )
    assert isinstance(one, Pinned)
    assert isinstance(two, Pinned)
    assert (one.card.id, one.repeated, two.repeated) == (two.card.id, False, True)
    assert isinstance(other, KeyReused)
    async with database.read() as connection:
        assert len((await boards.load_board(connection, wall.key)).cards) == 1


async def test_a_write_sees_what_the_writes_before_it_in_the_same_transaction_did(
    ledger: Ledger, database: Database, wall: Wall
) -> None:
    first = (await pin(ledger, wall, words(), "key-0001", GUEST)).card
    await asyncio.gather(
        pin(ledger, wall, words("Davor"), "key-0002", GUEST),
        approve(ledger, wall, first.id, SYSTEM),
        edit(ledger, wall, first.id, first.content | {"meeting": "montags"}, first.revision, SYSTEM),
        configure(ledger, wall, {"title": "Neu"}, SYSTEM),
        pin(ledger, wall, words("Danach"), "key-0003", GUEST),
    )
    async with database.read() as connection:
        board = await boards.load_board(connection, wall.key)
        again = await journal.changes_since(connection, wall.key, 0)
    assert [change.kind for change in again] == ["pinned", "pinned", "approved", "edited", "configured", "pinned"]
    assert (board.cards[first.id].status, board.cards[first.id].meeting) == ("approved", "montags")
    assert board.wall.title == "Neu"
    assert [card.name for card in board.column("s1")] == [words()["name"], "Davor", "Danach"]


async def test_a_mistake_of_ours_in_one_write_fails_that_one_alone(
    ledger: Ledger, database: Database, wall: Wall
) -> None:
    async def broken(entry: Entry) -> None:
        raise ZeroDivisionError

    good, bad = await asyncio.gather(
        pin(ledger, wall, words(), "key-0001", GUEST), ledger.write(wall.key, SYSTEM, broken), return_exceptions=True
    )
    assert isinstance(good, Pinned)
    assert isinstance(bad, ZeroDivisionError)
    async with database.read() as connection:
        board = await boards.load_board(connection, wall.key)
    assert (board.revision, list(board.cards)) == (1, [good.card.id])


async def test_somebody_who_leaves_before_the_answer_is_pinned_all_the_same(
    ledger: Ledger, database: Database, wall: Wall
) -> None:
    leaving = asyncio.create_task(pin(ledger, wall, words("Weg"), "key-0001", GUEST))
    staying = asyncio.create_task(pin(ledger, wall, words("Da"), "key-0002", GUEST))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await staying
    async with database.read() as connection:
        names = {card.name for card in (await boards.load_board(connection, wall.key)).cards.values()}
    assert names == {"Weg", "Da"}


async def test_a_pin_that_is_stored_is_acknowledged_even_if_nobody_could_be_told(
    database: Database, wall: Wall
) -> None:
    def broken(changes: list[Change]) -> None:
        raise ZeroDivisionError

    ledger = Ledger(database, broken)
    done = await asyncio.gather(*(pin(ledger, wall, words(f"Netz {n}"), f"key {n:04}", GUEST) for n in range(3)))
    assert len({pinned.card.id for pinned in done}) == 3
