"""The start page, the wall itself and its info page."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from starlette.responses import Response

from wall.find.filters import Query, facets, matches
from wall.live.room import Room
from wall.model.board import Board
from wall.model.differences import tally
from wall.model.meeting import today
from wall.model.wall import Section
from wall.store import boards, journal
from wall.web.guard import Viewer, enter, spend
from wall.web.house import Request, house_of
from wall.web.pages import language_of, not_modified, page

FRAMES = ("iframe", "frame", "object", "embed")


@dataclass(frozen=True, slots=True)
class Column:
    section: Section
    cards: list[str]

    @property
    def count(self) -> int:
        return len(self.cards)


async def start(request: Request) -> Response:
    """GET / — the public walls."""
    async with house_of(request).database.read() as connection:
        walls = await boards.listing(connection)
    return page(request, "start.html", walls=walls)


def _columns(request: Request, room: Room, viewer: Viewer, query: Query) -> tuple[list[Column], int]:
    """Visible cards section by section; moderators also see hidden ones, in their places."""
    house, board = house_of(request), room.board
    language = language_of(request, board.wall)
    columns, found = [], 0
    for section in board.wall.sections:
        drawn, role = [], viewer.role_in(section.id)
        for card in board.column(section.id):
            shown = card.visible or (role == "moderator" and card.status == "approved")
            if shown and (not query.filtered or matches(card, query)):
                drawn.append(house.drawing.card(board.wall, card, role, language))
                found += card.visible
        columns.append(Column(section, drawn))
    return columns, found


async def wall(request: Request) -> Response:
    """GET /w/{wall} — the wall, or the part of it that a query asks for."""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    board, query = room.board, Query.read(request.query_params)
    if query.filtered and not viewer.moderates:
        spend(request, "search")
    language = language_of(request, board.wall)
    day = today()  # a card goes grey, and its next date goes by, without a change
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
    columns, found = _columns(request, room, viewer, query)
    path = f"/w/{board.wall.slug}"
    return page(
        request,
        "wall.html",
        viewer=viewer,
        wall=board.wall,
        headers=headers,
        framed=framed,
        columns=columns,
        count=board.count(),
        seen=room.seen,
        query=query.counted(found),
        facets=facets(board.visible(), board.wall, query, path),
        clear_url=path,
    )


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
