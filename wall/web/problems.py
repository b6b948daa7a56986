"""Errors as people and programs read them: designed pages, or problem details (RFC 9457)."""

import re
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request as AnyRequest
from starlette.responses import HTMLResponse, JSONResponse, Response

from wall.errors import Complaint, Conflict, Invalid, TooSlow, WallError
from wall.web.guard import Viewer
from wall.web.house import Request, house_of
from wall.web.pages import language_of, local
from wall.words import Words, words

log = structlog.get_logger(__name__)
CODES = {400: "bad_request", 401: "signed_out", 403: "forbidden", 404: "not_found", 405: "method", 410: "gone"}
ON_WALL = re.compile(r"/w/([a-z0-9-]+)/.")
CODES |= {408: "too_slow", 413: "too_large", 422: "invalid", 429: "too_many", 503: "unavailable"}


def wants_json(request: Request) -> bool:
    """Whether a program is asking: below /api, or one that prefers JSON to pages."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


def problem(request: Request, error: WallError) -> Response:
    """The answer for an error, in the language of who asked."""
    headers = {"cache-control": "no-store", "vary": "accept, accept-language, cookie"}
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, TooSlow):
        headers["connection"] = "close"  # the rest of the body would be waited for
    t = words(language_of(request))
    if wants_json(request):
        body: dict[str, Any] = {
            "type": f"about:blank#{error.code}",
            "title": t(f"error.{error.code}.title"),
            "status": error.status,
            "detail": t(f"error.{error.code}.message"),
            "code": error.code,
        }
        if isinstance(error, Invalid):
            body["errors"] = [_complaint(t, complaint) for complaint in error.complaints]
        if isinstance(error, Conflict):
            body["current"] = error.theirs
        return JSONResponse(body, error.status, headers, "application/problem+json")
    html = house_of(request).drawing.page(
        "error.html",
        t.language,
        viewer=Viewer(),
        path=request.url.path,
        **ways_on(request, error),
    )
    return HTMLResponse(html, error.status, headers)


def ways_on(request: Request, error: WallError) -> dict[str, Any]:
    """What an error's page is about, and where it leads: to the wall it happened on, or once more to the same page."""
    on_wall = ON_WALL.match(request.url.path)
    later = request.method == "GET" and error.status in (429, 500, 503)
    return {
        "number": error.status,
        "code": error.code,
        "retry_after": error.retry_after,
        "slug": on_wall[1] if on_wall else "",
        "again": local(f"{request.url.path}?{request.url.query}".rstrip("?"), "") if later else "",
    }


def _complaint(t: Words, complaint: Complaint) -> dict[str, str]:
    detail = t(f"complaint.{complaint.code}", **complaint.params)
    return {"field": complaint.field, "code": complaint.code, "detail": detail}


async def on_wall_error(request: AnyRequest[Any], error: Exception) -> Response:
    assert isinstance(error, WallError)
    if error.status >= 500:
        log.error("request.failed", path=request.url.path, error=str(error))
    return problem(request, error)


async def on_http_error(request: AnyRequest[Any], error: Exception) -> Response:
    """What Starlette itself refuses: unknown addresses, wrong methods, bodies too large or broken."""
    assert isinstance(error, HTTPException)
    named = WallError(error.detail)
    named.status, named.code = error.status_code, CODES.get(error.status_code, "bad_request")
    response = problem(request, named)
    response.headers.update(error.headers or {})
    return response


async def on_disconnect(request: AnyRequest[Any], error: Exception) -> Response:
    """Nobody is there to read the answer."""
    return Response(status_code=400)


async def on_anything(request: AnyRequest[Any], error: Exception) -> Response:
    """A mistake of ours; ServerErrorMiddleware raises it again for the log."""
    return problem(request, WallError("broken"))
