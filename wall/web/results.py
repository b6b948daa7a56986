"""What a search shows: the cards that answer, best first, with what they were found by marked."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

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


def hits(answer: Answer, cards: Sequence[Card], draw: Callable[[Card], str], *, everything: bool) -> list[Markup]:
    """The cards as they are shown, in the order given: the first ones, or everything."""
    return [marked(draw(card), card, answer.roots) for card in (cards if everything else cards[:FIRST])]
