"""Rights: which open sockets are let see more than visitors, and that they end with the right (W7)."""

from typing import NamedTuple

import structlog

from wall.live.protocol import NO_RIGHT, RESTART, SIGNED_OUT
from wall.live.seats import Seat
from wall.store import people
from wall.store.database import Database

log = structlog.get_logger(__name__)


class Held(NamedTuple):
    """By which session (its digest) a socket was let into which wall, and to which sections of it (None: all)."""

    session: str
    wall_id: int
    sections: frozenset[str] | None

    def keeps(self, now: frozenset[str] | None) -> bool:
        """Whether nothing that it was let see is kept from it now."""
        return now is None or (self.sections is not None and self.sections <= now)


class Rights:
    """Holds the moderators' sockets of this process against the database: one query for all of them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[Seat, Held] = {}

    def hold(self, seat: Seat, session: str, wall_id: int, sections: frozenset[str] | None = None) -> None:
        """From now on this socket lives as long as the session and its role on the wall."""
        self._held[seat] = Held(session, wall_id, sections)

    def release(self, seat: Seat) -> None:
        self._held.pop(seat, None)

    async def check(self) -> None:
        """Close the sockets whose session is over (4401) or may moderate less (4403); who may more comes back (1012).

        Raises:
            Unavailable: nobody was turned out; ask again.
        """
        held = list(self._held.items())  # who comes meanwhile was let in after this look
        if not held:
            return
        async with self._database.read() as connection:
            actors = await people.actors_of_sessions(connection, {(let.session, let.wall_id) for _, let in held})
        for seat, let in held:
            actor = actors.get((let.session, let.wall_id))
            if actor is None:
                self._turn_out(seat, let.wall_id, SIGNED_OUT, "signed out")
            elif not actor.moderates or not let.keeps(actor.sections):
                self._turn_out(seat, let.wall_id, NO_RIGHT, "no right")
            elif actor.sections != let.sections:
                self._turn_out(seat, let.wall_id, RESTART, "come back")

    def _turn_out(self, seat: Seat, wall_id: int, code: int, why: str) -> None:
        log.info("rights.turned_out", wall=wall_id, code=code)
        self.release(seat)
        seat.close(code, why)
