"""Taking a wall away: the page that lists what there is, and the files themselves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import IO, Any

from starlette.responses import Response, StreamingResponse

from wall.errors import NotFound
from wall.exchange import archive, csv, json, markdown, xlsx
from wall.exchange.pdf import MOST
from wall.exchange.portion import Holds, Portion, gently, picked, portion
from wall.find.filters import Query
from wall.live.room import Room
from wall.model.card import Card
from wall.model.roles import Right
from wall.model.types import ZONE, now
from wall.web.documents import QUICK
from wall.web.guard import Viewer, enter, require, spend
from wall.web.house import Request, house_of
from wall.web.pages import language_of, not_modified, page
from wall.web.results import answering
from wall.words import words

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
}
# What the page shows, shelf by shelf; the files for the team are listed by what each right opens.
SHELVES = (("table", ("xlsx", "csv")), ("read", ("pdf", "cards", "md")), ("program", ("json",)))
PAPER = {"pdf": "documentation.pdf", "cards": "cards.pdf"}
FOR: dict[Holds, Right] = {"team": "moderate", "copy": "restore"}
ONLY: dict[Holds, tuple[str, ...]] = {"team": ("xlsx", "csv", "md", "json"), "copy": ("zip", "json")}
# Bytes of a file with no card in it, for each character of its cards, and for each card; measured on the demo's walls.
WEIGHT = {"xlsx": (5900, 0.35, 75), "csv": (200, 1.05, 105), "md": (200, 1.05, 125), "json": (1500, 1.05, 412)}
CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Offer:
    """One file as the page offers it. `size` is a guess in bytes, 0 where there is none. What is not `ready` at once is
    waited for on a page; what is not `whole` is taken in parts."""

    kind: str
    url: str
    size: int = 0
    ready: bool = True
    whole: bool = True


def asked(request: Request) -> Query:
    """What of a wall is asked for; how it was looked at does not matter here."""
    query = Query.read(request.query_params)
    return Query(query.q, query.chosen)


def _characters(cards: list[Card]) -> int:
    """How much they say."""
    values = [value for card in gently(cards) for value in card.content.values() if value]
    return sum(sum(map(len, value)) if isinstance(value, list) else len(str(value)) for value in values)


async def show(request: Request) -> Response:
    """GET /w/{wall}/take — what there is to take away, of the whole wall or of what a filter leaves."""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    wall, query = room.board.wall, asked(request)
    if query.filtered and not viewer.moderates:
        spend(request, "search")
    here = f"/w/{wall.slug}"
    cards = await answering(house, room, query, picked(room.board, "everybody"))
    count, characters = len(cards), await asyncio.to_thread(_characters, cards)

    def offer(kind: str, holds: Holds = "everybody") -> Offer:
        path = f"{here}/{PAPER[kind]}" if kind in PAPER else f"{here}/take/{kind}"
        url = query.address(path, **({} if holds == "everybody" else {"of": holds}))
        least, per, each = WEIGHT.get(kind, (0, 0, 0)) if holds == "everybody" else (0, 0, 0)
        ready, whole = (count <= QUICK, count <= MOST) if kind in PAPER else (True, True)
        return Offer(kind, url, round(least + characters * per + count * each), ready, whole)

    base = house.settings.base_url.rstrip("/")
    return page(
        request,
        "take.html",
        viewer=viewer,
        wall=wall,
        query=query.counted(count),
        most=MOST,
        shelves=[(name, [offer(kind) for kind in kinds]) for name, kinds in SHELVES],
        team=[offer(kind, "team") for kind in ONLY["team"]] if viewer.may("moderate") else [],
        copies=[offer(kind, "copy") for kind in ONLY["copy"]] if viewer.may("restore") else [],
        feed_url=base + query.address(f"{here}/feed.atom"),
        calendar_url=base + query.address(f"{here}/calendar.ics"),
        embed_url=base + query.address(f"{here}/embed"),
        embed_path=query.address(f"{here}/embed"),
        all_url=f"{here}/take",
        wall_url=query.address(here),
    )


async def file(request: Request) -> Response:
    """GET /w/{wall}/take/{kind} — the file; `of=team` and `of=copy` are for those who may."""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    kind, holds = request.path_params["kind"], _wanted(request, viewer)
    if kind not in TYPES or (holds == "everybody" and kind == "zip") or kind not in ONLY.get(holds, TYPES):
        raise NotFound(f"no {kind!r} of {holds!r}")
    wall, query = room.board.wall, asked(request) if holds != "copy" else Query()
    language = language_of(request, wall)
    named = blake2b(query.address("").encode(), digest_size=6).hexdigest()
    release = house.assets.release  # a newer one may write it differently
    etag = f'"{room.board.epoch}.{room.board.revision}.{kind}.{language}.{named}.{release}"'
    if holds == "everybody" and (same := not_modified(request, etag)) is not None:
        return same
    spend(request, "export")
    asks = viewer if holds == "team" else None  # what everybody may take is the same for everybody
    cards = await answering(house, room, query, picked(room.board, holds, viewer.role_in), asks)
    headers = {
        "cache-control": "private, no-cache" if holds == "everybody" else "no-store",
        "vary": "accept-language, cookie",
        "content-disposition": f'attachment; filename="{_name(room, query, holds)}.{kind}"',
    }
    if holds == "everybody":
        headers["etag"] = f"W/{etag}"
    async with house.exports.one():
        cut = await asyncio.to_thread(portion, wall, cards, holds, house.settings.base_url, role_in=viewer.role_in)
        if kind == "zip":
            made = await archive.write(cut, house.images)
            return StreamingResponse(_chunks(made), headers=headers, media_type=TYPES[kind])
        body = await _body(kind, cut, words(language, wall.address))
    return Response(body, headers=headers, media_type=TYPES[kind])


def _wanted(request: Request, viewer: Viewer) -> Holds:
    """Whose view is asked for.

    Raises:
        SignedOut, Forbidden: this viewer may not have it.
    """
    for holds, right in FOR.items():
        if request.query_params.get("of") == holds:
            require(request, viewer.actor, right)
            return holds
    return "everybody"


def _name(room: Room, query: Query, holds: Holds) -> str:
    part = ("" if holds == "everybody" else f"-{holds}") + ("-auswahl" if query.filtered else "")
    return f"netzwerk-wand-{room.board.wall.slug}{part}-{now().astimezone(ZONE):%Y-%m-%d}"


async def _body(kind: str, cut: Portion, t: Any) -> bytes:
    """A file's bytes: written in a thread, and a workbook in a process."""
    if kind == "xlsx":
        return await xlsx.made(await asyncio.to_thread(xlsx.order, cut, t))
    if kind == "json":
        return await asyncio.to_thread(json.write, cut)
    return await asyncio.to_thread(csv.write if kind == "csv" else markdown.write, cut, t)


async def _chunks(made: IO[bytes]) -> AsyncIterator[bytes]:
    """A file piece by piece, and then it is gone."""
    try:
        while chunk := await asyncio.to_thread(made.read, CHUNK):
            yield chunk
    finally:
        made.close()
