"""What is held about one person, as a file: for the operator of everything, for a wall's owner of that wall."""

import orjson
from starlette.responses import Response

from wall.exchange.person import about
from wall.text import address_of
from wall.web.forms import read_form, text_of
from wall.web.guard import Viewer, actor_on, enter_with, require
from wall.web.house import Request, house_of
from wall.web.pages import language_of, page
from wall.words import words


async def of_house(request: Request) -> Response:
    """GET, POST /person"""
    actor, name = await actor_on(request, None)
    require(request, actor, "operate")
    return await _asked(request, Viewer(actor, name), None)


async def of_wall(request: Request) -> Response:
    """GET, POST /w/{wall}/person"""
    room, viewer = await enter_with(request, request.path_params["wall"], "people")
    return await _asked(request, viewer, room.wall_id)


async def _asked(request: Request, viewer: Viewer, wall_id: int | None) -> Response:
    """The form, or the file that it asked for; the address is in no link and in no log."""
    written = problem = ""
    if request.method == "POST":
        written = text_of(await read_form(request), "address", 400)
        address = address_of(written)
        if address:
            async with house_of(request).database.read() as connection:
                held = await about(connection, address, wall_id)
            headers = {"content-disposition": 'attachment; filename="person.json"', "cache-control": "no-store"}
            return Response(orjson.dumps(held, option=orjson.OPT_INDENT_2), 200, headers, "application/json")
        problem = words(language_of(request))("complaint.not_an_address")
    wall = None
    if wall_id is not None:
        wall = (await house_of(request).hub.room_of(wall_id)).board.wall
    status = 422 if problem else 200
    return page(request, "person.html", viewer=viewer, wall=wall, status=status, address=written, problem=problem)
