"""What a wall keeps no longer than it said it would; every night, and doing it twice is as good as once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.actions.erase import erase, erase_images, scrub
from wall.actions.ledger import Ledger
from wall.errors import Gone, NotFound, Unavailable
from wall.model.card import cards
from wall.model.change import changes, receipts
from wall.model.contact import ANSWER_WITHIN, contacts
from wall.model.person import sessions, sign_in_links
from wall.model.roles import SYSTEM
from wall.model.types import MONTH
from wall.model.wall import Wall
from wall.store import boards, pictures, proposals
from wall.store import contacts as contact_rows

log = structlog.get_logger(__name__)
UNUSED = timedelta(days=1)  # a picture's files are put before its card, or a proposal, names them
CLOSED = ("archived", "merged", "rejected", "withdrawn")


@dataclass(slots=True)
class Tidied:
    """How much went."""

    cards: int = 0
    contacts: int = 0
    rows: int = 0


async def apply(ledger: Ledger, moment: datetime) -> Tidied:
    """Erase, on every wall, what its settings say is over at `moment`, and drop spent links and sessions.

    Rejected and withdrawn cards go for good after `rejected_days`, and so do receipts of pins and decided proposals,
    with the pictures that were refused.
    Contacts go `contact_months` after their wall was archived or their card was closed, and when the person named by
    others has not agreed in time.
    """
    done = Tidied()
    async with ledger.database.read() as connection:
        walls = await boards.every_wall(connection)
    for wall in walls:
        async with ledger.database.read() as connection:
            over = await _cards_over(connection, wall, moment)
        for card_id in over:
            try:
                await erase(ledger, wall, card_id, SYSTEM, scrubs=False)
                done.cards += 1
            except (Gone, NotFound):
                continue
        done.contacts += await ledger.database.write(partial(_forget_contacts, wall=wall, moment=moment))
        done.rows += await ledger.database.write(partial(_drop_settled, wall=wall, moment=moment))
    done.rows += await ledger.database.write(partial(_drop_spent, moment=moment))
    await _sweep_images(ledger, moment)
    await scrub(ledger, thoroughly=True)
    return done


async def _sweep_images(ledger: Ledger, moment: datetime) -> None:
    """Remove pictures that outlived their card, because their store did not answer when it was erased, and those that
    nothing can bring onto their card any more: refused, proposed anew, or sent in and not taken."""
    if ledger.images is None:
        return
    try:
        there = await ledger.images.pictures()
    except Unavailable as error:
        log.warning("retention.images_wait", error=str(error))
        return
    async with ledger.database.read() as connection:
        query = select(cards.c.id).where(cards.c.status == "erased")
        gone = {card_id for card_id, _ in there} & set((await connection.execute(query)).scalars())
        old = {this for this, at in there.items() if at < moment - UNUSED and this[0] not in gone}
        unused = await pictures.unused(connection, old)
    await erase_images(ledger, gone, unused)


async def _cards_over(connection: AsyncConnection, wall: Wall, moment: datetime) -> list[str]:
    before = moment - timedelta(days=wall.rejected_days)
    query = select(cards.c.id).where(
        cards.c.wall_id == wall.key, cards.c.status.in_(("rejected", "withdrawn")), cards.c.changed_at < before
    )
    return list((await connection.execute(query)).scalars())


async def _forget_contacts(connection: AsyncConnection, wall: Wall, moment: datetime) -> int:
    before = moment - wall.contact_months * MONTH
    filled = (contacts.c.wall_id == wall.key, contacts.c.name + contacts.c.email + contacts.c.phone != "")
    closed = (
        select(contacts.c.card_id)
        .join(cards, cards.c.id == contacts.c.card_id)
        .where(*filled, cards.c.status.in_(CLOSED), cards.c.changed_at < before)
    )
    unanswered = select(contacts.c.card_id).where(
        *filled, contacts.c.consented_at.is_(None), contacts.c.asked_at < moment - ANSWER_WITHIN
    )
    over = [*(await connection.execute(closed)).scalars(), *(await connection.execute(unanswered)).scalars()]
    if wall.phase == "archived" and await _last_change(connection, wall) < before:
        over += (await connection.execute(select(contacts.c.card_id).where(*filled))).scalars()
    await contact_rows.empty(connection, set(over))
    return len(set(over))


async def _last_change(connection: AsyncConnection, wall: Wall) -> datetime:
    """An archived wall does not change any more: its last change is when it was archived, or later."""
    query = select(func.max(changes.c.at)).where(changes.c.wall_id == wall.key)
    last: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    return last or wall.created_at


async def _drop_settled(connection: AsyncConnection, wall: Wall, moment: datetime) -> int:
    before = moment - timedelta(days=wall.rejected_days)
    old = receipts.c.at < before
    gone = await connection.execute(delete(receipts).where(receipts.c.wall_id == wall.key, old))
    return gone.rowcount + await proposals.drop_decided(connection, wall.key, before)


async def _drop_spent(connection: AsyncConnection, moment: datetime) -> int:
    spent = [
        await connection.execute(delete(table).where(table.c.expires_at < moment))
        for table in (sessions, sign_in_links)
    ]
    return sum(result.rowcount for result in spent)
