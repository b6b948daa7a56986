"""For whoever watches the server: is it alive, is it ready."""

from sqlalchemy import text
from starlette.responses import JSONResponse, Response

from wall.errors import Unavailable
from wall.web.house import Request, house_of


async def alive(request: Request) -> Response:
    """GET /healthz — the process answers."""
    return JSONResponse({"status": "alive"}, headers={"cache-control": "no-store"})


async def ready(request: Request) -> Response:
    """GET /readyz — database and relay answer too; 503 with what does not."""
    house = house_of(request)
    try:
        async with house.database.read() as connection:
            await connection.execute(text("SELECT 1"))
        database = True
    except Unavailable:
        database = False
    relay = await house.hub.relay.reachable()
    report = {"status": "ready" if database and relay else "not ready", "database": database, "relay": relay}
    headers = {"cache-control": "no-store"} | ({} if database and relay else {"retry-after": "5"})
    return JSONResponse(report, 200 if database and relay else 503, headers)
