"""Makes what tests need, with as few words as possible."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from tempfile import gettempdir
from typing import Any

import httpx
import uvicorn
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection
from websockets.asyncio.client import ClientConnection, connect

from tests.services import free_port
from wall.actions.configure import new_wall
from wall.actions.pin import pin
from wall.app import create_app, server_options
from wall.live.relay import Relay
from wall.model.card import Card
from wall.model.roles import SYSTEM, Role
from wall.model.wall import Wall
from wall.settings import Settings
from wall.store import boards, people
from wall.store.database import Database
from wall.web.house import House

SECRET = "a secret for tests, 0123456789 abcdef"
SECTIONS = [{"id": "s1", "name": "Bündnisse"}, {"id": "s2", "name": "Stammtische"}]
PATIENCE = 30.0  # seconds; what waits for it says at once when it is there


def make_settings(database_url: str, **more: Any) -> Settings:
    """Settings of a demo server on a free port."""
    port = free_port()
    given = {
        "mode": "demo",
        "secret_key": SECRET,
        "base_url": f"http://localhost:{port}",
        "host": "127.0.0.1",
        "port": port,
        "database_url": database_url,
        "redis_url": "",
        "log_level": "warning",
        "images_url": f"{gettempdir()}/images-{token_urlsafe(6)}",
    }
    return Settings(_env_file=None, **(given | more))


async def make_wall(database: Database, slug: str = "probe", **settings: Any) -> Wall:
    """A wall with two sections and a few topics and districts."""
    about = {
        "title": "Probewand",
        "sections": SECTIONS,
        "topics": ["Umwelt", "Jugend"],
        "districts": ["Grünau-Mitte", "Connewitz"],
    }
    return await new_wall(database, slug, about | settings)


def words(name: str = "Runder Tisch Klima", **more: Any) -> dict[str, Any]:
    """What somebody writes on a card."""
    return {"name": name, "kind": "Netzwerk", "section": "s1"} | more


async def card_in(database: Database, wall: Wall, card_id: str) -> Card:
    """The card as the database has it."""
    async with database.read() as connection:
        return await boards.find_card(connection, wall.key, card_id)


async def until(condition: Any, what: str = "the condition") -> Any:
    """Wait until `condition()` (plain or async) is true; returns what it gave."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.01)
    raise AssertionError(f"{what} did not come true")


async def sign_in_link(
    database: Database, email: str, slug: str | None, role: Role = "moderator", sections: Sequence[str] | None = None
) -> str:
    """The path of a one-time link for somebody with a role on a wall, or for an operator without one."""

    async def invite(connection: AsyncConnection) -> str:
        wall = None if slug is None else await boards.find_wall(connection, slug)
        person = await people.invite(connection, email, wall, "operator" if wall is None else role, sections)
        return await people.new_link(connection, person)

    return f"/sign-in/{await database.write(invite)}"


@dataclass(slots=True)
class Running:
    """A server that runs in this loop."""

    house: House
    url: str

    def browser(self, **more: Any) -> httpx.AsyncClient:
        """A client that says, as browsers do, that its requests come from our own pages."""
        headers = {"sec-fetch-site": "same-origin", "accept-language": "de", "accept": "text/html"}
        return httpx.AsyncClient(base_url=self.url, headers=headers | more.pop("headers", {}), timeout=PATIENCE, **more)

    async def sign_in(
        self,
        client: httpx.AsyncClient,
        email: str,
        slug: str | None,
        role: Role = "moderator",
        sections: Sequence[str] | None = None,
    ) -> None:
        """Sign in by a one-time link, with a role on a wall, or as operator without one."""
        answer = await client.post(await sign_in_link(self.house.database, email, slug, role, sections))
        assert answer.status_code == 303, answer.text

    def listen(self, slug: str = "probe", since: int = 0, epoch: str = "", **more: Any) -> connect:
        """A live socket; `form` html or json."""
        form, headers = more.pop("form", "json"), more.pop("headers", {})
        address = f"{self.url.replace('http', 'ws')}/w/{slug}/live?since={since}&epoch={epoch}&as={form}&lang=de"
        return connect(address, additional_headers=headers, compression=None, **more)


@contextlib.asynccontextmanager
async def running(settings: Settings, relay: Relay | None = None, **more: Any) -> AsyncIterator[Running]:
    """Run a real server in this loop until the block ends; `more` are uvicorn's options."""
    app = create_app(settings, relay)
    options = server_options(settings) | {"timeout_graceful_shutdown": 2} | more
    config = uvicorn.Config(app, **options)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # pytest keeps its own
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started or task.done(), "the server's start")
    if task.done():
        task.result()
    try:
        yield Running(app.app.state.house, settings.base_url)
    finally:
        server.should_exit = True
        await task


async def hear(socket: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next frame of one of these types."""
    async with asyncio.timeout(PATIENCE):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if not kinds or frame["type"] in kinds:
                return frame


@contextlib.contextmanager
def counted(server: Running) -> Iterator[list[str]]:
    """The statements this server's database is asked meanwhile, but for those of its clock."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        task = asyncio.current_task()
        if task is None or "Clock." not in task.get_coro().__qualname__:
            said.append(statement)

    engines = {engine.sync_engine for engine in (server.house.database._reader, server.house.database._writer)}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield said
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


async def hang(server: Running, name: str = "Runder Tisch Klima", slug: str = "probe", **more: Any) -> Card:
    """A card on a wall; with `by=GUEST` it waits for a moderator where the wall says so."""
    actor = more.pop("by", SYSTEM)
    room = await server.house.hub.room(slug)
    return (await pin(server.house.ledger, room.board.wall, words(name, **more), token_urlsafe(9), actor)).card


async def names(client: httpx.AsyncClient, slug: str = "probe") -> list[str]:
    """The names on a wall as everybody sees them, section by section, in order."""
    answer = await client.get(f"/api/walls/{slug}/cards")
    assert answer.status_code == 200, answer.text
    return [card["name"] for card in answer.json()["cards"]]
