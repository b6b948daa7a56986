"""Bringing in many cards at once: pinned or added to those that hang, in one transaction, undone as one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from wall.actions.configure import settings_with
from wall.actions.ledger import Ledger
from wall.actions.page import Entry
from wall.actions.pin import new_card
from wall.errors import Conflict, Gone, Invalid, NotFound
from wall.model.card import CONTENT, Card, CardContent
from wall.model.roles import Actor
from wall.model.wall import Wall
from wall.store import uploads
from wall.store.database import Database

Verb = Literal["pin", "supplement"]
BREATH = 25  # rows after which everybody else gets a turn


@dataclass(frozen=True, slots=True)
class Line:
    """One card to be: pinned, or its words put where the card `onto` has none."""

    line: int
    raw: Mapping[str, Any]
    verb: Verb = "pin"
    onto: str = ""
    waits: bool = False


@dataclass(slots=True)
class Brought:
    """What was done: how many cards, which lines the wall would not take after all, and the first and last revision."""

    pinned: int = 0
    supplemented: int = 0
    nothing_new: int = 0
    refused: list[int] = field(default_factory=list)
    first: int = 0
    last: int = 0


async def bring(
    ledger: Ledger,
    wall: Wall,
    lines: Sequence[Line],
    settings: Mapping[str, Any] | None,
    actor: Actor,
    *,
    once: Callable[[Entry, Brought], Awaitable[None]] | None = None,
) -> Brought:
    """Bring in `lines`; the wall first learns what `settings` add to its own. Nobody has confirmed these cards yet.

    A line that the wall takes no more, because it changed since it was tried, is left out and named. `once` is called
    in the same transaction, so that what it writes down stands exactly if the cards hang.

    Raises:
        Invalid: the wall cannot learn what the lines need.
        WallError: whatever `once` refuses with; nothing was stored then.
    """

    async def decide(entry: Entry) -> Brought:
        done = Brought()
        if settings:
            grown = await settings_with(entry, _together(entry.wall, settings))
            if grown != entry.wall.settings:
                entry.configure(grown)
        for count, line in enumerate(lines, 1):
            try:
                await _bring_one(entry, line, done)
            except (Invalid, NotFound, Gone, Conflict):
                done.refused.append(line.line)
            if count % BREATH == 0:
                await asyncio.sleep(0)
        if entry.changes:
            done.first, done.last = entry.changes[0].revision, entry.changes[-1].revision
        entry.belong_together()
        if once is not None:
            await once(entry, done)
        return done

    return await ledger.write(wall.key, actor, decide)


def _together(wall: Wall, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the wall has by now and what it shall learn; nobody's newer words are taken back."""
    found: dict[str, Any] = {}
    for name, key in (("sections", "id"), ("kinds", "name")):
        has = [item.model_dump() for item in getattr(wall, name)]
        known = {item[key] for item in has}
        found[name] = [*has, *(item for item in settings.get(name, ()) if item[key] not in known)]
    found["districts"] = list(dict.fromkeys([*wall.districts, *settings.get("districts", ())]))
    return found


async def _bring_one(entry: Entry, line: Line, done: Brought) -> None:
    content = CardContent.take(line.raw, entry.wall)
    if line.verb == "pin":
        entry.refuse_beyond(content.section)
        position = await entry.end_of(content.section)
        entry.add(new_card(entry.wall, content, position, approved=not line.waits, confirmed=False))
        done.pinned += 1
        return
    card = await entry.card(line.onto)
    if card.status not in ("pending", "approved"):
        raise Conflict({"status": card.status})
    update = supplement(card, content)
    if update:
        entry.change("edited", card, **update)
        done.supplemented += 1
    else:
        done.nothing_new += 1


def supplement(card: Card, content: CardContent) -> dict[str, Any]:
    """What the words tell of which the card says nothing."""
    said = content.model_dump()
    return {name: said[name] for name in CONTENT if said[name] and not getattr(card, name)}


def forgetting(database: Database) -> Callable[[datetime], Awaitable[None]]:
    """What erases files that were sent and not brought in within an hour."""

    async def forget(moment: datetime) -> None:
        async with database.read() as connection:
            old = await uploads.any_old(connection, moment)
        if old:
            await database.write(lambda connection: uploads.drop_old(connection, moment))

    return forget
