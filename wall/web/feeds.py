"""For programs that follow links: Atom feeds, the sitemap, robots.txt, oEmbed and the pictures that go with links."""

import asyncio
from collections import Counter
from hashlib import blake2b
from heapq import nlargest
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.responses import JSONResponse, Response

from wall.errors import Complaint, Invalid, NotFound
from wall.exchange import atom, poster, sitemap
from wall.exchange.portion import picked, portion
from wall.find.filters import Query
from wall.store import boards
from wall.web.card import card_on
from wall.web.guard import Viewer, enter, spend
from wall.web.house import Request, house_of
from wall.web.pages import not_modified
from wall.web.results import answering
from wall.web.take import asked
from wall.words import words

READABLE = ("q", "kind", "topic", "district", "member")  # what of a query says something by itself
FRESH = {"cache-control": "no-cache"}
# What leads nowhere without a link of one's own, and files that are made anew for each who asks.
CLOSED = ("/mine/", "/contact/", "/alive/", "/sign-in", "/account", "/w/*/take/", "/w/*/queue", "/w/*/embed")


def _base(request: Request) -> str:
    return house_of(request).settings.base_url.rstrip("/")


async def feed(request: Request) -> Response:
    """GET /w/{wall}/feed.atom — the newest changes, of the whole wall or of what a filter leaves."""
    house = house_of(request)
    room, _ = await enter(request, request.path_params["wall"])
    wall, query, base = room.board.wall, asked(request), _base(request)
    named = blake2b(query.address("").encode(), digest_size=6).hexdigest()
    etag = f'"{room.board.epoch}.{room.board.revision}.{named}.{house.assets.release}"'
    if (same := not_modified(request, etag)) is not None:
        return same
    if query.filtered:
        spend(request, "search")
    cards = await answering(house, room, query, picked(room.board, "everybody"))
    here, page = base + query.address(f"/w/{wall.slug}/feed.atom"), base + query.address(f"/w/{wall.slug}")
    about = " · ".join(value for name, value in query.pairs() if name in READABLE)
    t = words(wall.language, wall.address)
    newest = nlargest(atom.MOST, cards, key=lambda card: (card.changed_at, card.id))
    cut = portion(wall, newest, "everybody", base)
    body = await asyncio.to_thread(atom.write, cut, t, here, page, about)
    return Response(body, media_type="application/atom+xml", headers=FRESH | {"etag": f"W/{etag}"})


async def site(request: Request) -> Response:
    """GET /sitemap.xml — the public walls and their cards, or where there are many of them the list of the parts."""
    base = _base(request)
    async with house_of(request).database.read() as connection:
        walls = await boards.listing(connection)
    parts = -(-sum(count for _, count, _ in walls) // sitemap.PART)
    if parts > 1:
        body = sitemap.index(f"{base}/sitemap-{number}.xml" for number in range(parts + 1))
        return Response(body, media_type="application/xml", headers=FRESH)
    return await _part(request, 0 if not parts else None)


async def site_part(request: Request) -> Response:
    """GET /sitemap-{part}.xml — part 0 is the walls, the others are cards."""
    return await _part(request, request.path_params["part"])


async def _part(request: Request, number: int | None) -> Response:
    """One part, or with None all there is."""
    base = _base(request)
    found: list[tuple[str, Any]] = []
    async with house_of(request).database.read() as connection:
        if not number:
            found = [(f"{base}/", None)]
            found += [(f"{base}/w/{wall.slug}", changed) for wall, _, changed in await boards.listing(connection)]
        if number != 0:
            start = ((number or 1) - 1) * sitemap.PART
            cards = await boards.public_cards(connection, start, sitemap.PART)
            found += [(f"{base}/w/{slug}/c/{card}", changed) for slug, card, changed in cards]
    if not found:
        raise NotFound(f"no part {number}")
    body = await asyncio.to_thread(sitemap.addresses, found)
    return Response(body, media_type="application/xml", headers=FRESH)


async def robots(request: Request) -> Response:
    """GET /robots.txt"""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED),
        "",
        f"Sitemap: {_base(request)}/sitemap.xml",
        "",
    ]
    return Response("\n".join(lines), media_type="text/plain; charset=utf-8", headers=FRESH)


async def wall_poster(request: Request) -> Response:
    """GET /w/{wall}/poster.png"""
    room, _ = await enter(request, request.path_params["wall"])
    wall = room.board.wall
    kinds = Counter(card.kind for card in room.board.visible())
    hues = [wall.hue(kind) for kind, _ in kinds.most_common(6)]
    said = poster.of_wall(wall, room.board.count(), hues, words(wall.language, wall.address))
    return await _poster(request, f"wall {room.wall_id}", said)


async def card_poster(request: Request) -> Response:
    """GET /w/{wall}/c/{card}/poster.png — of a card that everybody sees."""
    room, _ = await enter(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], Viewer())
    cut = portion(room.board.wall, [card], "everybody", _base(request))
    answer = await _poster(request, card.id, poster.of_card(room.board.wall, cut, cut.cards[0]))
    card_on(room, card.id, Viewer())  # it may have gone while it was drawn
    return answer


async def _poster(request: Request, key: str, said: dict[str, Any]) -> Response:
    etag = f'"{blake2b(repr(said).encode(), digest_size=9).hexdigest()}.{house_of(request).assets.release}"'
    if (same := not_modified(request, etag)) is not None:
        return same
    spend(request, "poster")
    body = await house_of(request).posters.drawn(key, said)
    return Response(body, media_type="image/png", headers=FRESH | {"etag": f"W/{etag}"})


async def oembed(request: Request) -> Response:
    """GET /oembed?url= — how another site may show a wall or a card of ours (oembed.com)."""
    params, base = request.query_params, _base(request)
    if params.get("format", "json") != "json":
        return Response("only json", 501, media_type="text/plain", headers=FRESH)
    parts, own = urlsplit(params.get("url", "")[:2000]), urlsplit(base)
    path = parts.path.removeprefix(own.path).strip("/").split("/")
    if parts.netloc.lower() != own.netloc.lower() or path[0] != "w" or len(path) not in (2, 4):
        raise Invalid([Complaint("url", "not_a_choice")])
    room, _ = await enter(request, path[1])
    wall, here = room.board.wall, f"{base}/w/{room.board.wall.slug}"
    known = {"version": "1.0", "provider_name": wall.title, "provider_url": here, "cache_age": 3600}
    if len(path) == 4:
        card = card_on(room, path[3], Viewer())
        known |= {"type": "link", "title": card.name, **_thumbnail(f"{here}/c/{card.id}")}
    else:
        known |= {"type": "link", "title": wall.title, **_thumbnail(here)}
        if wall.embed_origins:
            query = Query.read(dict(parse_qsl(parts.query)))
            width, height = (
                _bounded(params.get(name), most) for name, most in (("maxwidth", 1000), ("maxheight", 700))
            )
            html = house_of(request).drawing.frame(wall, base + query.address(f"/w/{wall.slug}/embed"), height)
            known |= {"type": "rich", "html": html, "width": width, "height": height}
    return JSONResponse(known, headers=FRESH)


def _thumbnail(address: str) -> dict[str, Any]:
    return {"thumbnail_url": f"{address}/poster.png", "thumbnail_width": 1200, "thumbnail_height": 630}


def _bounded(asked: str | None, most: int) -> int:
    """What the other site has room for, in pixels, at most as much as is of use."""
    return (
        max(200, min(most, int(asked))) if asked and asked.isascii() and asked.isdecimal() and len(asked) < 7 else most
    )
