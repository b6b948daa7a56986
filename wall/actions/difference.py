"""What somebody meant to change: their words against the card as they saw it, not as it is now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wall.actions.page import Entry
from wall.errors import Conflict
from wall.model.card import Card, CardContent
from wall.model.proposal import standing
from wall.store import journal


@dataclass(frozen=True, slots=True)
class Difference:
    """`taken` is what was written, `mine` what of it differs from `former`, the card as the writer saw it."""

    taken: CardContent
    former: dict[str, Any]
    mine: dict[str, Any]


def _same(field: str, one: Any, other: Any) -> bool:
    """Whether a field says the same; a form gives back what was ticked in its own order."""
    return one == other or (field in ("topics", "districts") and sorted(one) == sorted(other))


async def content_at(entry: Entry, card: Card, revision: int) -> dict[str, Any]:
    """What a card said at an earlier revision, in everything that can be proposed."""
    said = standing(card)
    for change in reversed(await journal.changes_of_card(entry.connection, entry.wall.key, card.id, since=revision)):
        said |= {field: value for field, value in change.was.items() if field in said}
    return said


async def difference(entry: Entry, card: Card, raw: Mapping[str, Any], base: int) -> Difference:
    """What `raw`, written over the card as it was at revision `base`, changes of it.

    Raises:
        Invalid: `raw` cannot be taken as it is.
        Conflict: somebody else changed the same field since; carries what stands now.
    """
    taken = CardContent.take(raw, entry.wall)
    former = await content_at(entry, card, base)
    said = taken.model_dump(exclude=set() if "schedule" in raw else {"schedule"})  # a form of before there was one
    mine = {field: value for field, value in said.items() if not _same(field, value, former[field])}
    clash = {
        field: card.content[field]
        for field, value in mine.items()
        if card.content[field] != former[field] and card.content[field] != value
    }
    if clash:
        raise Conflict(clash, card.content | mine, card.revision)
    return Difference(taken, former, mine)
