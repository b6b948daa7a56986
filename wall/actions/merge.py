"""Merging: two cards of one network become one; the other's address leads there from then on."""

from collections.abc import Mapping
from typing import Any

from wall.actions.ledger import Ledger, stands
from wall.actions.page import Entry
from wall.errors import BadRequest, Conflict
from wall.model.card import CONTENT, Card, CardContent
from wall.model.change import Change
from wall.model.proposal import PICTURE
from wall.model.roles import Actor
from wall.model.types import now
from wall.model.wall import Wall
from wall.store import boards, journal

READ = (*CONTENT, *PICTURE, "status")  # what somebody has looked at who compares two cards


async def merge(
    ledger: Ledger,
    wall: Wall,
    kept: tuple[str, int],
    gone: tuple[str, int],
    raw: Mapping[str, Any],
    actor: Actor,
    *,
    picture: str | None = None,
) -> list[Change]:
    """Give the card `kept` the words in `raw` and let the card `gone` lead to it; each an id and the revision it was
    read at. `picture` is the card whose picture it shows then, or lacks as well; None: its own or, where it has none,
    the other's.

    Two changes, which are undone as one; or one, where `kept` stays as it is. If only the card that goes could be
    seen, the kept one takes its place in sight. Returns the changes.

    Raises:
        Invalid: `raw` cannot be taken as it is.
        Conflict: one of them has been changed since it was read, or is no longer there to be merged.
        BadRequest: a card with itself.
    """
    if kept[0] == gone[0]:
        raise BadRequest("a card cannot be merged with itself")

    await _take_picture_along(ledger, wall, kept[0], gone[0], picture)

    async def decide(entry: Entry) -> list[Change]:
        stays, goes = [await _as_read(entry, *read) for read in (kept, gone)]
        written = CardContent.take(raw, entry.wall).model_dump()
        update = {field: value for field, value in written.items() if value != stays.content[field]}
        if "section" in update:
            update["position"] = await entry.end_of(update["section"])
        if _takes_over(stays, goes, picture):
            update |= {"image": goes.image, "image_alt": goes.image_alt}
        if stays.status == "pending" and goes.visible:
            update |= {"status": "approved", "confirmed_at": now()}
        if update:
            entry.change("edited", stays, **update)
        entry.change("merged", goes, status="merged", merged_into=stays.id)
        entry.belong_together()
        return entry.changes

    return await ledger.write(wall.key, actor, decide)


def _takes_over(stays: Card, goes: Card, picture: str | None) -> bool:
    """Whether the card that stays shows the other's picture, or shows none as the other does."""
    same = (stays.image, stays.image_alt) == (goes.image, goes.image_alt)
    return not same and (picture == goes.id or (picture is None and not stays.image))


async def _take_picture_along(ledger: Ledger, wall: Wall, kept: str, gone: str, picture: str | None) -> None:
    """Where the card that stays takes over a picture, it gets its files; before the wall is locked."""
    async with ledger.database.read() as connection:
        stays, goes = [await boards.find_card(connection, wall.key, card_id) for card_id in (kept, gone)]
    if goes.image and _takes_over(stays, goes, picture) and ledger.images is not None:
        await ledger.images.copy(goes.image, of=gone, to=kept)


async def _as_read(entry: Entry, card_id: str, base: int) -> Card:
    """The card, if it still says what it said at revision `base`."""
    card = stands(await entry.card(card_id), "pending", "approved")
    since = await journal.changes_of_card(entry.connection, entry.wall.key, card_id, since=base)
    read: dict[str, Any] = {}
    for change in reversed(since):
        read |= {field: value for field, value in change.was.items() if field in READ}
    changed = {field: getattr(card, field) for field, value in read.items() if value != getattr(card, field)}
    if changed:
        raise Conflict(changed, revision=card.revision)
    return card
