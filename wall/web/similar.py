"""Cards that may already be what somebody is about to pin: while they type, and once more when they send it."""

from collections.abc import Sequence

from starlette.responses import Response

from wall.errors import LooksLike
from wall.find import duplicates
from wall.find.same import same
from wall.live.room import Room
from wall.model.audience import sees
from wall.model.card import Card
from wall.store import receipts
from wall.web.guard import Viewer, enter, spend
from wall.web.house import Request, house_of
from wall.web.pages import page

MOST = 3
LONGEST = 120  # characters of a name
SHORTEST = 3


def alike(room: Room, viewer: Viewer, name: str, website: str = "") -> list[Card]:
    """The cards this viewer may see that are probably the same network, most likely first."""
    found = duplicates.named(room.board, name[:LONGEST], website)
    cards = _seen(room, viewer, [twin.card_id for twin in found])
    return cards[:MOST]


def same_name(room: Room, viewer: Viewer, name: str) -> list[Card]:
    """The cards this viewer may see that have this very name; cheap enough for every pin."""
    return _seen(room, viewer, [card.id for card in same(room.board, name[:LONGEST])])[:MOST]


def _seen(room: Room, viewer: Viewer, ids: Sequence[str]) -> list[Card]:
    cards = (room.board.cards[card_id] for card_id in ids)
    return [card for card in cards if sees(viewer.role_in(card.section), card)]


async def ask_back(request: Request, room: Room, viewer: Viewer, name: str, key: str) -> None:
    """Let somebody look at what hangs already under this name before they pin it again.

    A pin that came before and is only sent once more is let through: its own card is what was found.

    Raises:
        LooksLike: names the cards.
    """
    if not (room.board.wall.takes_pins or viewer.moderates):
        return  # it will be refused for a better reason
    cards = same_name(room, viewer, name)
    if not cards:
        return
    async with house_of(request).database.read() as connection:
        came_before = await receipts.of_keys(connection, room.wall_id, [key])
    if not came_before:
        raise LooksLike([card.id for card in cards])


async def similar(request: Request) -> Response:
    """GET /w/{wall}/similar?name=&website= — a part of the pin form, empty if nothing is alike."""
    room, viewer = await enter(request, request.path_params["wall"])
    spend(request, "search")
    name, website = request.query_params.get("name", ""), request.query_params.get("website", "")[:500]
    cards = alike(room, viewer, name, website) if len(name.strip()) >= SHORTEST else []
    return page(request, "similar.html", viewer=viewer, wall=room.board.wall, twins=cards)
