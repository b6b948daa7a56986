"""Askings as rows: which card is to be asked about, who was asked when, and who never answered."""

from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model.alive import Asking, askings
from wall.model.card import cards
from wall.model.contact import contacts

_known = func.coalesce(cards.c.confirmed_at, cards.c.created_at)
_shown = (cards.c.status == "approved", cards.c.hidden.is_(False))


async def next_card(connection: AsyncConnection, wall_id: int, limit: datetime) -> tuple[str, str, str] | None:
    """Number, name and address of the card that waits longest: not confirmed and not asked about since `limit`."""
    query = (
        select(cards.c.id, cards.c.name, contacts.c.email)
        .join(contacts, contacts.c.card_id == cards.c.id)
        .outerjoin(askings, askings.c.card_id == cards.c.id)
        .where(cards.c.wall_id == wall_id, *_shown, _known < limit)
        .where(contacts.c.consented_at.is_not(None), contacts.c.email != "")
        .where(or_(askings.c.asked_at.is_(None), askings.c.asked_at < limit))
        .order_by(_known, cards.c.id)
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def unanswered(connection: AsyncConnection, wall_id: int, limit: datetime) -> list[str]:
    """The cards whose contact got a mail before `limit` and did not answer; each only once."""
    query = (
        select(cards.c.id)
        .join(askings, askings.c.card_id == cards.c.id)
        .where(cards.c.wall_id == wall_id, *_shown, _known < askings.c.asked_at)
        .where(askings.c.sent_at < limit, askings.c.lapsed_at.is_(None))
    )
    return list((await connection.execute(query.order_by(cards.c.id))).scalars())


async def of_wall(connection: AsyncConnection, wall_id: int) -> dict[str, Asking]:
    """What was asked about the cards of a wall."""
    rows = await connection.execute(select(askings).where(askings.c.wall_id == wall_id))
    return {row["card_id"]: Asking.model_construct(**row) for row in rows.mappings()}


async def of_link(connection: AsyncConnection, digest: str) -> Asking | None:
    """Whose link this is."""
    row = (await connection.execute(select(askings).where(askings.c.link == digest))).mappings().one_or_none()
    return None if row is None else Asking.model_construct(**row)


async def keep(connection: AsyncConnection, card_id: str, wall_id: int, asked_at: datetime, link: str) -> None:
    """Store an asking in place of the card's former one."""
    await drop(connection, card_id)
    row = {"card_id": card_id, "wall_id": wall_id, "asked_at": asked_at, "link": link}
    await connection.execute(insert(askings).values(row | {"sent_at": None, "lapsed_at": None}))


async def mark(connection: AsyncConnection, card_id: str, **known: datetime) -> None:
    """Set `sent_at` or `lapsed_at`."""
    await connection.execute(update(askings).where(askings.c.card_id == card_id).values(**known))


async def drop(connection: AsyncConnection, card_id: str) -> None:
    await connection.execute(delete(askings).where(askings.c.card_id == card_id))
