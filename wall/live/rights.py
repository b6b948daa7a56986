"""Rights: which open sockets are let see more than visitors, and that they end with the right (W7)."""

from typing import NamedTuple

import structlog

from wall.live.protocol import NO_RIGHT, SIGNED_OUT
from wall.live.seats import Seat
from wall.store import people
from wall.store.database import Database

log = structlog.get_logger(__name__)


class Held(NamedTuple):
    """By which session (its digest) a socket was let into which wall."""

    session: str
    wall_id: int


class Rights:
    """Holds the moderators' sockets of this process against the database: one query for all of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[Seat, Held] = {}

    def hold(self, seat: Seat, session: str, wall_id: int) -> None:
        """From now on this socket lives as long as the session and its role on the wall."""
        self._held[seat] = Held(session, wall_id)

    def release(self, seat: Seat) -> None:
        self._held.pop(seat, None)

    async def check(self) -> None:
        """Close the sockets whose session is over (4401) or may no longer moderate (4403).

        Raises:
            Unavailable: nobody was turned out; ask again.
        """
        held = list(self._held.items())  # who comes meanwhile was let in after this look
        if not held:
            return
        async with self._database.read() as connection:
            walls_of = await people.walls_of_sessions(connection, {session for _, (session, _) in held})
        for seat, (session, wall_id) in held:
            walls = walls_of.get(session)
            if walls is None:
                self._turn_out(seat, wall_id, SIGNED_OUT, "signed out")
            elif None not in walls and wall_id not in walls:
                self._turn_out(seat, wall_id, NO_RIGHT, "no right")

    def _turn_out(self, seat: Seat, wall_id: int, code: int, why: str) -> None:
        log.info("rights.turned_out", wall=wall_id, code=code)
        self.release(seat)
        seat.close(code, why)
