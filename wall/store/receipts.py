"""Receipts: what an idempotency key was answered with."""

from collections.abc import Sequence

from sqlalchemy import select
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
