"""Which pictures nothing in the database names any more."""

from collections.abc import Collection

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model.card import cards
from wall.model.change import changes
from wall.model.proposal import proposals

MANY = 200  # cards in one question


async def unused(connection: AsyncConnection, pictures: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of some pictures, each a card and its name, that nothing can bring onto their card any more.

    In use is what a card shows, what it showed once (every change can be undone), and what a proposal names that waits
    or was rejected and may be opened again. Of cards that are not in this database nothing is known to be unused.
    """
    asked, found = sorted({card_id for card_id, _ in pictures}), set[tuple[str, str]]()
    for start in range(0, len(asked), MANY):
        part = asked[start : start + MANY]
        known = (await connection.execute(select(cards.c.id).where(cards.c.id.in_(part)))).scalars()
        named = union_all(
            select(cards.c.id, cards.c.image).where(cards.c.id.in_(part)),
            select(changes.c.card_id, changes.c.card["image"].as_string()).where(changes.c.card_id.in_(part)),
            select(changes.c.card_id, changes.c.was["image"].as_string()).where(changes.c.card_id.in_(part)),
            select(proposals.c.card_id, proposals.c.fields["image"].as_string()).where(
                proposals.c.card_id.in_(part), proposals.c.status != "accepted"
            ),
        )
        ids, used = set(known), {(card_id, name) for card_id, name in await connection.execute(named)}
        found |= {this for this in pictures if this[0] in ids and this not in used}
    return found
