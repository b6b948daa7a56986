"""Calendars to take or to subscribe to: of a wall, of a filter, of one card; the same for everybody who asks."""

from collections.abc import Iterable

from starlette.responses import Response

from wall.errors import NotFound
from wall.find.facets import find
from wall.find.filters import Query
from wall.live.room import Room
from wall.model.card import Card
from wall.model.meeting_words import meeting_of
from wall.model.wall import Wall
from wall.text import slug
from wall.web.card import card_on, leads_to, merged_into
from wall.web.guard import Viewer, enter, spend
from wall.web.house import Request, house_of
from wall.web.pages import not_modified
from wall.web.results import search

KIND = "text/calendar; charset=utf-8"


async def of_wall(request: Request) -> Response:
    """GET /w/{wall}/calendar.ics — the meetings of all cards that everybody sees, or of those that a query finds."""
    room, _ = await enter(request, request.path_params["wall"])
    board, query = room.board, Query.read(request.query_params)
    if query.filtered:
        spend(request, "search")
    if (same := _known(request, room)) is not None:
        return same
    house, answers = house_of(request), None
    if query.q:
        answers = [board.cards[card_id] for card_id in (await search(house, room, Viewer(), query.q)).ids]
    path = Query(query.q, query.chosen).address("")
    content = _drawn(board.wall, find(board, query, answers).cards, house.settings.base_url, path=path)
    return _file(request, room, content, board.wall.title)


async def of_card(request: Request) -> Response:
    """GET /w/{wall}/c/{card}.ics"""
    room, _ = await enter(request, request.path_params["wall"])
    wall, card_id = room.board.wall, request.path_params["card"]
    following = merged_into(room, card_id, Viewer())
    if following is not None:
        return leads_to(f"/w/{wall.slug}/c/{following.id}.ics")
    card = card_on(room, card_id, Viewer())
    if meeting_of(card) is None:
        raise NotFound(f"card {card.id} has no dates")
    if (same := _known(request, room)) is not None:
        return same
    base_url = house_of(request).settings.base_url
    content = _drawn(wall, [card], base_url, title=card.name, path=f"/{card.id}")
    return _file(request, room, content, card.name)


def _drawn(wall: Wall, cards: Iterable[Card], base_url: str, *, title: str = "", path: str = "") -> bytes:
    from wall.exchange import ics  # its library takes 9 MB: only where calendars are asked for

    return ics.calendar(wall, cards, base_url, title=title, path=path)


def _etag(request: Request, room: Room) -> str:
    return f'"{room.board.epoch}.{room.board.revision}.{house_of(request).assets.release}"'


def _known(request: Request, room: Room) -> Response | None:
    return not_modified(request, _etag(request, room))


def _file(request: Request, room: Room, content: bytes, name: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{slug(name) or "termine"}.ics"',
        "cache-control": "private, no-cache",
        "etag": f"W/{_etag(request, room)}",
        "x-robots-tag": "noindex",
    }
    return Response(content, media_type=KIND, headers=headers)
