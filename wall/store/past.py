"""The wall at any time in the past, rebuilt from the nearest snapshot and the journal."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import NotFound
from wall.model.board import Board
from wall.model.change import changes, snapshots
from wall.model.wall import Wall, WallSettings, walls
from wall.store import journal
from wall.store.snapshots import board_of


async def board_at(connection: AsyncConnection, wall_id: int, revision: int) -> Board:
    """The board as it was at a revision; what was erased since is missing from it.

    Raises:
        NotFound: the wall never had this revision, or nothing is left to rebuild it from.
    """
    epoch = await _epoch_at(connection, wall_id, revision)
    query = (
        select(snapshots.c.id)
        .where(snapshots.c.wall_id == wall_id, snapshots.c.epoch == epoch, snapshots.c.revision <= revision)
        .order_by(snapshots.c.revision.desc(), snapshots.c.id.desc())
        .limit(1)
    )
    nearest = (await connection.execute(query)).scalar_one_or_none()
    board = await board_of(connection, wall_id, nearest) if nearest else await _first(connection, wall_id, epoch)
    for change in await journal.changes_since(connection, wall_id, board.revision, revision - board.revision):
        board.apply(change)
    if board.revision != revision:
        raise NotFound(f"nothing tells what wall {wall_id} was at revision {revision}")
    return board


async def revision_at(connection: AsyncConnection, wall_id: int, moment: datetime) -> int:
    """The last revision a wall had at a time; 0 before its first change."""
    query = select(func.max(changes.c.revision)).where(changes.c.wall_id == wall_id, changes.c.at <= moment)
    return (await connection.execute(query)).scalar_one_or_none() or 0


async def _epoch_at(connection: AsyncConnection, wall_id: int, revision: int) -> str:
    query = select(changes.c.epoch).where(changes.c.wall_id == wall_id, changes.c.revision == max(revision, 1))
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    if found is None:
        current = (await connection.execute(select(walls.c.epoch).where(walls.c.id == wall_id))).scalar_one_or_none()
        if current is None or revision:
            raise NotFound(f"wall {wall_id} never had revision {revision}")
        return str(current)
    return found


async def _first(connection: AsyncConnection, wall_id: int, epoch: str) -> Board:
    """The wall before its first change: empty, with the settings that the first change of settings replaced."""
    row = (await connection.execute(select(walls).where(walls.c.id == wall_id))).mappings().one()
    query = (
        select(changes.c.was)
        .where(changes.c.wall_id == wall_id, changes.c.card_id.is_(None), changes.c.kind != "restored")
        .order_by(changes.c.revision)
        .limit(1)
    )
    was = (await connection.execute(query)).scalar_one_or_none() or {}
    wall = Wall.model_validate(dict(row))
    known = {field: value for field, value in was.items() if field in WallSettings.model_fields}
    settings = WallSettings.model_validate(wall.settings | known)
    first = {field: getattr(settings, field) for field in WallSettings.model_fields}
    return Board(wall.model_copy(update=first | {"revision": 0, "epoch": epoch}))
