"""Giving a card a contact, agreeing to it, and taking it back; nothing of it reaches journal, board or hub."""

from dataclasses import dataclass
from secrets import token_urlsafe

from wall.actions.ledger import Ledger, stands
from wall.actions.page import Entry
from wall.errors import Complaint, Frozen, Invalid, LinkSpent
from wall.model.contact import ANSWER_WITHIN, CONSENTS, Contact, ContactDetails
from wall.model.roles import Actor
from wall.model.types import now
from wall.model.wall import Wall
from wall.store import contacts
from wall.store.people import digest

LIVING = ("pending", "approved", "rejected")


@dataclass(frozen=True, slots=True)
class Given:
    """A stored contact, and the token of the link that its person is to get by mail ('': nobody to write to)."""

    contact: Contact
    token: str


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
) -> Given | None:
    """Store the contact of a card in place of a former one. Details that are empty take it back.

    `other` details belong to somebody else, who is asked by mail; else the actor has agreed to the words of `version`.
    With `first` it belongs to a pin: a contact, or an emptied one, that stands already stays (None), since a pin may be
    sent twice; and a wall that was frozen since the pin was taken still takes it.

    Raises:
        Frozen: an author changes it while the wall is frozen.
        Gone, Conflict: the card is erased or closed.
    """
    token = token_urlsafe(24) if details.email else ""

    async def decide(entry: Entry) -> Given | None:
        card = await entry.card(card_id)
        entry.refuse_beyond(card.section)
        if first and await contacts.of_card(entry.connection, card_id) is not None:
            return None
        if not first:
            stands(card, *LIVING)
            if not actor.moderates and not entry.wall.takes_pins and not details.empty:
                raise Frozen(f"the wall is {entry.wall.phase}")
        moment = now()
        contact = Contact(
            **details.model_dump(),
            card_id=card_id,
            wall_id=wall.key,
            other=other,
            consent="" if other or details.empty else version,
            consented_at=None if other or details.empty else moment,
            consented_by="" if other or details.empty else actor.label,
            asked_at=moment,
            link=digest(token) if token else "",
        )
        await contacts.keep(entry.connection, contact)
        return Given(contact, token)

    return await ledger.write(wall.key, actor, decide)


async def agree(ledger: Ledger, wall_id: int, token: str, version: str, actor: Actor) -> None:
    """The person who was named by somebody else agrees; the link does so once.

    Raises:
        LinkSpent: the link is unknown or too old, or they agreed before.
        Invalid: they saw words that we do not know.
    """
    if version not in CONSENTS:
        raise Invalid([Complaint("agree", "agree_first")])

    async def decide(entry: Entry) -> None:
        contact = await contacts.of_link(entry.connection, digest(token))
        if contact is None or contact.agreed or now() - contact.asked_at > ANSWER_WITHIN:
            raise LinkSpent("a link to agree that is unknown, old or spent")
        update = {"consent": version, "consented_at": now(), "consented_by": "person"}
        await contacts.keep(entry.connection, contact.model_copy(update=update))

    await ledger.write(wall_id, actor, decide)


async def take_back(ledger: Ledger, wall_id: int, card_id: str, actor: Actor) -> None:
    """Forget the contact of a card; doing so twice is as good as once."""

    async def decide(entry: Entry) -> None:
        await contacts.empty(entry.connection, [card_id])

    await ledger.write(wall_id, actor, decide)
