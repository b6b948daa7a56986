"""Contacts at page time: what a page may show of one, and storing one so that the person it names hears of it."""

from typing import Literal

from wall.actions.contact import give
from wall.model.audience import ContactShown, Role, contact_for
from wall.model.card import Card
from wall.model.contact import Contact, ContactDetails
from wall.model.roles import Actor
from wall.model.wall import Wall
from wall.store import contacts
from wall.web.contact_form import PostedContact
from wall.web.house import House


async def contact_shown(house: House, card_id: str, role: Role | Literal["author"]) -> ContactShown | None:
    """What this role may see of a card's contact, read for this one page."""
    async with house.database.read() as connection:
        return contact_for(role, await contacts.of_card(connection, card_id))


async def keep(
    house: House, wall: Wall, card: Card, posted: PostedContact, details: ContactDetails, actor: Actor, *, first: bool
) -> None:
    """Store a contact and write to whom it names: others are asked, who named themselves can take it back.

    Raises:
        Invalid, Frozen, Gone, Conflict: as `give`.
    """
    how = {"other": posted.other, "first": first}
    given = await give(house.ledger, wall, card.id, details, actor, version=posted.consent, **how)
    if given is None or not given.email or not house.mail.ready:
        return
    if not house.limits.spend("mail to contact", given.email):  # nobody is flooded by being named over and over
        house.mail.post(
            given.email,
            "contact_ask" if given.other else "contact_told",
            wall.language,
            address=wall.address,
            card=card.name,
            wall=wall.title,
            link=link_of(house, given),
        )


def link_of(house: House, contact: Contact) -> str:
    """Where the person named can agree or take it back."""
    return f"{house.settings.base_url.rstrip('/')}/contact/{house.contact_links.token(contact)}"
