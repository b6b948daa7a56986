"""What happens every day: states are kept, what is kept no longer goes, and it is asked what still stands."""

from datetime import datetime, time
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from wall.actions import alive, retention
from wall.actions.ledger import Ledger
from wall.mail import Mail
from wall.model.job import Job
from wall.model.thinning import too_many
from wall.store import boards, snapshots


def nightly(ledger: Ledger, mail: Mail, base_url: str) -> list[Job]:
    """The day's jobs, in the order in which they are due; not between two and three, which comes twice in autumn."""
    return [
        Job("snapshots", time(3, 10), lambda moment: snapshots_of(ledger, moment)),
        Job("retention", time(3, 30), lambda moment: retention.apply(ledger, moment)),
        Job("alive", time(9, 0), lambda moment: alive.ask_all(ledger, mail, base_url, moment)),  # mails come by day
    ]


async def snapshots_of(ledger: Ledger, moment: datetime) -> None:
    """Keep a state of every wall that changed, then let those go that are one too many."""
    await keep_snapshots(ledger)
    await thin_snapshots(ledger, moment)


async def thin_snapshots(ledger: Ledger, moment: datetime) -> int:
    """Delete, on every wall, the kept states that lie too close for their age; returns how many."""
    gone = 0
    async with ledger.database.read() as connection:
        walls = await boards.every_wall(connection)
    for wall in walls:
        async with ledger.database.read() as connection:
            numbers = too_many(await snapshots.kept(connection, wall.key), moment)
        if numbers:
            await ledger.database.write(partial(snapshots.drop, numbers=numbers))
        gone += len(numbers)
    return gone


async def keep_snapshots(ledger: Ledger) -> int:
    """Keep a snapshot of every wall that changed since its last; returns how many."""
    async with ledger.database.read() as connection:
        walls, newest = await boards.every_wall(connection), await snapshots.newest(connection)

    async def keep(connection: AsyncConnection, wall_id: int) -> None:
        await snapshots.keep(connection, await boards.load_board(connection, wall_id))

    changed = [wall.key for wall in walls if newest.get(wall.key) != (wall.epoch, wall.revision)]
    for wall_id in changed:
        await ledger.database.write(partial(keep, wall_id=wall_id))
    return len(changed)
