"""Giving a card a contact, agreeing to it, and taking it back; nothing of it reaches journal, board or hub."""

from datetime import datetime

from wall.actions.ledger import Ledger, stands
from wall.actions.page import Entry
from wall.errors import Complaint, Invalid, LinkSpent
from wall.model.contact import ANSWER_WITHIN, CONSENTS, Contact, ContactDetails, consented
from wall.model.phase import closed
from wall.model.roles import Actor
from wall.model.types import now
from wall.model.wall import Wall
from wall.store import contacts

LIVING = ("pending", "approved", "rejected")


async def give(
    ledger: Ledger,
    wall: Wall,
    card_id: str,
    details: ContactDetails,
    actor: Actor,
    *,
    other: bool,
    version: str = "",
    first: bool = False,
) -> Contact | None:
    """Store the contact of a card in place of a former one.

    `other` details belong to somebody else, who has yet to agree; else the actor has agreed to the words of `version`.
    What an author writes over the team's entry is always somebody else's. None: nobody has to hear of it. With `first`
    it belongs to a pin: a contact, or an emptied one, that stands already stays, since a pin may be sent twice; and a
    wall that was frozen since the pin was taken still takes it.

    Raises:
        Invalid: nobody has agreed, or nobody can be asked.
        Frozen: an author would show more of it while the wall is frozen; to show less they may always.
        Gone, Conflict: the card is erased or closed.
    """

    async def decide(entry: Entry) -> Contact | None:
        card = await entry.card(card_id)
        former = await contacts.of_card(entry.connection, card_id)
        if first and former is not None:
            return None
        if not first:
            entry.refuse_beyond(card.section)
            stands(card, *LIVING)
        moment = now()
        contact = Contact(**details.model_dump(), card_id=card_id, wall_id=wall.key, other=other, asked_at=moment)
        if actor.moderates:
            contact.from_team = " ".join(details.wishes)
        elif former is not None and former.of_team:
            contact = former.written_over(details, moment)
            if contact.asked_at != moment and not contact.empty:
                await contacts.keep(entry.connection, contact)
                return None
        if contact.empty:
            await contacts.empty(entry.connection, [card_id])
            return None
        shown = former if former is not None and former.agreed else None
        shut = not (first or actor.moderates or entry.wall.takes_pins)
        if shut and contact.shows_more_than(shown):
            raise closed(entry.wall)
        consented(contact, contact.other, version)
        if not contact.other:
            contact.consent, contact.consented_at, contact.consented_by = version, moment, actor.label
        await contacts.keep(entry.connection, contact)
        return contact

    return await ledger.write(wall.key, actor, decide)


async def agree(ledger: Ledger, wall_id: int, card_id: str, asked_at: datetime, version: str, actor: Actor) -> None:
    """The person who was named by somebody else agrees, once, to what was entered at `asked_at`.

    Raises:
        LinkSpent: that stands no more, or is too old, or they agreed before.
        Invalid: they saw words that we do not know.
    """
    if version not in CONSENTS:
        raise Invalid([Complaint("agree", "agree_first")])

    async def decide(entry: Entry) -> None:
        contact = await contacts.of_card(entry.connection, card_id)
        open_still = contact is not None and contact.waiting and now() - contact.asked_at <= ANSWER_WITHIN
        if contact is None or not open_still or contact.asked_at != asked_at:
            raise LinkSpent("a link to agree that is unknown, old or spent")
        update = {"consent": version, "consented_at": now(), "consented_by": "person"}
        await contacts.keep(entry.connection, contact.model_copy(update=update))

    await ledger.write(wall_id, actor, decide)


async def take_back(ledger: Ledger, wall_id: int, card_id: str, actor: Actor) -> None:
    """Forget the contact of a card; doing so twice is as good as once."""

    async def decide(entry: Entry) -> None:
        await contacts.empty(entry.connection, [card_id])

    await ledger.write(wall_id, actor, decide)
