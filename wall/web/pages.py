"""Answers: the language of a page, its headers, redirects and conditional GET."""

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse, Response

from wall.model.wall import Wall
from wall.web.guard import Viewer
from wall.web.house import State, house_of
from wall.words import LANGUAGES

LANGUAGE_COOKIE = "language"


def language_of(connection: HTTPConnection[State], wall: Wall | None = None) -> str:
    """The language somebody chose by the switch, else the browser's first that we have, else the wall's."""
    chosen = connection.query_params.get("lang") or connection.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(connection.headers.get("accept-language", "")[:200].split(",")):
        tag, _, quality = part.partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        language = tag.strip().lower()[:2]
        if language in LANGUAGES and weight > 0:
            wanted.append((-weight, place, language))
    if wanted:
        return min(wanted)[2]
    return wall.language if wall is not None else "de"


def page(
    connection: HTTPConnection[State],
    name: str,
    *,
    viewer: Viewer | None = None,
    wall: Wall | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A rendered page. Nothing is cached that a signed-in person sees."""
    house = house_of(connection)
    language = language_of(connection, wall)
    path = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
    body = house.drawing.page(name, language, wall, viewer=viewer or Viewer(), path=path, **context)
    fresh = {"cache-control": "no-store" if viewer and viewer.signed_in else "private, no-cache"}
    fresh |= {"vary": "accept-language, cookie", "content-language": language}
    return HTMLResponse(body, status, fresh | (headers or {}))


def see_other(address: str) -> Response:
    """Send the browser on after a write, to an address made here."""
    return RedirectResponse(address, 303)


def local(address: str | None, otherwise: str) -> str:
    """`address` if it is a path on this server, so that nobody is sent elsewhere."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or "\\" in address:
        return otherwise
    try:
        parts = urlsplit(address)
    except ValueError:
        return otherwise
    clean = not parts.scheme and not parts.netloc and address.isprintable()
    return address if clean else otherwise


def set_cookie(response: Response, name: str, value: str, *, secure: bool, max_age: int) -> None:
    """A cookie of ours: not readable by scripts, not sent from other sites' forms."""
    response.set_cookie(name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="lax")


def not_modified(connection: HTTPConnection[State], etag: str) -> Response | None:
    """304 where the browser has this very page already."""
    known = connection.headers.get("if-none-match", "")
    if etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(status_code=304, headers={"etag": f"W/{etag}", "vary": "accept-language, cookie"})
    return None
