"""Taking in a whole wall from a copy of it: the same cards under the same ids, at the same revision."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.actions.configure import beginning
from wall.actions.ledger import Ledger
from wall.errors import Complaint, Invalid
from wall.model.board import Board
from wall.model.card import Card, cards
from wall.model.wall import SLUG, Wall, walls
from wall.store import boards, journal, snapshots

MANY = 500  # ids in one question


async def refuse_taken(connection: AsyncConnection, wall: Wall, new: Sequence[Card]) -> None:
    """Whether this installation has room for a wall of this address and cards of these ids.

    Raises:
        Invalid: the address is none or taken, or a card is on one of its walls already.
    """
    same = select(walls.c.id).where(walls.c.slug == wall.slug)
    if not SLUG.match(wall.slug) or (await connection.execute(same)).first() is not None:
        raise Invalid([Complaint("slug", "not_a_choice")])
    ids = [card.id for card in new]
    for start in range(0, len(ids), MANY):
        known = select(cards.c.id).where(cards.c.id.in_(ids[start : start + MANY])).limit(1)
        if (found := (await connection.execute(known)).scalar_one_or_none()) is not None:
            raise Invalid([Complaint("id", "not_a_choice", {"id": found})])


async def adopt(ledger: Ledger, wall: Wall, new: Sequence[Card]) -> Wall:
    """Store a wall as it comes; its journal begins with a state that tells all of it.

    Raises:
        Invalid: see `refuse_taken`; nothing was stored then.
    """

    async def job(connection: AsyncConnection) -> Wall:
        await refuse_taken(connection, wall, new)
        stored = await boards.add_wall(connection, wall)
        owned = [card.model_copy(update={"wall_id": stored.key}) for card in new]
        await boards.add_cards(connection, owned)
        if stored.revision:
            await journal.append(connection, [beginning(stored)])
        await snapshots.keep(connection, Board(stored, owned))
        return stored

    return await ledger.database.write(job)
