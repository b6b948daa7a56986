"""Paper: the documentation of a wall and its cards to hang up, as PDF."""

import asyncio

from starlette.responses import Response

from wall.exchange.pdf import documentation, printed_cards
from wall.find.filters import Query
from wall.model.types import ZONE, now
from wall.text import slug
from wall.web.guard import enter, spend
from wall.web.house import Request, house_of
from wall.web.pages import language_of, not_modified
from wall.web.results import answering
from wall.words import words

MAKERS = {"documentation": documentation, "cards": printed_cards}


async def document(request: Request) -> Response:
    """GET /w/{wall}/documentation.pdf, /w/{wall}/cards.pdf — what everybody may see, or the part a query asks for."""
    house = house_of(request)
    room, _ = await enter(request, request.path_params["wall"])
    board, query = room.board, Query.read(request.query_params)
    language, moment = language_of(request, board.wall), now()
    etag = f'"{board.epoch}.{board.revision}.{language}.{moment.astimezone(ZONE):%Y-%m-%d}.{house.assets.release}"'
    if (same := not_modified(request, etag)) is not None:
        return same
    spend(request, "document")
    wall, kind = board.wall, request.url.path.rpartition("/")[2].removesuffix(".pdf")
    shown = await answering(house, room, query, board.visible())
    t = words(language, wall.address)
    base_url = house.settings.base_url.rstrip("/")
    order = await asyncio.to_thread(MAKERS[kind], wall, shown, t, base_url, moment)
    pdf = await house.press.print(order)
    name = slug(f"{wall.slug} {t(f'document.file_{kind}')} {moment.astimezone(ZONE):%Y-%m-%d}", longest=80)
    headers = {
        "content-disposition": f'inline; filename="{name}.pdf"',
        "cache-control": "private, no-cache",
        "vary": "accept-language, cookie",
        "etag": f"W/{etag}",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)
