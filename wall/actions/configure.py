"""Making a wall, changing its settings, and starting a new epoch after a backup was put back."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.actions.ledger import Ledger
from wall.actions.page import Entry
from wall.errors import Complaint, Invalid
from wall.model.card import cards, complaints
from wall.model.change import Change
from wall.model.roles import Actor
from wall.model.types import now
from wall.model.wall import SLUG, Wall, WallSettings, new_epoch, walls
from wall.store import boards, journal, snapshots
from wall.store.database import Database

GONE = ("withdrawn", "erased")


async def new_wall(database: Database, slug: str, settings: Mapping[str, Any]) -> Wall:
    """Make an empty wall.

    Raises:
        Invalid: the settings cannot be taken, or the address is taken or no address.
    """
    if not SLUG.match(slug):
        raise Invalid([Complaint("slug", "not_a_choice")])
    try:
        taken = WallSettings.model_validate(settings)
    except ValidationError as error:
        raise Invalid(complaints(error)) from None
    wall = Wall(**taken.model_dump(), slug=slug, epoch=new_epoch(), created_at=now())

    async def job(connection: AsyncConnection) -> Wall:
        same = select(walls.c.id).where(walls.c.slug == slug)
        if (await connection.execute(same)).first() is not None:
            raise Invalid([Complaint("slug", "not_a_choice")])
        return await boards.add_wall(connection, wall)

    return await database.write(job)


async def configure(ledger: Ledger, wall: Wall, settings: Mapping[str, Any], actor: Actor) -> Wall:
    """Give the wall other settings; what is not named stays.

    Raises:
        Invalid: a setting cannot be taken, or a section to go still holds cards.
    """

    async def decide(entry: Entry) -> Wall:
        taken = await settings_with(entry, settings)
        if taken != entry.wall.settings:
            entry.configure(taken)
        return entry.wall

    return await ledger.write(wall.key, actor, decide)


async def settings_with(entry: Entry, some: Mapping[str, Any]) -> dict[str, Any]:
    """The wall's settings with some of them replaced.

    Raises:
        Invalid: a setting cannot be taken, or a section to go still holds cards.
    """
    try:
        taken = WallSettings.model_validate(entry.wall.settings | dict(some)).model_dump()
    except ValidationError as error:
        raise Invalid(complaints(error)) from None
    kept = {section["id"] for section in taken["sections"]}
    hangs = cards.c.status.not_in(GONE)
    used = select(cards.c.section).where(cards.c.wall_id == entry.wall.key, hangs).distinct()
    lost = set((await entry.connection.execute(used)).scalars()) - kept
    if lost and entry.changed:  # some of these cards may have been taken down just now, in this very deed
        here = select(cards.c.id, cards.c.section).where(cards.c.wall_id == entry.wall.key, hangs)
        rows = await entry.connection.execute(here.where(cards.c.section.in_(lost)))
        gone = {card.id for card in entry.changed.values() if card.status in GONE or card.section in kept}
        lost = {section for card_id, section in rows if card_id not in gone}
    if lost:
        names = [section.name for section in entry.wall.sections if section.id in lost]
        raise Invalid([Complaint("sections", "section_in_use", {"names": ", ".join(names)})])
    return taken


def beginning(wall: Wall) -> Change:
    """The change with which a wall, as it is, begins its epoch (W10)."""
    return Change(
        wall_id=wall.key,
        revision=wall.revision,
        epoch=wall.epoch,
        at=now(),
        kind="restored",
        actor="system",
        settings=wall.model_dump(mode="json", include=set(WallSettings.model_fields)),
    )


async def renew_epochs(database: Database) -> int:
    """Start a new epoch on every wall: what the operator does after putting back a backup (W10)."""

    async def job(connection: AsyncConnection) -> int:
        found = await boards.every_wall(connection)
        for wall in found:
            locked = await boards.lock_wall(connection, wall.key)
            renewed = locked.model_copy(update={"epoch": new_epoch(), "revision": locked.revision + 1})
            await journal.append(connection, [beginning(renewed)])
            await boards.bump(connection, renewed)
            await snapshots.keep(connection, await boards.load_board(connection, wall.key))  # as every epoch begins
        return len(found)

    return await database.write(job)
