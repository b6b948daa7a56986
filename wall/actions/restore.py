"""Former states of a wall: keeping one under a name, and putting the wall back to one, which can be undone too."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from wall.actions.ledger import Ledger
from wall.actions.page import Entry
from wall.model.board import Board
from wall.model.roles import Actor
from wall.model.wall import Wall, new_epoch
from wall.store import boards, past, snapshots
from wall.text import clean

NAME = 80  # characters of a state's name


async def restore(ledger: Ledger, wall: Wall, snapshot_id: int, actor: Actor) -> Wall:
    """Put the wall back to a snapshot: a change of its own, in a new epoch, kept after a snapshot of today (W10).

    Raises:
        NotFound: the wall has no such snapshot.
    """
    return await _restore(ledger, wall, actor, lambda connection: snapshots.board_of(connection, wall.key, snapshot_id))


async def restore_to(ledger: Ledger, wall: Wall, revision: int, actor: Actor) -> Wall:
    """Put the wall back to what it was at a revision; restoring the one before this change takes it back.

    Raises:
        NotFound: the wall never had this revision.
    """
    return await _restore(ledger, wall, actor, lambda connection: past.board_at(connection, wall.key, revision))


async def _restore(
    ledger: Ledger, wall: Wall, actor: Actor, find: Callable[[AsyncConnection], Awaitable[Board]]
) -> Wall:
    async def decide(entry: Entry) -> Wall:
        then = await find(entry.connection)  # refuses before anything is written
        today = await boards.load_board(entry.connection, wall.key)
        entry.wall = entry.wall.model_copy(update={"epoch": new_epoch()})
        entry.configure(then.wall.settings, kind="restored")
        entry.changes[-1].was["restores"] = then.revision
        await boards.replace_cards(entry.connection, wall.key, list(then.cards.values()))
        stored = await boards.load_board(entry.connection, wall.key)
        # every epoch begins with a snapshot: no change tells what the cards are now
        await snapshots.keep(entry.connection, Board(entry.wall, stored.cards.values()))
        await snapshots.keep(entry.connection, today, name=f"r{today.revision}")
        return entry.wall

    return await ledger.write(wall.key, actor, decide)


async def keep_state(ledger: Ledger, wall: Wall, revision: int, name: str) -> int:
    """Keep what the wall was at a revision under a name; returns the snapshot's number.

    Raises:
        NotFound: the wall never had this revision.
    """

    async def job(connection: AsyncConnection) -> int:
        board = await past.board_at(connection, wall.key, revision)
        return await snapshots.keep(connection, board, name=clean(name)[:NAME])

    return await ledger.database.write(job)
