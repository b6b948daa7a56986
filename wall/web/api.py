"""The JSON API: the same walls, cards and changes, for programs."""

import orjson
from starlette.responses import JSONResponse, Response

from wall.actions.pin import pin
from wall.errors import BadRequest, Complaint, Gone, Invalid
from wall.live.protocol import TOO_FAR
from wall.model.audience import Audience, card_for, wall_for_everybody
from wall.store import boards, journal
from wall.web.card import card_on, leads_to, merged_into
from wall.web.flood import weigh_program
from wall.web.guard import enter
from wall.web.house import Request, house_of
from wall.web.openapi import document, paths
from wall.web.pages import language_of, page
from wall.web.similar import same_name

FRESH = {"cache-control": "no-cache"}


async def read(request: Request) -> Response:
    """GET /api — the document below as a page."""
    return page(request, "api.html", paths=paths())


async def openapi(request: Request) -> Response:
    """GET /api/openapi.json"""
    content = orjson.dumps(document(house_of(request).settings.base_url))
    return Response(content, media_type="application/json", headers=FRESH)


async def walls(request: Request) -> Response:
    """GET /api/walls"""
    async with house_of(request).database.read() as connection:
        listed = await boards.listing(connection)
    content = [wall_for_everybody(wall) | {"count": count} for wall, count, _ in listed]
    return JSONResponse({"walls": content}, headers=FRESH)


async def wall(request: Request) -> Response:
    """GET /api/walls/{wall}"""
    room, _ = await enter(request, request.path_params["wall"])
    return JSONResponse(wall_for_everybody(room.board.wall) | {"count": room.board.count()}, headers=FRESH)


async def cards(request: Request) -> Response:
    """GET /api/walls/{wall}/cards"""
    room, _ = await enter(request, request.path_params["wall"])
    shown = [card_for("visitor", card) for card in room.board.visible()]
    content = {"revision": room.board.revision, "epoch": room.board.epoch, "cards": shown}
    return Response(orjson.dumps(content), media_type="application/json", headers=FRESH)


async def card(request: Request) -> Response:
    """GET /api/walls/{wall}/cards/{card}"""
    room, viewer = await enter(request, request.path_params["wall"])
    following = merged_into(room, request.path_params["card"], viewer)
    if following is not None:
        return leads_to(f"/api/walls/{room.board.wall.slug}/cards/{following.id}")
    found = card_on(room, request.path_params["card"], viewer)
    return JSONResponse(card_for(viewer.role_in(found.section), found), headers=FRESH)


async def add_card(request: Request) -> Response:
    """POST /api/walls/{wall}/cards with an Idempotency-Key: 201 the first time, 200 when it came before."""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    key = request.headers.get("idempotency-key", "").strip('" ')
    if not 8 <= len(key) <= 200:
        raise Invalid([Complaint("Idempotency-Key", "missing")])
    try:
        raw = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(raw, dict):
        raise BadRequest("the body is not an object")
    weigh_program(request, room, viewer)
    pinned = await pin(house.ledger, room.board.wall, raw, key, viewer.actor)
    twins = same_name(room, viewer, pinned.card.name)
    base = house.settings.base_url.rstrip("/")
    url = f"{base}/w/{room.board.wall.slug}/c/{pinned.card.id}"
    content = {
        "id": pinned.card.id,
        "status": pinned.card.status,
        "revision": pinned.card.revision,
        "url": url,
        "edit_url": f"{base}/mine/{house.edit_links.token(pinned.card.id)}",
        "similar": [f"{base}/w/{room.board.wall.slug}/c/{twin.id}" for twin in twins if twin.id != pinned.card.id],
    }
    return JSONResponse(content, 200 if pinned.repeated else 201, {"location": url})


async def changes(request: Request) -> Response:
    """GET /api/walls/{wall}/changes?since=N&epoch=E — the frames a live client would get."""
    house = house_of(request)
    room, _ = await enter(request, request.path_params["wall"])
    since, epoch = request.query_params.get("since", ""), request.query_params.get("epoch")
    if not (since.isascii() and since.isdecimal() and len(since) <= 15):
        raise Invalid([Complaint("since", "not_a_choice")])
    board, after = room.board, int(since)
    if epoch not in (None, board.epoch) or after > board.revision or board.revision - after > TOO_FAR:
        raise Gone("start anew from the cards")
    async with house.database.read() as connection:
        found = await journal.changes_since(connection, room.wall_id, after, TOO_FAR)
    audience = Audience("visitor", language_of(request, board.wall), "json")
    missed = [change for change in found if change.revision <= board.revision]
    frames = house.frames.replay(missed, board, audience)
    head = orjson.dumps({"revision": board.revision, "epoch": board.epoch})[:-1]
    content = head + b',"changes":[' + b",".join(frames) + b"]}"
    return Response(content, media_type="application/json", headers=FRESH)
