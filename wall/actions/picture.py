"""Giving a card a picture, other words for what is on it, or taking it away."""

from wall.actions.ledger import Ledger, stands
from wall.actions.page import Entry
from wall.actions.propose import propose_own
from wall.errors import Complaint, Invalid
from wall.model.card import Card
from wall.model.phase import closed
from wall.model.picture import ALT
from wall.model.roles import Actor
from wall.model.wall import Wall
from wall.text import clean, readable

OPEN = ("pending", "approved", "rejected")


def description(alt: str) -> str:
    """What is to be seen on a picture, cleaned.

    Raises:
        Invalid: it says nothing, or too much.
    """
    said = clean(alt)
    if not readable(said):
        raise Invalid([Complaint("image_alt", "missing")])
    if len(said) > ALT:
        raise Invalid([Complaint("image_alt", "too_long", {"max": ALT, "length": len(said)})])
    return said


def may_change(wall: Wall, card: Card, actor: Actor) -> None:
    """Whether this actor may give the card another picture now.

    Raises:
        Conflict: the card is closed.
        Frozen: an author changes while the wall is frozen.
    """
    stands(card, *OPEN)
    if not actor.moderates and not wall.takes_pins:
        raise closed(wall)


async def picture(ledger: Ledger, wall: Wall, card_id: str, image: str, alt: str, actor: Actor) -> Card:
    """Let the card show the picture called `image`, described by `alt`; '' takes its picture away.

    An author's new picture for a card that hangs waits as a proposal where a moderator has to look first; the card
    keeps the one it has.

    Raises:
        Invalid: nothing says what is to be seen on it.
        Conflict, Frozen: see `may_change`.
    """
    said = description(alt) if image else ""

    async def decide(entry: Entry) -> Card:
        card = await entry.card(card_id)
        may_change(entry.wall, card, actor)
        update = {"image": image, "image_alt": said}
        update = {field: value for field, value in update.items() if value != getattr(card, field)}
        unseen = not actor.moderates and (entry.wall.moderation == "before" or bool(ledger.watch.word_in(said)))
        if not actor.moderates and card.status == "approved":
            waits = unseen and bool(image)
            await propose_own(entry, card, picture={"image": image, "image_alt": said} if waits else {})
            if waits:
                return card
        if not update:
            return card
        if image and unseen and card.status != "pending":
            update["status"] = "pending"  # what nobody has looked at goes through the queue again
        return entry.change("edited", card, **update)

    return await ledger.write(wall.key, actor, decide)
