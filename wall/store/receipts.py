"""Receipts: what an idempotency key was answered with."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model.change import Receipt, receipts
from wall.store.rows import Rows

_rows = Rows(receipts)


async def of_keys(connection: AsyncConnection, wall_id: int, keys: Sequence[str]) -> dict[str, Receipt]:
    """The receipts of these keys that exist, by key."""
    if not keys:
        return {}
    query = select(receipts).where(receipts.c.wall_id == wall_id, receipts.c.key.in_(keys))
    rows = (await connection.execute(query)).mappings()
    return {row["key"]: Receipt.model_construct(**row) for row in rows}


async def keep(connection: AsyncConnection, given: Sequence[Receipt]) -> None:
    """Store new receipts."""
    await _rows.add(connection, (receipt.__dict__ for receipt in given))


async def redact(connection: AsyncConnection, wall_id: int, card_id: str) -> None:
    """Forget what was said with the keys of an erased card; the keys stay taken, so that a repetition brings no words
    back."""
    mine = (receipts.c.wall_id == wall_id, receipts.c.card_id == card_id)
    await connection.execute(update(receipts).where(*mine).values(digest=""))
