"""What a search shows: the cards that answer, best first, with what they were found by marked."""

import asyncio
from collections.abc import Callable, Sequence

from markupsafe import Markup

from wall.find.filters import Query, matches
from wall.find.marks import marked
from wall.find.search import Answer
from wall.live.room import Room
from wall.model.card import Card
from wall.web.guard import Viewer
from wall.web.house import House

FIRST = 48  # cards of a result that are shown before somebody asks for all


async def search(house: House, room: Room, viewer: Viewer, text: str) -> Answer:
    """What answers a question on a wall, among the approved cards this viewer may see."""

    def sees(card: Card) -> bool:
        return card.visible or viewer.role_in(card.section) == "moderator"

    return await house.finder.search(room.board, text, sees)


async def answering(
    house: House, room: Room, query: Query, cards: Sequence[Card], viewer: Viewer | None = None
) -> list[Card]:
    """Those of some cards that a query asks for, in the order given; of its words only what this viewer may see."""
    if query.q:
        found = set((await search(house, room, viewer or Viewer(), query.q)).ids)
        cards = [card for card in cards if card.id in found]
    if query.chosen:
        return await asyncio.to_thread(lambda: [card for card in cards if matches(card, query)])
    return list(cards)


def hits(answer: Answer, cards: Sequence[Card], draw: Callable[[Card], str], *, everything: bool) -> list[Markup]:
    """The cards as they are shown, in the order given: the first ones, or everything."""
    return [marked(draw(card), card, answer.roots) for card in (cards if everything else cards[:FIRST])]
