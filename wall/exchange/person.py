"""Everything that is held about one person, by e-mail address: to hand over (GDPR, Art. 15) or to erase (Art. 17)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from wall.actions.erase import scrub
from wall.actions.ledger import Ledger
from wall.model.card import cards
from wall.model.contact import Contact
from wall.model.person import people as people_table
from wall.model.person import sessions
from wall.model.types import now
from wall.model.wall import walls
from wall.store import contacts, people
from wall.text import address_of

SECRET = ("password", "digest", "link", "token", "secret")  # proves who somebody is, says nothing about them


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it can be handed over: moments as text, nothing that opens a door."""
    shown = {name: value for name, value in row.items() if not any(word in name for word in SECRET)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in shown.items()}


async def about(connection: AsyncConnection, address: str, wall_id: int | None = None) -> dict[str, Any]:
    """What is held about an address, as plain data; with `wall_id` only what belongs to that wall."""
    address = address_of(address) or address.strip().lower()
    held: dict[str, Any] = {"address": address, "as_of": now().isoformat(), "contacts": [], "mentions": []}
    for contact in await contacts.of_address(connection, address, wall_id):
        held["contacts"].append(await _contact(connection, contact))
    held["mentions"] = await _mentions(connection, address, wall_id)
    held["messages"] = "Messages sent through a card are passed on and not kept."
    if wall_id is None:
        held["account"] = await _account(connection, address)
    return held


async def _contact(connection: AsyncConnection, contact: Contact) -> dict[str, Any]:
    query = select(walls.c.slug, cards.c.name, cards.c.status).join(cards, cards.c.wall_id == walls.c.id)
    slug, name, status = (await connection.execute(query.where(cards.c.id == contact.card_id))).one()
    return {
        "wall": slug,
        "card": {"id": contact.card_id, "name": name, "status": status},
        "details": {
            part: {"value": getattr(contact, part), "seen_by": contact.wishes[part]} for part in contact.wishes
        },
        "entered_by_somebody_else": contact.other,
        "entered_at": contact.asked_at.isoformat(),
        "consent": {
            "version": contact.consent,
            "at": contact.consented_at.isoformat() if contact.consented_at else None,
            "given_by": contact.consented_by,
        },
    }


async def _mentions(connection: AsyncConnection, address: str, wall_id: int | None) -> list[dict[str, str]]:
    """Cards in whose public words the address stands."""
    fields = ("name", "description", "meeting", "offers", "seeks", "website", "members", "topics", "schedule")
    said = or_(*(cast(cards.c[field], Text).icontains(address, autoescape=True) for field in fields))
    query = select(walls.c.slug, cards.c.id, cards.c.name).join(cards, cards.c.wall_id == walls.c.id).where(said)
    if wall_id is not None:
        query = query.where(walls.c.id == wall_id)
    return [{"wall": slug, "card": card, "name": name} for slug, card, name in await connection.execute(query)]


async def _account(connection: AsyncConnection, address: str) -> dict[str, Any] | None:
    person = await people.person_by_email(connection, address)
    if person is None or person.id is None:
        return None
    query = select(sessions).where(sessions.c.person_id == person.id)
    return {
        **_plain(person.model_dump()),
        "has_password": bool(person.password),
        "roles": [
            {"role": role, "wall": wall.slug if wall else None}
            for role, wall in await people.roles_of(connection, person.id)
        ],
        "sessions": [_plain(dict(row)) for row in (await connection.execute(query)).mappings()],
    }


async def forget(ledger: Ledger, address: str) -> dict[str, int]:
    """Erase the contacts and the account of an address; says how many of each there were.

    The journal keeps the number of an account that decided something, which then belongs to nobody. Words that people
    wrote on cards are not touched: `about` lists the cards, and each can be edited or erased.
    """
    address = address_of(address) or address.strip().lower()

    async def job(connection: AsyncConnection) -> dict[str, int]:
        found = await contacts.of_address(connection, address)
        await contacts.empty(connection, [contact.card_id for contact in found])
        person = await people.person_by_email(connection, address)
        if person is not None:
            await _delete_account(connection, person.id)
        return {"contacts": len(found), "accounts": int(person is not None)}

    done = await ledger.database.write(job)
    await scrub(ledger)
    return done


async def _delete_account(connection: AsyncConnection, person_id: int | None) -> None:
    """Delete a person and whatever in any table belongs to them."""
    for table in reversed(SQLModel.metadata.sorted_tables):
        for column in table.c:
            if any(key.column is people_table.c.id for key in column.foreign_keys):
                await connection.execute(delete(table).where(column == person_id))
    await connection.execute(delete(people_table).where(people_table.c.id == person_id))
