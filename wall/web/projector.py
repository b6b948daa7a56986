"""The projector's page: readable from fifteen metres, with nobody attending to it."""

from starlette.responses import Response

from wall.web.guard import Viewer, enter
from wall.web.house import Request, house_of
from wall.web.pages import language_of, page


async def projector(request: Request) -> Response:
    """GET /w/{wall}/projector — as a visitor sees it, whoever has signed in on this machine."""
    house = house_of(request)
    room, _ = await enter(request, request.path_params["wall"])
    board = room.board
    language = language_of(request, board.wall)
    shown = sorted(board.visible(), key=lambda card: card.pinned_at_revision)
    return page(
        request,
        "projector.html",
        viewer=Viewer(),
        wall=board.wall,
        cards=[house.drawing.card(board.wall, card, "visitor", language) for card in shown],
        count=len(shown),
        pin_url=f"{house.settings.base_url.rstrip('/')}/w/{board.wall.slug}/pin",
    )
