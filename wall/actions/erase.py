"""Erasing a card for good: its words, its contact and whatever the journal, snapshots and receipts hold of them."""

from collections.abc import Iterable

import structlog

from wall.actions.ledger import Ledger
from wall.actions.page import Entry
from wall.errors import Unavailable
from wall.model.card import Card
from wall.model.erasure import tombstone
from wall.model.roles import Actor
from wall.model.wall import Wall
from wall.store import askings, boards, contacts, journal, proposals, receipts, snapshots

log = structlog.get_logger(__name__)


async def erase(ledger: Ledger, wall: Wall, card_id: str, actor: Actor, *, scrubs: bool = True) -> Card:
    """Leave nothing of a card, and of those merged into it, but a tombstone; every screen takes it down.

    It cannot be undone.

    Without `scrubs` the caller lets the database drop the bytes, once for many cards.

    Raises:
        NotFound: the wall has no such card.
        Gone: it was erased before.
    """

    async def decide(entry: Entry) -> list[Card]:
        erased = [await _erase(entry, await entry.card(card_id))]
        for merged in await boards.merged_into(entry.connection, wall.key, card_id):  # they said the same
            erased.append(await _erase(entry, merged))
        return erased

    erased = await ledger.write(wall.key, actor, decide)
    await erase_images(ledger, [card.id for card in erased])
    if scrubs:
        await scrub(ledger)
    return erased[0]


async def erase_images(ledger: Ledger, card_ids: Iterable[str], names: Iterable[tuple[str, str]] = ()) -> None:
    """Remove the pictures of cards that are gone, and those of `names`, each a card and a picture's name; what cannot
    be removed now, `wall tidy` does later."""
    try:
        if ledger.images is not None:
            for card_id, name in [*((card_id, "") for card_id in card_ids), *names]:
                await ledger.images.erase(card_id, name)
    except Unavailable as error:
        log.warning("erase.images_wait", error=str(error))


async def _erase(entry: Entry, card: Card) -> Card:
    erased = entry.change("erased", card, **tombstone())
    # who saw it, not what it said
    entry.changes[-1].was = {"status": card.status, "hidden": card.hidden, "section": card.section}
    await journal.redact(entry.connection, card.wall_id, card.id)
    await snapshots.redact(entry.connection, card.wall_id, card.id)
    await receipts.redact(entry.connection, card.wall_id, card.id)
    await proposals.drop_of_card(entry.connection, card.id)
    await contacts.drop(entry.connection, [card.id])
    await boards.drop_edit_link(entry.connection, card.id)
    await askings.drop(entry.connection, card.id)
    return erased


async def scrub(ledger: Ledger, *, thoroughly: bool = False) -> bool:
    """Let the database drop the bytes of what was erased; what it cannot drop now, `wall tidy` does later."""
    try:
        clean = await ledger.database.scrub(thoroughly=thoroughly)
    except Unavailable as error:
        log.warning("erase.scrub_failed", error=str(error))
        return False
    if not clean:
        log.warning("erase.scrub_waits")
    return clean
