"""Snapshots: the board at one revision, kept in the database."""

from collections.abc import Collection

from sqlalchemy import Text, cast, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import NotFound
from wall.model.board import Board
from wall.model.card import Card
from wall.model.change import Snapshot, snapshots
from wall.model.erasure import redacted_state
from wall.model.types import now
from wall.model.wall import Wall


async def keep(connection: AsyncConnection, board: Board, name: str = "") -> int:
    """Store the board as it is; returns the snapshot's number."""
    row = {
        "wall_id": board.wall.key,
        "epoch": board.epoch,
        "revision": board.revision,
        "at": now(),
        "name": name,
        "state": board.state(),
    }
    return int((await connection.execute(insert(snapshots).values(row).returning(snapshots.c.id))).scalar_one())


async def kept(connection: AsyncConnection, wall_id: int) -> list[Snapshot]:
    """A wall's snapshots, newest first, without their state."""
    columns = [column for column in snapshots.c if column.name != "state"]
    query = select(*columns).where(snapshots.c.wall_id == wall_id).order_by(snapshots.c.id.desc())
    return [Snapshot.model_construct(**row) for row in (await connection.execute(query)).mappings()]


async def board_of(connection: AsyncConnection, wall_id: int, snapshot_id: int) -> Board:
    """The board a snapshot holds.

    Raises:
        NotFound: the wall has no such snapshot.
    """
    query = select(snapshots.c.state).where(snapshots.c.id == snapshot_id, snapshots.c.wall_id == wall_id)
    state = (await connection.execute(query)).scalar_one_or_none()
    if state is None:
        raise NotFound(f"wall {wall_id} has no snapshot {snapshot_id}")
    return Board(Wall.model_validate(state["wall"]), (Card.model_validate(card) for card in state["cards"]))


async def redact(connection: AsyncConnection, wall_id: int, card_id: str) -> None:
    """Take the words of one card out of a wall's snapshots, one at a time: each holds a whole wall."""
    holds = cast(snapshots.c.state, Text).contains(card_id, autoescape=True)
    query = select(snapshots.c.id).where(snapshots.c.wall_id == wall_id, holds)
    for number in (await connection.execute(query)).scalars().all():
        this = snapshots.c.id == number
        state = (await connection.execute(select(snapshots.c.state).where(this))).scalar_one()
        await connection.execute(update(snapshots).where(this).values(state=redacted_state(state, card_id)))


async def drop(connection: AsyncConnection, numbers: Collection[int]) -> None:
    """Delete snapshots."""
    await connection.execute(delete(snapshots).where(snapshots.c.id.in_(numbers)))


async def newest(connection: AsyncConnection) -> dict[int, tuple[str, int]]:
    """Epoch and revision of every wall's last snapshot."""
    last = select(func.max(snapshots.c.id)).group_by(snapshots.c.wall_id)
    query = select(snapshots.c.wall_id, snapshots.c.epoch, snapshots.c.revision).where(snapshots.c.id.in_(last))
    return {wall: (epoch, revision) for wall, epoch, revision in await connection.execute(query)}
