"""Editing a card: two people may change different fields at once; of one field the later is told."""

from collections.abc import Mapping
from typing import Any

from wall.actions.difference import difference
from wall.actions.ledger import Ledger, stands
from wall.actions.page import Entry
from wall.actions.propose import put_before_the_team
from wall.errors import Conflict
from wall.model import order
from wall.model.card import Card
from wall.model.phase import closed
from wall.model.roles import Actor
from wall.model.wall import Wall
from wall.store import boards, proposals


async def edit(ledger: Ledger, wall: Wall, card_id: str, raw: Mapping[str, Any], base: int, actor: Actor) -> Card:
    """Give the card the words in `raw`, which were written over the card as it was at revision `base`.

    Fields that somebody else changed since and this editor left alone keep the newer words. Where a moderator has to
    read it first, an author's edit of a card that hangs is kept as a proposal, and the card is returned as it is.

    Raises:
        Invalid: `raw` cannot be taken as it is.
        Conflict: both changed the same field; carries what stands now.
        Frozen: an author edits while the wall is frozen.
    """

    async def decide(entry: Entry) -> Card:
        card = stands(await entry.card(card_id), "pending", "approved", "rejected")
        if not actor.moderates and not entry.wall.takes_pins:
            raise closed(entry.wall)
        found = await difference(entry, card, raw, base)
        update = {field: value for field, value in found.mine.items() if value != card.content[field]}
        unread = not actor.moderates and (entry.wall.moderation == "before" or ledger.watch.holds(found.taken))
        if unread and card.status == "approved":
            await _propose(entry, card, update)
            return card
        if not update:
            return card
        if "section" in update:
            update["position"] = await entry.end_of(update["section"])
        if unread and card.status != "pending":
            update["status"] = "pending"  # what nobody has read goes through the queue again
        return entry.change("edited", card, **update)

    return await ledger.write(wall.key, actor, decide)


async def _propose(entry: Entry, card: Card, update: dict[str, Any]) -> None:
    """What an author writes on a card that hangs is put before the moderators; the card stays as it is meanwhile."""
    if not update:  # back to what hangs: nothing is left to decide
        await proposals.drop_of_author(entry.connection, card.id)
        return
    was = {field: card.content[field] for field in update}
    await put_before_the_team(entry, card, "author", fields=update, was=was)


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
