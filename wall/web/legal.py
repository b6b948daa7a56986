"""Impressum, Datenschutz and the accessibility statement: the wall's own words, else the operator's files."""

import orjson
from markupsafe import Markup
from starlette.responses import Response

from wall.model.wall import Wall
from wall.text import markdown
from wall.web.forms import read_form, text_of
from wall.web.guard import Viewer, enter
from wall.web.house import Request, house_of
from wall.web.pages import LANGUAGE_COOKIE, language_of, local, page, see_other, set_cookie
from wall.words import LANGUAGES, words

KINDS = {"impressum": "imprint", "datenschutz": "privacy", "barrierefreiheit": "accessibility"}


def _text(request: Request, kind: str, wall: Wall | None) -> Markup | None:
    own = {"impressum": wall.imprint, "datenschutz": wall.privacy}.get(kind, "") if wall is not None else ""
    own = own or house_of(request).settings.legal_text(kind)
    return Markup(markdown(own)) if own.strip() else None  # noqa: S704 - sanitised by nh3


async def legal(request: Request) -> Response:
    """GET /{impressum|datenschutz|barrierefreiheit}, also below /w/{wall}"""
    kind = request.url.path.rsplit("/", 1)[-1]
    wall, viewer = None, Viewer()
    if "wall" in request.path_params:
        room, viewer = await enter(request, request.path_params["wall"])
        wall = room.board.wall
    title = words(language_of(request, wall))(f"legal.{kind}.title")
    return page(
        request, "legal.html", viewer=viewer, wall=wall, title=title, text=_text(request, kind, wall), kind=kind
    )


async def language(request: Request) -> Response:
    """POST /language — the only cookie a reader can get, and only by asking for it."""
    data = await read_form(request)
    response = see_other(local(text_of(data, "back"), "/"))
    if (chosen := text_of(data, "to", 5)) in LANGUAGES:
        secure = house_of(request).settings.secure
        set_cookie(response, LANGUAGE_COOKIE, chosen, secure=secure, max_age=365 * 86400)
    return response


async def offline(request: Request) -> Response:
    """GET /offline — what the service worker shows when the network is gone."""
    return page(request, "offline.html")


async def service_worker(request: Request) -> Response:
    """GET /sw.js — at the root, so that it may answer for every page."""
    body = house_of(request).assets.body("js/sw.js")
    return Response(body, media_type="text/javascript", headers={"cache-control": "no-cache"})


async def manifest(request: Request) -> Response:
    """GET /manifest.webmanifest"""
    icons = [{"src": house_of(request).assets.url("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"}]
    content = {"name": "Netzwerk-Wand", "short_name": "Wand", "start_url": "/", "display": "browser", "icons": icons}
    return Response(orjson.dumps(content), media_type="application/manifest+json")
