"""Paper: the documentation of a wall and its cards to hang up, as PDF; large ones are waited for on a page."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from hashlib import blake2b

from starlette.responses import Response

from wall.exchange.pdf import MOST, documentation, printed_cards
from wall.exchange.press import Job
from wall.find.filters import FILTERS, Query
from wall.live.room import Room
from wall.model.card import Card
from wall.model.types import ZONE, now
from wall.text import slug
from wall.web.guard import Viewer, enter, spend
from wall.web.house import Request, house_of
from wall.web.pages import language_of, not_modified, page, see_other
from wall.web.results import answering
from wall.words import words

MAKERS = {"documentation": documentation, "cards": printed_cards}
QUICK = 200  # cards: about three seconds
PARTS = ("section", "topic", "district", "kind")  # by which a document that would be too large is taken in parts
LINKS = 60  # parts of one kind that are shown, the largest


async def document(request: Request) -> Response:
    """GET /w/{wall}/documentation.pdf, /w/{wall}/cards.pdf — what everybody may see, or the part a query asks for.

    Who reads HTML waits for a large one on a page; `order` names what they wait for.
    """
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    board, query = room.board, Query.read(request.query_params)
    language, moment = language_of(request, board.wall), now()
    etag = f'"{board.epoch}.{board.revision}.{language}.{moment.astimezone(ZONE):%Y-%m-%d}.{house.assets.release}"'
    if (same := not_modified(request, etag)) is not None:
        return same
    kind = _kind(request)
    visible = board.visible()
    key = (board.wall.slug, kind, request.query_params.get("order", ""))
    job = house.press.job(key)
    if job is not None and job.cards <= _said(visible):  # nothing is sent of what went or was corrected meanwhile
        if job.made.done():
            return _sent(request, room, job.made.result(), job.etag)
        return _waiting(request, room, viewer, job, house.press.ahead(key))
    shown = await answering(house, room, query, visible)
    if len(shown) > MOST:
        return _parts(request, room, viewer, query, shown)
    t, base_url = words(language, board.wall.address), house.settings.base_url.rstrip("/")
    compose = partial(MAKERS[kind], board.wall, shown, t, base_url, moment)
    if len(shown) <= QUICK or "text/html" not in request.headers.get("accept", ""):
        spend(request, "document")
        return _sent(request, room, await house.press.print(compose), etag)
    order = blake2b(f"{etag} {query.address('')}".encode(), digest_size=8).hexdigest()
    if house.press.job((board.wall.slug, kind, order)) is None:
        spend(request, "document")
        house.press.begin((board.wall.slug, kind, order), compose, _said(shown), etag)
    return see_other(f"{request.url.path}?{request.url.include_query_params(order=order).query}")


def _said(cards: Sequence[Card]) -> frozenset[tuple[str, int]]:
    """The cards, each at its revision."""
    return frozenset((card.id, card.revision) for card in cards)


def _kind(request: Request) -> str:
    return request.url.path.rpartition("/")[2].removesuffix(".pdf")


def _sent(request: Request, room: Room, pdf: bytes, etag: str) -> Response:
    wall, kind = room.board.wall, _kind(request)
    t = words(language_of(request, wall), wall.address)
    name = slug(f"{wall.slug} {t(f'document.file_{kind}')} {now().astimezone(ZONE):%Y-%m-%d}", longest=80)
    headers = {
        "content-disposition": f'inline; filename="{name}.pdf"',
        "cache-control": "private, no-cache",
        "vary": "accept, accept-language, cookie",
        "etag": f"W/{etag}",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


def _waiting(request: Request, room: Room, viewer: Viewer, job: Job, ahead: int) -> Response:
    """The page that comes back by itself until the document is there."""
    return page(
        request,
        "paper_waiting.html",
        viewer=viewer,
        wall=room.board.wall,
        status=202,
        headers={"cache-control": "no-store"},
        kind=_kind(request),
        count=len(job.cards),
        ahead=ahead,
    )


def _parts(request: Request, room: Room, viewer: Viewer, query: Query, cards: Sequence[Card]) -> Response:
    """The page that says how many cards fit into one document, and which parts there are."""
    parts: dict[str, list[tuple[str, str, int]]] = {}
    for name in (name for name in PARTS if name not in query.chosen):  # another value would make it larger
        counts = Counter(value for card in cards for value in FILTERS[name](card)).most_common(LINKS)
        links = [(v, query.toggled(name, v).address(request.url.path), n) for v, n in counts if n < len(cards)]
        parts |= {name: links} if links else {}
    return page(
        request,
        "paper_parts.html",
        viewer=viewer,
        wall=room.board.wall,
        status=422,
        headers={"cache-control": "no-store"},
        kind=_kind(request),
        count=len(cards),
        most=MOST,
        parts=parts,
        back=query.address(f"/w/{room.board.wall.slug}/take"),
    )
