"""Proposals and reports as rows: kept, listed, decided and dropped."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import NotFound
from wall.model.proposal import Proposal, proposals


async def keep(connection: AsyncConnection, proposal: Proposal) -> None:
    await connection.execute(insert(proposals).values(proposal.model_dump()))


async def find(connection: AsyncConnection, wall_id: int, proposal_id: str) -> Proposal:
    """One proposal of a wall.

    Raises:
        NotFound: there is none.
    """
    query = select(proposals).where(proposals.c.wall_id == wall_id, proposals.c.id == proposal_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"wall {wall_id} has no proposal {proposal_id!r}")
    return Proposal.model_construct(**row)


async def waiting(connection: AsyncConnection, wall_id: int) -> list[Proposal]:
    """What waits for the moderators of a wall, oldest first."""
    query = select(proposals).where(proposals.c.wall_id == wall_id, proposals.c.status == "open")
    rows = await connection.execute(query.order_by(proposals.c.made_at, proposals.c.id))
    return [Proposal.model_construct(**row) for row in rows.mappings()]


async def cards_with_open(connection: AsyncConnection, wall_id: int) -> list[str]:
    """The card of each proposal that waits."""
    query = select(proposals.c.card_id).where(proposals.c.wall_id == wall_id, proposals.c.status == "open")
    return list((await connection.execute(query)).scalars())


async def by_visitors(connection: AsyncConnection, wall_id: int) -> int:
    """How many of those that wait come from anybody."""
    mine = (proposals.c.wall_id == wall_id, proposals.c.status == "open", proposals.c.kind != "author")
    return int((await connection.execute(select(func.count()).where(*mine))).scalar_one())


async def of_author(connection: AsyncConnection, card_id: str) -> Proposal | None:
    """What a card's author has proposed and nobody has decided yet."""
    mine = (proposals.c.card_id == card_id, proposals.c.status == "open", proposals.c.kind == "author")
    row = (await connection.execute(select(proposals).where(*mine))).mappings().one_or_none()
    return None if row is None else Proposal.model_construct(**row)


async def shows(connection: AsyncConnection, card_id: str, image: str) -> bool:
    """Whether a proposal for a card, waiting or refused, is about this picture."""
    query = select(proposals.c.fields).where(proposals.c.card_id == card_id, proposals.c.status != "accepted")
    return any(fields.get("image") == image for fields in (await connection.execute(query)).scalars())


async def drop_of_author(connection: AsyncConnection, card_id: str) -> None:
    """Forget what a card's author has proposed and nobody has decided yet."""
    mine = (proposals.c.card_id == card_id, proposals.c.status == "open", proposals.c.kind == "author")
    await connection.execute(delete(proposals).where(*mine))


async def settle(connection: AsyncConnection, proposal: Proposal) -> None:
    """Write back what was decided."""
    decided = {field: getattr(proposal, field) for field in ("status", "decided_at", "decided_by")}
    await connection.execute(update(proposals).where(proposals.c.id == proposal.id).values(decided))


async def drop_of_card(connection: AsyncConnection, card_id: str) -> None:
    """Forget everything that was proposed or reported about a card."""
    await connection.execute(delete(proposals).where(proposals.c.card_id == card_id))


async def drop_decided(connection: AsyncConnection, wall_id: int, before: datetime) -> int:
    """Forget what was decided before a moment; says how many."""
    old = (proposals.c.wall_id == wall_id, proposals.c.status != "open", proposals.c.decided_at < before)
    return (await connection.execute(delete(proposals).where(*old))).rowcount
