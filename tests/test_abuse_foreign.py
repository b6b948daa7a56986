"""Other people's sites: they can write nothing, read nothing by framing, and a link of theirs changes nothing."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import inspect, text
from starlette.routing import Route

from tests.makers import Running, hang, make_settings, make_wall
from wall.app import ROUTES
from wall.model.roles import GUEST
from wall.settings import Settings

FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": "https://andere.beispiel.invalid"},
    {"origin": "https://evil.example.org"},
    {"origin": "null"},
    {},
]


@pytest.fixture
def settings(on_sqlite: str) -> Settings:
    return make_settings(on_sqlite)


@pytest.fixture
async def addresses(server: Running, moderator: httpx.AsyncClient) -> dict[str, str]:
    """Something real for every placeholder of a route."""
    card = await hang(server, by=GUEST)
    return {
        "wall": "probe",
        "card": card.id,
        "token": server.house.edit_links.token(card.id),
        "verb": "approve",
        "path:path": "img/icon.svg",
    }


def routes(method: str, addresses: dict[str, str]) -> list[str]:
    """The address of every route that takes this method, with its placeholders filled."""
    found = [route.path for route in ROUTES if isinstance(route, Route) and method in (route.methods or ())]
    return [re.sub(r"{([^}]+)}", lambda match: addresses.get(match[1], "1"), path) for path in found]


async def everything(server: Running) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, but for the clock's notes of what it did by itself."""
    async with server.house.database.read() as connection:
        tables = await connection.run_sync(lambda plain: inspect(plain).get_table_names())
        rows = {}
        for table in set(tables) - {"job"}:
            found = await connection.execute(text(f'SELECT * FROM "{table}"'))
            rows[table] = sorted((tuple(row) for row in found), key=repr)
    return rows


async def test_no_route_that_writes_takes_anything_from_another_site(
    server: Running, owner: httpx.AsyncClient, addresses: dict[str, str]
) -> None:
    """ABUSE 28: every one of them, with the cookie of whoever leads the wall along"""
    before, paths = await everything(server), routes("POST", addresses)
    assert len(paths) > 15
    async with httpx.AsyncClient(base_url=server.url, cookies=dict(owner.cookies)) as browser:
        for path in paths:
            for sender in FOREIGN:
                answer = await browser.post(path, headers=sender, data={"name": "x", "title": "x", "to": "en"})
                assert answer.status_code == 403, (path, sender, answer.status_code)
    assert await everything(server) == before


async def test_no_route_that_reads_changes_anything(
    server: Running, owner: httpx.AsyncClient, client: httpx.AsyncClient, addresses: dict[str, str]
) -> None:
    """ABUSE 28: not one row, whoever follows the link and whatever it says"""
    before, paths = await everything(server), routes("GET", addresses)
    assert len(paths) > 30
    query = "?name=x&title=x&key=key-00000001&step=up&reason=x&status=approved&phase=frozen&to=en&token=x"
    for path in paths:
        for browser in (client, owner):
            for method in ("GET", "HEAD"):
                answer = await browser.request(method, path + query, headers={"sec-fetch-site": "cross-site"})
                assert answer.status_code < 500, (method, path)
    assert await everything(server) == before


async def test_every_answer_is_dressed(server: Running, client: httpx.AsyncClient, addresses: dict[str, str]) -> None:
    """ABUSE 29: pages, files, errors and refusals alike; no script stands in a page, and nothing frames it"""
    paths = routes("GET", addresses)
    answers = [await client.get(path) for path in [*paths, "/no-such-page"]]
    answers += [
        await client.post("/w/probe/pin", headers={"origin": "null"}),
        await client.get("/", headers={"host": "x"}),
    ]
    for answer in answers:
        where, headers = f"{answer.status_code} {answer.url}", answer.headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'", where
        assert re.fullmatch(r"'self' 'sha256-[\w+/]{43}='", policy["script-src"]), where
        assert "unsafe" not in headers["content-security-policy"], where
        assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff"), where
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin", where
        assert "camera=()" in headers["permissions-policy"], where
        assert headers["referrer-policy"] == "same-origin", where
        assert "access-control-allow-origin" not in headers, where


@pytest.fixture
async def embedded(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of somebody who reads a site that may show the wall "gezeigt"."""
    await make_wall(server.house.database, "gezeigt", embed_origins=["https://www.Beispiel.invalid/"])
    async with server.browser(headers={"sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site"}) as client:
        yield client


async def test_only_the_sites_a_wall_names_may_frame_it_and_only_its_public_view(
    server: Running, embedded: httpx.AsyncClient
) -> None:
    """ABUSE 29"""
    shown = await embedded.get("/w/gezeigt")
    assert "frame-ancestors https://www.beispiel.invalid;" in shown.headers["content-security-policy"]
    assert "x-frame-options" not in shown.headers
    assert '<base target="_blank">' in shown.text, "what is linked opens outside of the frame, where it may"
    again = await embedded.get("/w/gezeigt", headers={"if-none-match": shown.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["content-security-policy"] == shown.headers["content-security-policy"]
    for path in ("/w/probe", "/w/gezeigt/pin", "/w/gezeigt/info", "/w/gezeigt/projector", "/", "/sign-in"):
        refused = await embedded.get(path)
        assert "frame-ancestors 'none'" in refused.headers["content-security-policy"], path
        assert refused.headers["x-frame-options"] == "DENY", path


async def test_a_frame_never_shows_a_moderators_buttons(server: Running, embedded: httpx.AsyncClient) -> None:
    """ABUSE 29: not even on a neighbouring host, where the browser sends the cookie along"""
    await hang(server, "Wartet", slug="gezeigt", by=GUEST)
    card = await hang(server, "Hängt", slug="gezeigt")
    async with server.browser() as moderator:
        await server.sign_in(moderator, "mod@beispiel.invalid", "gezeigt")
        alone = await moderator.get("/w/gezeigt")
        framed = await moderator.get("/w/gezeigt", headers={"sec-fetch-dest": "iframe", "sec-fetch-site": "same-site"})
    assert f"/c/{card.id}/hide" in alone.text
    assert "frame-ancestors 'none'" in alone.headers["content-security-policy"]
    assert "Hängt" in framed.text
    assert "/hide" not in framed.text


NO_ORIGINS = [
    "*",
    "https://*",
    "https://*.beispiel.invalid",
    "http://www.beispiel.invalid",
    "https://beispiel.invalid/pfad",
    "https://beispiel.invalid; script-src *",
    "https://beispiel.invalid\r\nset-cookie: a=b",
    "https://beispiel.invalid:port",
    "https://user@beispiel.invalid",
    "'self'",
    "javascript:alert(1)",
    "beispiel.invalid",
    "https://",
]


@pytest.mark.parametrize("origin", NO_ORIGINS)
async def test_what_is_no_origin_never_gets_into_the_policy(
    server: Running, owner: httpx.AsyncClient, origin: str
) -> None:
    """ABUSE 29"""
    form = {"title": "Probewand", "sections": "Bündnisse\nStammtische", "kinds": "Netzwerk", "embed_origins": origin}
    form |= {"language": "de", "address": "sie", "moderation": "before", "listed": "1"}
    answer = await owner.post("/w/probe/settings", data=form)
    assert answer.status_code == 422
    assert "Das ist keine Website-Adresse" in answer.text
    room = await server.house.hub.room("probe")
    assert room.board.wall.embed_origins == []
