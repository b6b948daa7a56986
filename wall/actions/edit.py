"""Editing a card: two people may change different fields at once; of one field the later is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from wall.actions.alive import still_stands
from wall.actions.difference import difference
from wall.actions.ledger import Ledger, stands
from wall.actions.page import Entry
from wall.actions.propose import propose_own
from wall.errors import Conflict
from wall.model import order
from wall.model.card import Card
from wall.model.flags import Watch
from wall.model.phase import closed
from wall.model.roles import Actor
from wall.model.types import now
from wall.model.wall import Wall
from wall.store import boards


@dataclass(frozen=True, slots=True)
class Edited:
    """A card and the revisions that editing it took; `approved`: it waited, and this approved it."""

    card: Card
    revisions: tuple[int, ...]
    approved: bool


async def edit(ledger: Ledger, wall: Wall, card_id: str, raw: Mapping[str, Any], base: int, actor: Actor) -> Card:
    """Give the card the words in `raw`, which were written over the card as it was at revision `base`.

    Fields that somebody else changed since and this editor left alone keep the newer words. Where a moderator has to
    read it first, an author's edit of a card that hangs is kept as a proposal. Whoever edits their own card that hangs
    says that it still stands.

    Raises:
        Invalid: `raw` cannot be taken as it is.
        Conflict: both changed the same field; carries what stands now.
        Frozen: an author edits while the wall is frozen.
    """
    return (await revise(ledger, wall, card_id, raw, base, actor, approve=False)).card


async def revise(
    ledger: Ledger, wall: Wall, card_id: str, raw: Mapping[str, Any], base: int, actor: Actor, *, approve: bool
) -> Edited:
    """Edit a card and, if it still waits then, `approve` it: one deed, undone as one.

    Raises:
        Invalid, Conflict, Frozen: as `edit`; nothing was approved then either.
    """

    async def decide(entry: Entry) -> Edited:
        card = await _edit(entry, ledger.watch, card_id, raw, base)
        approved = approve and card.status == "pending"
        if approved:
            card = entry.change("approved", card, status="approved", confirmed_at=now())
        entry.belong_together()
        return Edited(card, tuple(change.revision for change in entry.changes), approved)

    return await ledger.write(wall.key, actor, decide)


async def _edit(entry: Entry, watch: Watch, card_id: str, raw: Mapping[str, Any], base: int) -> Card:
    card, theirs = stands(await entry.card(card_id), "pending", "approved", "rejected"), not entry.actor.moderates
    if theirs and not entry.wall.takes_pins:
        raise closed(entry.wall)
    found = await difference(entry, card, raw, base)
    update = {field: value for field, value in found.mine.items() if value != card.content[field]}
    unread = theirs and (entry.wall.moderation == "before" or watch.holds(found.taken))
    if unread and card.status == "approved":
        await propose_own(entry, card, content=update)
        return await _confirmed(entry, card) if update else card
    if not update:
        return card
    if "section" in update:
        update["position"] = await entry.end_of(update["section"])
    if unread and card.status != "pending":
        update["status"] = "pending"  # what nobody has read goes through the queue again
    elif theirs and card.status == "approved":
        update |= await still_stands(entry, card)
    return entry.change("edited", card, **update)


async def _confirmed(entry: Entry, card: Card) -> Card:
    """The card as confirmed by its author, unless it was today: an hour at the form is not a row of changes."""
    update = await still_stands(entry, card)
    if "hidden" not in update and card.confirmed_at is not None and now() - card.confirmed_at < timedelta(days=1):
        return card
    return entry.change("confirmed", card, **update)


async def move(ledger: Ledger, wall: Wall, card_id: str, section: str, after: str, actor: Actor) -> Card:
    """Put the card right behind the card `after` in a section; '' is the top."""

    async def decide(entry: Entry) -> Card:
        card = await entry.card(card_id)
        if entry.wall.section(section) is None:
            raise Conflict({"section": card.section})
        column = [c for c in await boards.column(entry.connection, wall.key, section) if c.id != card_id]
        return entry.change("moved", card, section=section, position=order.after(column, after))

    return await ledger.write(wall.key, actor, decide)


async def step(ledger: Ledger, wall: Wall, card_id: str, direction: str, actor: Actor) -> Card:
    """Put the card one place up or down among the cards that everybody sees; at the end it stays."""

    async def decide(entry: Entry) -> Card:
        card = await entry.card(card_id)
        column = await boards.column(entry.connection, wall.key, card.section)
        seen = [c for c in column if c.id == card_id or c.visible]
        here = next(i for i, c in enumerate(seen) if c.id == card_id)
        goal = here - 1 if direction == "up" else here + 1
        if not 0 <= goal < len(seen):
            return card
        rest = [c for c in column if c.id != card_id]
        if direction == "up":
            before = rest[: next(i for i, c in enumerate(rest) if c.id == seen[goal].id)]
            previous = before[-1].id if before else ""
        else:
            previous = seen[goal].id
        return entry.change("moved", card, position=order.after(rest, previous))

    return await ledger.write(wall.key, actor, decide)
