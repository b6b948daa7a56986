"""The start page, the wall itself and its info page."""

from typing import Any
from weakref import WeakKeyDictionary

from starlette.datastructures import QueryParams
from starlette.responses import Response

from wall.find.facets import chosen, find
from wall.find.filters import EVERYWHERE, LONGEST, VIEWS, Query
from wall.find.marks import highlighted, snippet
from wall.live.room import Room
from wall.model.board import Board
from wall.model.differences import tally
from wall.model.meeting import today
from wall.store import boards, journal
from wall.text import clean
from wall.web.asked import Asked
from wall.web.choices import filters
from wall.web.guard import Viewer, address_of, enter, spend
from wall.web.house import Request, house_of
from wall.web.pages import language_of, not_modified, page, see_other
from wall.web.results import search
from wall.web.views import DRAWN, tabs

FRAMES = ("iframe", "frame", "object", "embed")


async def start(request: Request) -> Response:
    """GET / — the public walls, or what they have to a question."""
    house, q = house_of(request), clean(request.query_params.get("q", "")[:LONGEST])
    if q:
        spend(request, "search")
    async with house.database.read() as connection:
        walls = await boards.listing(connection)
        answer, cities = await house.everywhere.search(connection, [wall for wall, _, _ in walls], q)
    return page(
        request, "start.html", walls=walls, q=q, answer=answer, cities=cities, highlighted=highlighted, snippet=snippet
    )


async def wall(request: Request) -> Response:
    """GET /w/{wall} — the wall, or the part of it that a query asks for."""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    board, query = room.board, Query.read(request.query_params)
    if query.filtered and not viewer.moderates:
        spend(request, "search")
    language = language_of(request, board.wall)
    day = today()  # a card goes grey, is no longer recently confirmed, and its next date goes by, without a change
    framed = bool(board.wall.embed_origins) and request.headers.get("sec-fetch-dest") in FRAMES
    etag = f'"{board.epoch}.{board.revision}.{language}.{day}.{house.assets.release}{".framed" if framed else ""}"'
    if framed:
        viewer = Viewer()  # a site that may show the wall cannot have a moderator's buttons pressed
    headers = {} if viewer.moderates else house.headers.framed(board.wall)
    if headers:
        headers["vary"] = "accept-language, cookie, sec-fetch-dest"
    if not viewer.signed_in:
        headers["etag"] = f"W/{etag}"
        same = not_modified(request, etag)
        if same is not None:
            same.headers.update(headers)
            return same
    path = f"/w/{board.wall.slug}"
    answer = await search(house, room, viewer, query.q) if query.q else None
    if answer is not None and answer.missing and not viewer.moderates:
        house.finder.missed.note(board.wall.slug, answer.missing, address_of(request), day)
    answers = None
    if answer is not None:  # only the wall itself shows moderators what they hid
        cards = (board.cards[card_id] for card_id in answer.ids)
        answers = [card for card in cards if card.visible or query.view == VIEWS[0]]
    found = find(board, query, answers)
    context: dict[str, Any] = {
        "viewer": viewer,
        "wall": board.wall,
        "headers": headers,
        "query": query.counted(len(found.cards)),
        "filters": filters(house.drawing, board, query, found, path, language),
        "here": path,
        "answer": answer,
    }
    if request.query_params.get("part") == "facets":  # for a page that is open, to keep its numbers true
        return page(request, "wall_facets.html", **context)
    maps, everything = house.settings.maps_dir, "all" in request.query_params
    asked = Asked(room, viewer, query, found, house.drawing, language, path, maps, answer, everything)
    return page(
        request,
        "wall.html",
        **context,
        **DRAWN[query.view](asked),
        framed=framed,
        count=board.count(),
        seen=room.seen,
        views=tabs(asked),
        elsewhere=found.counts["district"][EVERYWHERE],
        chosen=chosen(board, query, found.counts, path),
    )


async def calendar(request: Request) -> Response:
    """GET /w/{wall}/calendar — the short address of the calendar, with or without filters and a month."""
    room, _ = await enter(request, request.path_params["wall"])
    query = Query.read(QueryParams([*request.query_params.multi_items(), ("view", "calendar")]))
    return see_other(query.address(f"/w/{room.board.wall.slug}"))


async def info(request: Request) -> Response:
    """GET /w/{wall}/info — what this wall is, who answers for it, whose data it shows."""
    room, viewer = await enter(request, request.path_params["wall"])
    approved, rejected = await _decided(request, room)
    return page(
        request,
        "info.html",
        viewer=viewer,
        wall=room.board.wall,
        count=room.board.count(),
        approved=approved,
        rejected=rejected,
    )


_decisions: WeakKeyDictionary[Board, tuple[int, tuple[int, dict[str, int]]]] = WeakKeyDictionary()


async def _decided(request: Request, room: Room) -> tuple[int, dict[str, int]]:
    """How many cards were approved, and rejected for which reason; looked up once for every revision asked about."""
    board = room.board
    known = _decisions.get(board)
    if known is None or known[0] != board.revision:
        async with house_of(request).database.read() as connection:
            known = (board.revision, tally(await journal.decisions(connection, room.wall_id)))
        _decisions[board] = known
    return known[1]
