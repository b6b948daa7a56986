"""The journal: every change of every wall, in order; the truth that all else is repaired from."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model.change import Change, changes
from wall.model.erasure import redacted

_COLUMNS = [column for column in changes.c if column.name != "card_id"]


async def append(connection: AsyncConnection, new: list[Change]) -> None:
    """Store changes; the caller holds the wall's lock and has numbered them without a gap."""
    rows: list[dict[str, Any]] = [change.model_dump() | {"card_id": (change.card or {}).get("id")} for change in new]
    if rows:
        await connection.execute(insert(changes), rows)


async def changes_since(
    connection: AsyncConnection, wall_id: int, revision: int, limit: int | None = None
) -> list[Change]:
    """The changes after `revision`, in order; at most `limit` of them."""
    query = select(*_COLUMNS).where(changes.c.wall_id == wall_id, changes.c.revision > revision)
    rows = await connection.execute(query.order_by(changes.c.revision).limit(limit))
    return [Change.model_construct(**row) for row in rows.mappings()]


async def changes_of_card(connection: AsyncConnection, wall_id: int, card_id: str, since: int = 0) -> list[Change]:
    """The changes of one card after a revision, in order."""
    query = select(*_COLUMNS).where(
        changes.c.wall_id == wall_id, changes.c.card_id == card_id, changes.c.revision > since
    )
    rows = await connection.execute(query.order_by(changes.c.revision))
    return [Change.model_construct(**row) for row in rows.mappings()]


async def redact(connection: AsyncConnection, wall_id: int, card_id: str) -> None:
    """Take the words of one card out of its changes; the changes stay, so that revisions have no gap."""
    for change in await changes_of_card(connection, wall_id, card_id):
        bare = redacted(change)
        this = (changes.c.wall_id == wall_id, changes.c.revision == change.revision)
        await connection.execute(update(changes).where(*this).values(card=bare.card, was=bare.was))


async def changes_at(connection: AsyncConnection, wall_id: int, revisions: Collection[int]) -> list[Change]:
    """The changes with these revisions that there are, newest first."""
    query = select(*_COLUMNS).where(changes.c.wall_id == wall_id, changes.c.revision.in_(revisions))
    rows = await connection.execute(query.order_by(changes.c.revision.desc()))
    return [Change.model_construct(**row) for row in rows.mappings()]
