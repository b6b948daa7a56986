"""Contacts as rows: of a card, of an address; written, emptied and deleted."""

from collections.abc import Iterable

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model.contact import Contact, ContactDetails, contacts

NOBODY = {"from_team": "", "consent": "", "consented_at": None, "consented_by": ""}
EMPTY = ContactDetails.model_validate({}).model_dump() | NOBODY


async def of_card(connection: AsyncConnection, card_id: str) -> Contact | None:
    """The contact of a card, also an emptied one."""
    row = (await connection.execute(select(contacts).where(contacts.c.card_id == card_id))).mappings().one_or_none()
    return None if row is None else Contact.model_construct(**row)


async def of_address(connection: AsyncConnection, email: str, wall_id: int | None = None) -> list[Contact]:
    """Every contact with this address, on one wall or on all."""
    query = select(contacts).where(contacts.c.email == email)
    if wall_id is not None:
        query = query.where(contacts.c.wall_id == wall_id)
    rows = await connection.execute(query.order_by(contacts.c.card_id))
    return [Contact.model_construct(**row) for row in rows.mappings()]


async def waiting(connection: AsyncConnection, wall_id: int) -> list[str]:
    """The cards on a wall whose contact has not agreed yet."""
    filled = contacts.c.name + contacts.c.email + contacts.c.phone != ""
    query = select(contacts.c.card_id).where(contacts.c.wall_id == wall_id, filled, contacts.c.consented_at.is_(None))
    return list((await connection.execute(query.order_by(contacts.c.card_id))).scalars())


async def reachable(connection: AsyncConnection, wall_id: int) -> set[str]:
    """The cards on a wall about which somebody who has agreed can be written to."""
    agreed = (contacts.c.wall_id == wall_id, contacts.c.email != "", contacts.c.consented_at.is_not(None))
    return set((await connection.execute(select(contacts.c.card_id).where(*agreed))).scalars())


async def keep(connection: AsyncConnection, contact: Contact) -> None:
    """Store the contact in place of the card's former one."""
    await connection.execute(delete(contacts).where(contacts.c.card_id == contact.card_id))
    await connection.execute(insert(contacts).values(contact.model_dump()))


async def empty(connection: AsyncConnection, card_ids: Iterable[str]) -> None:
    """Forget what these cards' contacts hold; the empty rows stay."""
    await connection.execute(update(contacts).where(contacts.c.card_id.in_(list(card_ids))).values(EMPTY))


async def drop(connection: AsyncConnection, card_ids: Iterable[str]) -> None:
    """Delete these cards' contacts, empty rows too."""
    await connection.execute(delete(contacts).where(contacts.c.card_id.in_(list(card_ids))))
