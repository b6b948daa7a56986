"""The journal: every change of every wall, in order; the truth that all else is repaired from."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model.change import Change, changes
from wall.model.erasure import redacted
from wall.store.rows import Rows

_COLUMNS = [column for column in changes.c if column.name != "card_id"]
_rows = Rows(changes)
MANY = 200  # rows that are read or written in one statement


async def append(connection: AsyncConnection, new: list[Change]) -> None:
    """Store changes; the caller holds the wall's lock and has numbered them without a gap."""
    for start in range(0, len(new), MANY):
        part = new[start : start + MANY]
        rows = (change.__dict__ | {"card_id": None if change.card is None else change.card["id"]} for change in part)
        await _rows.add(connection, rows)


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
    found: list[Change] = []
    wanted = sorted(set(revisions), reverse=True)
    for start in range(0, len(wanted), MANY):  # so that an import's thousands are not read in one go
        part = changes.c.revision.in_(wanted[start : start + MANY])
        query = select(*_COLUMNS).where(changes.c.wall_id == wall_id, part)
        rows = await connection.execute(query.order_by(changes.c.revision.desc()))
        found += [Change.model_construct(**row) for row in rows.mappings()]
    return found


async def last_of_card(connection: AsyncConnection, wall_id: int, card_id: str) -> Change | None:
    """The newest change of a card."""
    query = select(*_COLUMNS).where(changes.c.wall_id == wall_id, changes.c.card_id == card_id)
    row = (await connection.execute(query.order_by(changes.c.revision.desc()).limit(1))).mappings().one_or_none()
    return None if row is None else Change.model_construct(**row)


async def newest_of_wall(connection: AsyncConnection, wall_id: int, limit: int = 100) -> list[Change]:
    """The newest changes of a wall's settings, newest first."""
    query = select(*_COLUMNS).where(changes.c.wall_id == wall_id, changes.c.card_id.is_(None))
    rows = await connection.execute(query.order_by(changes.c.revision.desc()).limit(limit))
    return [Change.model_construct(**row) for row in rows.mappings()]


async def newest(
    connection: AsyncConnection,
    wall_id: int,
    *,
    before: int | None = None,
    card_id: str = "",
    kind: str = "",
    actor: str = "",
    limit: int = 50,
) -> list[Change]:
    """The newest changes before a revision, newest first; only those of a card, a kind or an actor if one is named."""
    query = select(*_COLUMNS).where(changes.c.wall_id == wall_id)
    if before is not None:
        query = query.where(changes.c.revision < before)
    for column, value in ((changes.c.card_id, card_id), (changes.c.kind, kind), (changes.c.actor, actor)):
        if value:
            query = query.where(column == value)
    rows = await connection.execute(query.order_by(changes.c.revision.desc()).limit(limit))
    return [Change.model_construct(**row) for row in rows.mappings()]


async def actors(connection: AsyncConnection, wall_id: int) -> list[str]:
    """Everybody who ever changed a wall, by label."""
    query = select(changes.c.actor).where(changes.c.wall_id == wall_id).distinct().order_by(changes.c.actor)
    return list((await connection.execute(query)).scalars())


async def decisions(connection: AsyncConnection, wall_id: int) -> list[Change]:
    """What was approved, rejected and undone, newest first: no cards, only revision, kind and `was`."""
    query = select(changes.c.revision, changes.c.kind, changes.c.was).where(
        changes.c.wall_id == wall_id, changes.c.kind.in_(("approved", "rejected", "undone"))
    )
    rows = await connection.execute(query.order_by(changes.c.revision.desc()))
    return [Change.model_construct(**row) for row in rows.mappings()]
