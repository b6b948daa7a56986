"""Plans as rows: when which wall goes into which phase."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model.phase import plans
from wall.model.wall import Phase


async def of_wall(connection: AsyncConnection, wall_id: int) -> dict[str, datetime]:
    """When a wall goes into which phases."""
    rows = await connection.execute(select(plans.c.phase, plans.c.at).where(plans.c.wall_id == wall_id))
    return {row.phase: row.at for row in rows}


async def due(connection: AsyncConnection, moment: datetime) -> list[tuple[int, Phase]]:
    """Walls and the phases whose time has come, in the order of these times."""
    query = select(plans.c.wall_id, plans.c.phase).where(plans.c.at <= moment).order_by(plans.c.at, plans.c.wall_id)
    return [(wall_id, phase) for wall_id, phase in await connection.execute(query)]


async def keep(connection: AsyncConnection, wall_id: int, phase: str, at: datetime, by: str) -> None:
    """Plan a phase in place of a former plan for it."""
    await drop(connection, wall_id, [phase])
    await connection.execute(insert(plans).values(wall_id=wall_id, phase=phase, at=at, by=by))


async def drop(connection: AsyncConnection, wall_id: int, phases: Iterable[str]) -> None:
    await connection.execute(delete(plans).where(plans.c.wall_id == wall_id, plans.c.phase.in_(list(phases))))
