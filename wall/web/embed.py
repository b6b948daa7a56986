"""The wall as it stands in other people's sites: its public view, quiet, and framed by those it names."""

from starlette.responses import Response

from wall.model.types import now
from wall.web.guard import Viewer, enter, spend
from wall.web.house import Request, house_of
from wall.web.pages import language_of, not_modified, page
from wall.web.results import answering
from wall.web.take import asked
from wall.web.views import Column


async def embed(request: Request) -> Response:
    """GET /w/{wall}/embed — for everybody the same; without sites that may frame it, it can only be looked at."""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    board, query = room.board, asked(request)
    wall, language = board.wall, language_of(request, board.wall)
    if query.filtered:
        spend(request, "search")
    headers = house.headers.framed(wall)
    day = now().date() if wall.confirm_months else ""  # a card goes grey without a change
    etag = f'"{board.epoch}.{board.revision}.{language}.{day}.{house.assets.release}.{viewer.signed_in:d}.embed"'
    if (same := not_modified(request, etag)) is not None:
        same.headers.update(headers)
        return same
    shown = await answering(house, room, query, board.visible())
    columns = []
    for section in wall.sections:
        drawn = [house.drawing.card(wall, card, "visitor", language) for card in shown if card.section == section.id]
        if drawn:
            columns.append(Column(section, drawn))
    return page(
        request,
        "embed.html",
        viewer=Viewer(),
        wall=wall,
        headers=headers | {"etag": f"W/{etag}"},
        columns=columns,
        query=query.counted(sum(column.count for column in columns)),
        wall_url=query.address(f"/w/{wall.slug}"),
        live=not viewer.signed_in,  # a moderator's socket would bring their buttons
    )
