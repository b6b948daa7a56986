"""The wall's own pictures, for those who lead it: its logo, and one above its title."""

from typing import Any

from starlette.responses import Response

from wall.actions.configure import configure
from wall.actions.picture import description
from wall.errors import Invalid, NotFound, TooLarge, Unavailable, Unsupported, WallError
from wall.live.room import Room
from wall.model.picture import Picture
from wall.web.forms import text_of
from wall.web.guard import Viewer, enter, enter_with, spend
from wall.web.house import Request, house_of
from wall.web.pages import see_other
from wall.web.pictures import ONE_DAY, picture_page, sent
from wall.web.upload import read_upload

KINDS = ("logo", "cover")


async def _entered(request: Request) -> tuple[Room, Viewer, str]:
    room, viewer = await enter_with(request, request.path_params["wall"], "configure")
    kind = request.path_params["picture"]
    if kind not in KINDS:
        raise NotFound(f"no picture is called {kind!r}")
    return room, viewer, kind


def _drawn(
    request: Request, room: Room, viewer: Viewer, kind: str, alt: str, error: WallError | None = None
) -> Response:
    wall, here = room.board.wall, f"/w/{room.board.wall.slug}"
    return picture_page(
        request,
        room,
        viewer,
        alt,
        error,
        said=kind,
        of=wall.title,
        here=f"{here}/look/{kind}",
        files=f"{here}/look",
        back=f"{here}/settings",
        picture=Picture.named(getattr(wall, kind)),
        waits=False,
    )


async def form(request: Request) -> Response:
    """GET /w/{wall}/look/{picture}"""
    room, viewer, kind = await _entered(request)
    return _drawn(request, room, viewer, kind, getattr(room.board.wall, f"{kind}_alt"))


async def take(request: Request) -> Response:
    """POST /w/{wall}/look/{picture} — a picture with words for it, other words for the one there is, or none."""
    room, viewer, kind = await _entered(request)
    data, body = await read_upload(request, "image")
    alt = text_of(data, "image_alt")
    try:
        look = {kind: "", f"{kind}_alt": ""}
        if not text_of(data, "remove"):
            look = await _made(request, room, kind, alt, body)
        await configure(house_of(request).ledger, room.board.wall, look, viewer.actor)
    except (Invalid, TooLarge, Unsupported, Unavailable) as error:
        return _drawn(request, room, viewer, kind, alt, error)
    return see_other(f"/w/{room.board.wall.slug}/settings?saved=1")


async def _made(request: Request, room: Room, kind: str, alt: str, body: bytes) -> dict[str, Any]:
    """The settings that show a picture, once its files are kept."""
    house, wall = house_of(request), room.board.wall
    name = getattr(wall, kind)
    if not body and not name:
        raise Unsupported("no file")
    said = description(alt)  # refused before anything is decoded
    if body:
        spend(request, "picture")
        made = await house.workshop.remake(body)
        name = made.name
        await house.images.put(wall.shelf, made.name, made.files)
    return {kind: name, f"{kind}_alt": said}


async def file(request: Request) -> Response:
    """GET /w/{wall}/look/{name}/{file} — of the pictures that the wall shows now; an older one is not for anybody."""
    room, _ = await enter(request, request.path_params["wall"])
    wall, found = room.board.wall, Picture.named(request.path_params["name"])
    if found is None or found.name not in (wall.logo, wall.cover) or request.path_params["file"] not in found.files:
        raise NotFound("no such picture")
    return await sent(request, wall.shelf, found, ONE_DAY)
