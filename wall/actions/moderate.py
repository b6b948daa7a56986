"""What moderators decide about a card, and what its author may take back."""

from wall.actions.ledger import Ledger, stands
from wall.actions.page import Entry
from wall.errors import Conflict
from wall.model.card import Card
from wall.model.change import ChangeKind
from wall.model.roles import Actor
from wall.model.types import now
from wall.model.wall import Wall
from wall.text import clean

REASONS = ("duplicate", "unclear", "not_a_network", "advert", "personal", "insult", "other")
WORDS = 300  # characters of a moderator's own explanation


async def approve(ledger: Ledger, wall: Wall, card_id: str, actor: Actor) -> Card:
    """Show a waiting card to everybody. A rejected one stays so: of two who decide at once, one is told.

    Raises:
        Conflict: it is not waiting any more.
    """

    async def decide(entry: Entry) -> Card:
        card = stands(await entry.card(card_id), "pending")
        return entry.change("approved", card, status="approved", confirmed_at=now())

    return await ledger.write(wall.key, actor, decide)


async def reject(ledger: Ledger, wall: Wall, card_id: str, reason: str, actor: Actor, words: str = "") -> Card:
    """Refuse a waiting card; `reason` is one of REASONS, anything else counts as "other". `words` are the team's own.

    Raises:
        Conflict: it is not waiting any more.
    """

    async def decide(entry: Entry) -> Card:
        card = stands(await entry.card(card_id), "pending")
        rejected = entry.change("rejected", card, status="rejected")
        entry.changes[-1].was |= {"reason": reason if reason in REASONS else "other", "words": clean(words)[:WORDS]}
        return rejected

    return await ledger.write(wall.key, actor, decide)


async def _set_hidden(ledger: Ledger, wall: Wall, card_id: str, actor: Actor, hidden: bool) -> Card:
    kind: ChangeKind = "hidden" if hidden else "shown"

    async def decide(entry: Entry) -> Card:
        card = stands(await entry.card(card_id), "approved", "pending", "rejected")
        if card.hidden == hidden:
            raise Conflict({"hidden": card.hidden})
        return entry.change(kind, card, hidden=hidden)

    return await ledger.write(wall.key, actor, decide)


async def hide(ledger: Ledger, wall: Wall, card_id: str, actor: Actor) -> Card:
    """Take a card out of sight without a verdict."""
    return await _set_hidden(ledger, wall, card_id, actor, True)


async def show(ledger: Ledger, wall: Wall, card_id: str, actor: Actor) -> Card:
    """Undo `hide`."""
    return await _set_hidden(ledger, wall, card_id, actor, False)


async def withdraw(ledger: Ledger, wall: Wall, card_id: str, actor: Actor) -> Card:
    """Take a card off the wall at its author's wish; doing so twice is as good as once."""

    async def decide(entry: Entry) -> Card:
        card = await entry.card(card_id)
        if card.status == "withdrawn":
            return card
        return entry.change("withdrawn", card, status="withdrawn")

    return await ledger.write(wall.key, actor, decide)
