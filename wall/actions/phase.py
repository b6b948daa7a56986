"""Bringing a wall into another phase: now, back to where it was, or planned for later."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial

import structlog

from wall.actions.ledger import Ledger
from wall.actions.page import Entry
from wall.errors import Complaint, Conflict, Invalid, NoImprint, WallError
from wall.model.phase import PLANNED
from wall.model.roles import SYSTEM, Actor
from wall.model.types import now
from wall.model.wall import Phase, Wall
from wall.store import boards, journal, plans

log = structlog.get_logger(__name__)


async def enter(ledger: Ledger, wall: Wall, phase: Phase, actor: Actor, *, imprint: bool = False) -> int | None:
    """Bring the wall into a phase; `imprint` says whether the operator has one for all walls.

    Returns the revision of the change; None: it was so already, which is as good.

    Raises:
        NoImprint: a wall may not be published without; who publishes without one in Germany breaks the law.
        Conflict: only a wall that takes pins can be frozen; carries the phase that stands now.
    """

    async def decide(entry: Entry) -> int | None:
        return await _enter(entry, phase, imprint)

    return await ledger.write(wall.key, actor, decide)


async def _enter(entry: Entry, phase: Phase, imprint: bool) -> int | None:
    if phase == "frozen" and entry.wall.phase != phase and not entry.wall.takes_pins:
        raise Conflict({"phase": entry.wall.phase})
    if phase == "open" and entry.wall.phase != phase and not imprint and not entry.wall.imprint:
        raise NoImprint("no wall is published without an imprint")
    await plans.drop(entry.connection, entry.wall.key, [phase])  # after all refusals: a refused entry writes nothing
    if entry.wall.phase == phase:
        return None
    entry.configure({"phase": phase})
    return entry.wall.revision


async def thaw(ledger: Ledger, wall: Wall, actor: Actor) -> int | None:
    """Let a frozen wall go on where it was: as an event, or open.

    Raises:
        Conflict: it is not frozen (any more); a wall that takes pins is as good as thawed.
    """

    async def decide(entry: Entry) -> int | None:
        if entry.wall.takes_pins:
            return None
        if entry.wall.phase != "frozen":
            raise Conflict({"phase": entry.wall.phase})
        before = next(
            (
                change.was["phase"]
                for change in await journal.newest_of_wall(entry.connection, wall.key)
                if (change.settings or {}).get("phase") == "frozen" and change.was.get("phase") in ("event", "open")
            ),
            "event",
        )
        entry.configure({"phase": before})
        return entry.wall.revision

    return await ledger.write(wall.key, actor, decide)


async def plan(ledger: Ledger, wall: Wall, times: Mapping[str, datetime | None], actor: Actor) -> None:
    """Plan phases, or no longer plan them (None); what is not named stays.

    Raises:
        Invalid: a time is over; the field is the phase's name.
    """
    moment = now()
    over = [Complaint(phase, "not_in_future") for phase, at in times.items() if at is not None and at <= moment]
    over += [Complaint(phase, "not_a_choice") for phase in times if phase not in PLANNED]
    if over:
        raise Invalid(over)

    async def decide(entry: Entry) -> None:
        await plans.drop(entry.connection, wall.key, times)
        for phase, at in times.items():
            if at is not None:
                await plans.keep(entry.connection, wall.key, phase, at, actor.label)

    await ledger.write(wall.key, actor, decide)


def planned(ledger: Ledger, imprint: Callable[[], bool]) -> Callable[[datetime], Awaitable[None]]:
    """What carries out plans whose time has come, in the order of their times.

    Any number of processes may do so at once: the plan goes in the transaction that brings the phase. A publication
    without an imprint waits until there is one; it is logged once.
    """
    told: set[int] = set()

    async def carry_out(moment: datetime) -> None:
        async with ledger.database.read() as connection:
            found = await plans.due(connection, moment)
            walls = {wall.key: wall for wall in await boards.every_wall(connection)} if found else {}
        for wall_id, phase in found:
            wall = walls[wall_id]
            if phase == "open" and not imprint() and not wall.imprint:
                if wall_id not in told:
                    log.warning("phase.publication_waits_for_imprint", wall=wall.slug)
                told.add(wall_id)
                continue
            try:
                await ledger.write(wall_id, SYSTEM, partial(_carry_out, phase=phase, moment=moment))
            except WallError as error:
                log.error("phase.plan_failed", wall=wall.slug, phase=phase, error=str(error))
            else:
                log.info("phase.planned", wall=wall.slug, phase=phase)

    return carry_out


async def _carry_out(entry: Entry, phase: Phase, moment: datetime) -> None:
    at = (await plans.of_wall(entry.connection, entry.wall.key)).get(phase)
    if at is None or at > moment:
        return  # another process was faster, or somebody planned anew
    if phase == "frozen" and not entry.wall.takes_pins:
        await plans.drop(entry.connection, entry.wall.key, [phase])  # there is nothing to freeze any more
        return
    await _enter(entry, phase, imprint=True)
