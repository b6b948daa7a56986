"""Requests that no page of ours sends: acts without a right, foreign sites, forged hosts, names that mean more."""

from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from tests.makers import Running, card_in, make_wall, words
from tests.pages import looked_at
from tests.processes import serving, wall
from wall.actions.pin import pin
from wall.model.card import Card
from wall.model.roles import GUEST

ACTS = ("approve", "reject", "hide", "show", "move", "edit", "no-such-act")


async def pinned(server: Running, **more: str) -> Card:
    room = await server.house.hub.room("probe")
    return (await pin(server.house.ledger, room.board.wall, words(**more), "key of a card", GUEST)).card


async def as_stored(server: Running, card_id: str) -> Card:
    room = await server.house.hub.room("probe")
    return await card_in(server.house.database, room.board.wall, card_id)


@pytest.mark.parametrize("who", ["nobody", "moderator of another wall"])
async def test_a_participant_who_acts_as_a_moderator_is_refused_and_logged(server: Running, who: str) -> None:
    """ABUSE 8"""
    card = await pinned(server)
    async with server.browser() as client:
        if who != "nobody":
            await make_wall(server.house.database, "andere")
            await server.sign_in(client, "fremd@beispiel.invalid", "andere")
        acts = [f"/w/probe/c/{card.id}/{act}" for act in ACTS] + ["/w/probe/settings", "/w/probe/c/none/approve"]
        for path in acts:
            with capture_logs() as logs:
                answer = await client.post(path, data={"title": "Meins", "step": "up", "reason": "x"} | words("Meins"))
            assert answer.status_code == 403, path
            refused = [entry for entry in logs if entry["event"] == "guard.refused"]
            assert [(entry["log_level"], entry["path"]) for entry in refused] == [("warning", path)]
    assert await as_stored(server, card.id) == card
    assert (await server.house.hub.room("probe")).board.wall.title == "Probewand"


FOREIGN_SENDERS = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "Same-Origin"},
    {"sec-fetch-site": "cross-site", "origin": "OWN"},
    {"sec-fetch-site": "same-origin", "origin": "https://evil.example.org"},
    {"origin": "https://evil.example.org"},
    {"origin": "null"},
    {"origin": "OWN.evil.example.org"},
    {"referer": "OWN/w/probe"},
    {},
]


async def test_a_write_that_another_site_sends_is_refused(server: Running, moderator: httpx.AsyncClient) -> None:
    """ABUSE 28: with a moderator's cookie along, whatever the browser says or leaves out"""
    card, own = await pinned(server), server.house.settings.origin
    async with httpx.AsyncClient(base_url=server.url, cookies=dict(moderator.cookies)) as browser:
        for sender in FOREIGN_SENDERS:
            headers = {name: value.replace("OWN", own) for name, value in sender.items()}
            for path in (f"/w/probe/c/{card.id}/approve", "/w/probe/settings", "/account", "/sign-out", "/w/probe/pin"):
                answer = await browser.post(path, headers=headers, data=words() | {"key": "key-00000002"})
                assert answer.status_code == 403, (path, sender)
        assert (await browser.get("/w/probe/queue", headers={"sec-fetch-site": "cross-site"})).status_code == 200
    assert await as_stored(server, card.id) == card


async def test_a_get_changes_nothing(server: Running, moderator: httpx.AsyncClient) -> None:
    """ABUSE 28: a link, an image or a prefetch cannot act"""
    card = await pinned(server)
    mine = f"/mine/{server.house.edit_links.token(card.id)}"
    acts = [f"/w/probe/c/{card.id}/{act}?step=up&reason=x" for act in ACTS if act != "edit"]
    for path in [*acts, "/sign-out", f"{mine}/withdraw", "/language?to=en"]:
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
            answer = await moderator.request(method, path)
            assert answer.status_code == 405, (method, path)
            assert answer.headers["allow"] == "POST"
    looks = [f"/w/probe/c/{card.id}/edit?name=x", f"{mine}?name=x", "/w/probe/pin?name=x&key=key-00000009"]
    for path in [*looks, "/w/probe/phase?to=freeze"]:
        assert (await moderator.get(path)).status_code == 200
    assert await as_stored(server, card.id) == card
    assert (await moderator.get("/w/probe/queue")).status_code == 200, "still signed in"
    room = await server.house.hub.room("probe")
    assert (room.board.revision, room.board.wall.title) == (1, "Probewand")


HOSTILE_HOSTS = [
    "evil.example.org",
    "localhost.evil.example.org",
    "evil.example.org:80@localhost",
    "evil.example.org\\@localhost",
    "user@localhost",
    "localhost/x",
    "localhost?x",
    "localhost#.evil.example.org",
    "localhost, evil.example.org",
    "localhost evil.example.org",
    "localhost:1:2",
    "localhost:abc",
    "[::1",
    "xn--loclhost-e1a",
    "",
]


async def test_a_hostile_host_is_refused(client: httpx.AsyncClient) -> None:
    """ABUSE 27"""
    for host in HOSTILE_HOSTS:
        for path in ("/", "/w/probe", "/api/walls", "/static/img/icon.svg"):
            answer = await client.get(path, headers={"host": host})
            assert answer.status_code == 400, (host, path)
            assert "evil.example.org" not in answer.text
    for host in ("localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"):
        assert (await client.get("/", headers={"host": host})).status_code == 200, host


def test_forged_forwarding_headers_change_nothing(tmp_path: Path) -> None:
    """ABUSE 27: without a trusted proxy; every link goes to the configured address"""
    assert wall(tmp_path, "new", "probe", "Probewand").returncode == 0
    base = "https://wand.beispiel.invalid"
    forged = {
        "x-forwarded-for": "6.6.6.6",
        "x-forwarded-host": "evil.example.org",
        "x-forwarded-proto": "gopher",
        "x-forwarded-prefix": "/evil",
        "forwarded": "for=6.6.6.6;host=evil.example.org;proto=gopher",
        "x-original-url": "/evil",
        "x-rewrite-url": "/evil",
    }
    with serving(tmp_path, BASE_URL=base) as server, httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
        client.headers["host"] = "wand.beispiel.invalid"
        for path in ("/", "/w/probe", "/w/probe/", "/w/probe/projector", "/w/probe/queue", "/api/openapi.json"):
            plain, answer = client.get(path), client.get(path, headers=forged)
            assert (answer.status_code, answer.text) == (plain.status_code, plain.text), path
            assert answer.headers.get("location") == plain.headers.get("location")
            said = str(sorted(answer.headers.items())) + answer.text
            assert not any(word in said for word in ("evil", "6.6.6.6", "gopher"))
            assert answer.headers.get("location", base).startswith((base, "/")), path
        headers = forged | {"idempotency-key": "key-00000001"}
        card = client.post("/api/walls/probe/cards", json=words(section="buendnisse"), headers=headers).json()
        assert card["url"].startswith(f"{base}/w/probe/c/")
        assert card["edit_url"].startswith(f"{base}/mine/")
        assert "evil.example.org" not in server.log()


MEANING_MORE = {
    "status": "approved",
    "hidden": "1",
    "wall_id": "999",
    "wall": "andere",
    "revision": "77",
    "pinned_at_revision": "1",
    "position": "zzz",
    "id": "chosenbyme00",
    "created_at": "1999-01-01T00:00:00Z",
    "confirmed_at": "1999-01-01T00:00:00Z",
    "actor": "moderator",
    "role": "operator",
    "base": "-1",
}
CLOBBERING = {
    "__proto__": "x",
    "constructor": "x",
    "prototype": "x",
    "__class__": "x",
    "model_config": "x",
    "model_fields": "x",
    "metadata": "x",
    "__dict__": "x",
    "toString": "x",
    "__proto__[moderates]": "1",
    "content": "x",
}


@pytest.mark.parametrize("extra", [MEANING_MORE, CLOBBERING], ids=["ABUSE 34", "ABUSE 18"])
async def test_fields_that_nobody_asked_for_are_ignored(
    server: Running, client: httpx.AsyncClient, extra: dict[str, str]
) -> None:
    """ABUSE 18 and 34: by form, by JSON, and by the author's link"""
    form = await client.post("/w/probe/pin", data=words("Form") | extra | {"key": "key-00000001"})
    assert form.status_code == 303
    nested = {name: {"polluted": True} if name.startswith("__") else value for name, value in extra.items()}
    headers = {"idempotency-key": "key-00000002"}
    sent = await client.post("/api/walls/probe/cards", json=words("JSON") | nested, headers=headers)
    assert (sent.status_code, sent.json()["status"]) == (201, "pending")
    mine = form.headers["location"].partition("?")[0]
    changed = await client.post(mine, data=words("Form") | extra | {"base": "1", "description": "Neu"})
    assert changed.status_code == 303
    board = (await server.house.hub.room("probe")).board
    cards = [await as_stored(server, card.id) for card in board.with_status("pending")]
    assert [(card.name, card.hidden, card.wall_id) for card in cards] == [
        ("Form", False, board.wall.key),
        ("JSON", False, board.wall.key),
    ]
    assert [card.pinned_at_revision for card in cards] == [1, 2]
    assert all(card.created_at.year > 2000 and card.confirmed_at is None for card in cards)
    assert "chosenbyme00" not in board.cards
    assert board.wall.title == "Probewand"


async def test_odd_names_in_an_address_ask_for_nothing(client: httpx.AsyncClient) -> None:
    """ABUSE 18"""
    for path in ("/w/__proto__", "/w/constructor", "/w/probe/c/__proto__", "/api/walls/constructor", "/__proto__"):
        assert (await client.get(path)).status_code == 404
    plain = (await client.get("/w/probe")).text
    for name in CLOBBERING:
        query = {name: "x", f"q[{name}]": "x"}
        answer = await client.get("/w/probe", params=query)
        assert answer.status_code == 200
        assert answer.text.replace(str(answer.url.query, "ascii").replace("&", "&amp;"), "") == plain.replace(
            'value="/w/probe"', 'value="/w/probe?"'
        )


async def test_markup_in_a_card_brings_no_ids_or_names_of_its_own(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient
) -> None:
    """ABUSE 18: nothing a person writes can take the place of an element that scripts look for"""
    text = '<a id="content" name="toasts" href="https://a.de">x</a> <form id="announcer"></form> [x](#content)'
    card = await pinned(server, name='<p id="results">', description=text, offers=text)
    assert (await moderator.post(f"/w/probe/c/{card.id}/approve")).status_code == 303
    for path in ("/w/probe", f"/w/probe/c/{card.id}", "/w/probe/projector"):
        seen = looked_at((await client.get(path)).text)
        assert seen.found == [], path
        assert len(seen.ids) == len(set(seen.ids)), path
