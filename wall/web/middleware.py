"""What every request passes: host and origin checks, its pace, security headers, one line in the log."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from wall.errors import BadRequest, Unavailable, WallError
from wall.settings import Settings
from wall.web.body import timely
from wall.web.guard import (
    MAX_BODY,
    MOST_OF_FILES,
    MOST_OF_PICTURES,
    SAFE,
    check_host,
    check_same_site,
    check_size,
    most_of,
)
from wall.web.headers import Headers
from wall.web.house import Request
from wall.web.problems import problem

log = structlog.get_logger("wall.access")
QUIET = ("/healthz", "/readyz", "/static/")


class Bare:
    """An endpoint for one busy route: without Starlette's second net for errors, which the first catches as well."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive, send))
        await response(scope, receive, send)


class Door:
    """Pure ASGI: checks who comes in, lets them through what they need, and dresses what goes out."""

    def __init__(self, app: Starlette, settings: Settings, headers: Headers) -> None:
        self.app, self._settings = app, settings
        self._packing = GZipMiddleware(app, minimum_size=600, compresslevel=5)
        sizes = (MAX_BODY, MOST_OF_PICTURES, MOST_OF_FILES)
        self._counting = {size: RequestBodyLimitMiddleware(self._packing, max_body_size=size) for size in sizes}
        self._always, self._unframed = headers.always, headers.unframed
        self._origin = settings.origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # sockets are checked where they are answered
            await self.app(scope, receive, send)
            return
        started, status = perf_counter(), 500

        async def dress(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                more = self._always if b"content-security-policy" in given else self._always + self._unframed
                message["headers"] = [*message["headers"], *(own for own in more if own[0] not in given)]
                if status < 300:
                    await send(message)
                    return
                headers = MutableHeaders(scope=message)
                if status == Unavailable.status:  # forms that come back with their words say so too
                    headers.setdefault("retry-after", str(Unavailable.retry_after))
                location = urlsplit(headers.get("location", ""))
                if location.netloc:  # made by Starlette of the Host and the scheme that reached us
                    headers["location"] = self._origin + location._replace(scheme="", netloc="").geturl()
            await send(message)

        try:
            await self._enter(scope, receive, dress)
        finally:
            path: str = scope["path"]
            if not path.startswith(QUIET):
                took = round((perf_counter() - started) * 1000, 1)
                log.info("request", method=scope["method"], path=path, status=status, ms=took)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: Request = Request(scope, receive)
        try:
            if "\0" in scope["path"]:
                raise BadRequest("a NUL in the address")  # no database would take it
            if not scope["path"].startswith(("/healthz", "/readyz")):  # asked by address, not by name
                check_host(request, self._settings)
            check_same_site(request, self._settings, scope["method"])
            check_size(request)
        except WallError as error:
            log.warning("request.refused", path=scope["path"], why=str(error))
            await problem(request, error)(scope, receive, send)
            return
        if scope["method"] not in SAFE:
            receive = timely(receive)
        if "content-length" not in request.headers and scope["method"] not in SAFE:
            await self._counting[most_of(scope["path"])](scope, receive, send)  # a body of a length that nobody said
        elif scope["method"] in SAFE or "accept-encoding" in request.headers:
            await self._packing(scope, receive, send)
        else:
            await self.app(scope, receive, send)
