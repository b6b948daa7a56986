"""What words about a meeting are understood as, told while somebody writes them."""

from starlette.responses import Response

from wall.web.guard import enter, spend
from wall.web.house import Request
from wall.web.pages import page
from wall.web.pin import words_for
from wall.web.schedule_form import posted_schedule, understood


async def understand(request: Request) -> Response:
    """GET /w/{wall}/meeting?meeting=&meeting_every=… — a part of the card form, empty where nothing is sure."""
    room, viewer = await enter(request, request.path_params["wall"])
    spend(request, "search")
    asked = request.query_params
    words = asked.get("meeting", "")[:200]
    schedule = posted_schedule({name: asked.getlist(name) for name in asked}, words)
    found = understood(words_for(request, room), words, schedule)
    return page(request, "_understood.html", viewer=viewer, wall=room.board.wall, understood=found)
