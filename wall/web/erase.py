"""Erasing a card for good: by its author with the private link, or by the wall's moderators."""

from starlette.responses import Response

from wall.actions.erase import erase
from wall.errors import Complaint, Invalid
from wall.model.roles import AUTHOR
from wall.web.forms import read_form, text_of
from wall.web.guard import enter, enter_as_moderator
from wall.web.house import Request, house_of
from wall.web.pages import page, see_other
from wall.web.pin import own_card


async def _be_sure(request: Request) -> None:
    """Nobody erases by a slip: a tick has to come along.

    Raises:
        Invalid: it did not.
    """
    if text_of(await read_form(request), "sure") != "yes":
        raise Invalid([Complaint("sure", "missing")])


async def mine(request: Request) -> Response:
    """POST /mine/{token}/erase"""
    room, card = await own_card(request)
    await _be_sure(request)
    await erase(house_of(request).ledger, room.board.wall, card.id, AUTHOR)
    return see_other(f"/w/{room.board.wall.slug}/erased")


async def card(request: Request) -> Response:
    """POST /w/{wall}/c/{card}/erase"""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    await _be_sure(request)
    await erase(house_of(request).ledger, room.board.wall, request.path_params["card"], viewer.actor)
    return see_other(f"/w/{room.board.wall.slug}/erased")


async def done(request: Request) -> Response:
    """GET /w/{wall}/erased — says that it is done; there is nothing else left to show."""
    room, viewer = await enter(request, request.path_params["wall"])
    return page(request, "erased.html", viewer=viewer, wall=room.board.wall)
