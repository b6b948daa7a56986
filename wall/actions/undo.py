"""Undoing: a change of its own that puts back exactly what another altered, if that still stands as it was left."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from wall.actions.configure import settings_with
from wall.actions.ledger import Ledger
from wall.actions.page import Entry
from wall.errors import Conflict, Gone, Invalid, NotFound
from wall.model.card import Card
from wall.model.change import Change
from wall.model.roles import Actor
from wall.model.wall import Wall
from wall.store import boards, journal

BREATH = 25  # changes after which everybody else gets a turn
UNTOUCHED = {"id", "wall_id", "revision", "pinned_at_revision", "created_at", "changed_at"}


def former(change: Change) -> dict[str, Any]:
    """The fields a change altered and what they were, as plain data; a pin is taken back by withdrawing its card."""
    if change.card is not None:
        if change.kind == "pinned":
            return {"status": "withdrawn"}
        known = set(Card.model_fields) - UNTOUCHED
        return {field: value for field, value in change.was.items() if field in known and value != change.card[field]}
    after = change.settings or {}
    return {field: value for field, value in change.was.items() if field in after and value != after[field]}


def standing_in_the_way(change: Change, card: Card | None, wall: Wall) -> dict[str, Any]:
    """The fields because of which a change cannot be undone any more, with what stands in them now; none: it can."""
    back = former(change)
    if change.kind == "restored" or not back:
        return {"revision": change.revision}  # a restored wall is put back by restoring the state before it
    if change.settings is not None:
        now: dict[str, Any] = wall.model_dump(mode="json", include=set(back))
        return {field: value for field, value in now.items() if value != change.settings[field]}
    if card is None or change.card is None:
        return {"card": None}
    if card.status == "erased":
        return {"status": card.status}
    now = card.model_dump(mode="json", include=set(back))
    clash = {field: value for field, value in now.items() if value != change.card[field]}
    if wall.section(back.get("section", card.section)) is None and back.get("status", card.status) != "withdrawn":
        clash["section"] = card.section  # the column it would go back to is gone
    return clash


async def undo(
    ledger: Ledger,
    wall: Wall,
    revisions: Collection[int],
    actor: Actor,
    *,
    what_stands: bool = False,
    once: Callable[[Entry], Awaitable[None]] | None = None,
) -> list[Change]:
    """Undo the changes with these revisions, all or none, the newest first; undoing an undoing does it again.

    With `what_stands` those are left alone that something was done about since. `once` is called in the same
    transaction. Returns the changes that did it, in order.

    Raises:
        NotFound: the wall has no such change.
        Conflict: something that one of them altered has been changed since; names the fields and what stands there.
        Invalid: the settings cannot be put back as they were.
        WallError: whatever `once` refuses with; nothing was stored then.
    """

    async def decide(entry: Entry) -> list[Change]:
        found = await journal.changes_at(entry.connection, wall.key, revisions)
        if len(found) < len(set(revisions)) or not found:
            raise NotFound(f"wall {wall.key} has no changes {sorted(revisions)}")
        together = set().union(*{one_deed(change) for change in found})
        if together - set(revisions):  # what was done as one is taken back as one
            found = await journal.changes_at(entry.connection, wall.key, together | set(revisions))
        known = await _cards_of(entry, found)
        for count, change in enumerate(found, 1):
            try:
                await _undo(entry, change, known)
            except (Conflict, Gone, Invalid):
                if not what_stands:
                    raise
            if count % BREATH == 0:
                await asyncio.sleep(0)
        if together:
            entry.belong_together()
        if once is not None:
            await once(entry)
        return entry.changes

    return await ledger.write(wall.key, actor, decide)


def one_deed(change: Change) -> range:
    """The revisions of the deed that a change is part of; none where it stands for itself."""
    revisions = change.was.get("together", ())
    return range(min(revisions), max(revisions) + 1) if revisions else range(0)


async def _cards_of(entry: Entry, found: list[Change]) -> dict[str, Card]:
    """The cards of many changes, in few questions to the database."""
    ids = {change.card["id"] for change in found if change.card is not None}
    return await boards.find_cards(entry.connection, entry.wall.key, ids) if len(ids) > 1 else {}


async def _undo(entry: Entry, change: Change, known: dict[str, Card]) -> None:
    card = None
    if change.card is not None:
        card_id = change.card["id"]
        card = entry.changed.get(card_id) or known.get(card_id) or await entry.card(card_id)
        if card.status == "erased":
            raise Gone(f"card {card_id!r} was erased")
    clash = standing_in_the_way(change, card, entry.wall)
    if clash:
        raise Conflict(clash)
    back = former(change)
    if card is None:
        entry.configure(await settings_with(entry, back), kind="undone")
    else:
        then = Card.model_validate(card.model_dump(mode="json") | back)
        entry.change("undone", card, **{field: getattr(then, field) for field in back})
    entry.changes[-1].was["undoes"] = change.revision
