"""Pinning a card, once, however often the same form arrives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from secrets import token_hex
from typing import Any

import orjson

from wall.actions.ledger import Ledger
from wall.actions.page import Entry
from wall.errors import BadRequest, Invalid
from wall.model.card import BLANK, Card, CardContent
from wall.model.phase import closed
from wall.model.roles import Actor
from wall.model.types import built, now
from wall.model.wall import Wall


@dataclass(frozen=True, slots=True)
class Pinned:
    """The card, and whether this very pin had been taken before."""

    card: Card
    repeated: bool


def new_card(wall: Wall, content: CardContent, position: str, *, approved: bool, confirmed: bool) -> Card:
    """A card for this wall, not yet numbered."""
    moment = now()
    values = (
        BLANK
        | content.__dict__
        | {
            "id": token_hex(6),
            "wall_id": wall.key,
            "status": "approved" if approved else "pending",
            "hidden": False,
            "position": position,
            "revision": 0,
            "pinned_at_revision": 0,
            "created_at": moment,
            "changed_at": moment,
            "confirmed_at": moment if confirmed else None,
        }
    )
    return built(Card, values)


async def pin(ledger: Ledger, wall: Wall, raw: Mapping[str, Any], key: str, actor: Actor) -> Pinned:
    """Pin what `raw` says; `key` makes a repetition harmless.

    Raises:
        Invalid: `raw` cannot be taken as it is.
        Frozen: the wall takes no pins now.
        KeyReused: the key came before with other words.
        BadRequest: `raw` is nested too deeply, or holds what is no text, to be told from other words.
    """
    try:
        said = orjson.dumps(raw, option=orjson.OPT_SORT_KEYS, default=str)
    except orjson.JSONEncodeError as error:
        raise BadRequest(f"words that cannot be written down: {error}") from None
    digest = blake2b(said, digest_size=16).hexdigest()

    async def decide(entry: Entry) -> Pinned:
        before = entry.card_for(key, digest)
        if before is not None:
            return Pinned(await entry.card(before), repeated=True)
        if not entry.wall.takes_pins and not actor.moderates_in(str(raw.get("section"))):
            raise closed(entry.wall)
        content = CardContent.take(raw, entry.wall)
        position = await entry.end_of(content.section)
        shown = actor.moderates_in(content.section) or (
            entry.wall.moderation == "after" and not ledger.watch.holds(content)
        )
        card = entry.add(new_card(entry.wall, content, position, approved=shown, confirmed=shown))
        entry.answer(key, digest, card)
        return Pinned(card, repeated=False)

    return await ledger.write(wall.key, actor, decide, key=key)


async def pin_all(
    ledger: Ledger, wall: Wall, rows: list[Mapping[str, Any]], actor: Actor, *, together: bool = False
) -> list[Card]:
    """Pin many cards in one transaction, all or none; nobody has confirmed them yet. `together` they are undone as one.

    Raises:
        Invalid: a row cannot be taken; the complaints' fields read `<row number>.<field>`, counted from 1.
    """

    async def decide(entry: Entry) -> list[Card]:
        new: list[Card] = []
        for number, raw in enumerate(rows, 1):
            try:
                content = CardContent.take(raw, entry.wall)
            except Invalid as error:
                raise Invalid([replace(c, field=f"{number}.{c.field}") for c in error.complaints]) from None
            position = await entry.end_of(content.section)
            new.append(entry.add(new_card(entry.wall, content, position, approved=True, confirmed=False)))
        if together:
            entry.belong_together()
        return new

    return await ledger.write(wall.key, actor, decide)
