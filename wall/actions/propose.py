"""Proposing words for a card that is on the wall, reporting it, and deciding about both; the card stays as it is."""

from collections.abc import Collection, Mapping
from secrets import token_hex
from typing import Any

from wall.actions.difference import content_at, difference
from wall.actions.ledger import Ledger, stands
from wall.actions.page import Entry
from wall.errors import Complaint, Conflict, Invalid
from wall.model.card import Card
from wall.model.phase import closed
from wall.model.proposal import LONGEST, MOST, PICTURE, REASONS, Proposal, ProposalKind, standing
from wall.model.roles import Actor
from wall.model.types import now
from wall.model.wall import Wall
from wall.store import proposals
from wall.text import clean


async def put_before_the_team(
    entry: Entry,
    card: Card,
    kind: ProposalKind,
    *,
    fields: dict[str, Any],
    was: dict[str, Any],
    words: str = "",
    reason: str = "",
) -> Proposal:
    """Keep a proposal.

    Raises:
        Invalid: so many wait on this wall that another would not be looked at.
    """
    if kind != "author" and await proposals.by_visitors(entry.connection, entry.wall.key) >= MOST:
        raise Invalid([Complaint("", "many_wait")])
    said = clean(words, lines=True)[:LONGEST]
    moment = now()
    proposal = Proposal(
        id=token_hex(6),
        status="open",
        decided_by="",
        wall_id=entry.wall.key,
        card_id=card.id,
        kind=kind,
        fields=fields,
        was=was,
        base=card.revision,
        reason=reason,
        words=said,
        made_at=moment,
    )
    await proposals.keep(entry.connection, proposal)
    return proposal


async def propose_own(
    entry: Entry, card: Card, *, content: dict[str, Any] | None = None, picture: dict[str, Any] | None = None
) -> None:
    """Keep what an author wants for a card that hangs, in place of what waited before; None leaves that half of it as
    it waits, and what is as the card says already is nothing to decide."""
    before, hangs = await proposals.of_author(entry.connection, card.id), standing(card)
    if before is not None:
        content = before.content if content is None else content
        picture = before.picture if picture is None else picture
        await proposals.drop_of_author(entry.connection, card.id)
    fields = {field: value for field, value in (content or {}).items() if value != hangs[field]}
    if picture and any(value != hangs[field] for field, value in picture.items()):
        fields |= picture
    if fields:
        was = {field: hangs[field] for field in fields}
        await put_before_the_team(entry, card, "author", fields=fields, was=was)


async def suggest(
    ledger: Ledger, wall: Wall, card_id: str, raw: Mapping[str, Any], base: int, words: str, actor: Actor
) -> Proposal:
    """Propose other words for a card that everybody sees.

    Raises:
        Invalid: they cannot be taken, change nothing, or too many wait.
        Conflict: somebody changed the same field meanwhile, or the card is not on the wall any more.
        Frozen: the wall takes nothing now.
    """

    async def decide(entry: Entry) -> Proposal:
        card = stands(await entry.card(card_id), "approved")
        if not entry.wall.takes_pins:
            raise closed(entry.wall)
        found = await difference(entry, card, raw, base)
        fields = {field: value for field, value in found.mine.items() if value != card.content[field]}
        if not fields:
            raise Invalid([Complaint("", "nothing_changed")])
        was = {field: card.content[field] for field in fields}
        return await put_before_the_team(entry, card, "suggestion", fields=fields, was=was, words=words)

    return await ledger.write(wall.key, actor, decide)


async def report(ledger: Ledger, wall: Wall, card_id: str, reason: str, words: str, actor: Actor) -> Proposal:
    """Tell the moderators that something is wrong with a card; also while the wall is frozen.

    Raises:
        Invalid: it gives no reason, or too many wait.
        Conflict: the card is not on the wall any more.
    """

    async def decide(entry: Entry) -> Proposal:
        card = stands(await entry.card(card_id), "approved")
        if reason not in REASONS:
            raise Invalid([Complaint("reason", "missing")])
        return await put_before_the_team(entry, card, "report", fields={}, was={}, words=words, reason=reason)

    return await ledger.write(wall.key, actor, decide)


async def accept(
    ledger: Ledger, wall: Wall, proposal_id: str, chosen: Collection[str], seen: int, actor: Actor
) -> Card:
    """Give the card the `chosen` fields of a proposal, by a moderator who saw the card at revision `seen`.

    Returns the card, changed or, for a report that is done with, as it is.

    Raises:
        Conflict: somebody has decided it, or has changed one of these fields since.
        Invalid: nothing was chosen, or the wall cannot take the words any more.
        Forbidden: the actor moderates other sections only.
    """

    async def decide(entry: Entry) -> Card:
        proposal = await _open(entry, proposal_id)
        card = await entry.card(proposal.card_id)
        entry.refuse_beyond(card.section)
        if proposal.kind == "report":
            await _settle(entry, proposal, "accepted")
            return card
        stands(card, "approved", "pending")
        fields = {field: value for field, value in proposal.fields.items() if field in chosen}
        if not fields:
            raise Invalid([Complaint("", "choose_some")])
        if "image" in fields:
            fields |= proposal.picture  # never without the words for it
        then, hangs = await content_at(entry, card, seen), standing(card)
        moved = {field: hangs[field] for field in fields if hangs[field] != then[field]}
        if moved:
            raise Conflict(moved, hangs | fields, card.revision)
        taken = (await difference(entry, card, card.content | fields, card.revision)).mine
        update = taken | {f: value for f, value in fields.items() if f in PICTURE and value != hangs[f]}
        if "section" in update:
            update["position"] = await entry.end_of(update["section"])
        await _settle(entry, proposal, "accepted")
        return entry.change("edited", card, **update) if update else card

    return await ledger.write(wall.key, actor, decide)


async def reject(ledger: Ledger, wall: Wall, proposal_id: str, actor: Actor) -> Proposal:
    """Leave the card as it is.

    Raises:
        Conflict: somebody has decided it already.
        Forbidden: the actor moderates other sections only.
    """

    async def decide(entry: Entry) -> Proposal:
        proposal = await _open(entry, proposal_id)
        entry.refuse_beyond((await entry.card(proposal.card_id)).section)
        return await _settle(entry, proposal, "rejected")

    return await ledger.write(wall.key, actor, decide)


async def reopen(ledger: Ledger, wall: Wall, proposal_id: str, actor: Actor) -> Proposal:
    """Put a proposal that was rejected before the moderators again.

    Raises:
        Conflict: it waits, or was accepted.
    """

    async def decide(entry: Entry) -> Proposal:
        proposal = await proposals.find(entry.connection, entry.wall.key, proposal_id)
        entry.refuse_beyond((await entry.card(proposal.card_id)).section)
        if proposal.status != "rejected":
            raise Conflict({"status": proposal.status})
        again = proposal.model_copy(update={"status": "open", "decided_at": None, "decided_by": ""})
        await proposals.settle(entry.connection, again)
        return again

    return await ledger.write(wall.key, actor, decide)


async def _open(entry: Entry, proposal_id: str) -> Proposal:
    proposal = await proposals.find(entry.connection, entry.wall.key, proposal_id)
    if proposal.status != "open":
        raise Conflict({"status": proposal.status})
    return proposal


async def _settle(entry: Entry, proposal: Proposal, status: str) -> Proposal:
    update = {"status": status, "decided_at": now(), "decided_by": entry.actor.label}
    settled = proposal.model_copy(update=update)
    await proposals.settle(entry.connection, settled)
    return settled
