"""Bad input through the live socket: foreign pages, broken frames, floods, and walls that are nobody's business."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.makers import Running, counted, hear, make_wall, words

MAX_MESSAGE, MAX_RATE = 16 * 1024, 20  # as promised, whatever the code says

FOREIGN: list[Callable[[str], str]] = [
    lambda own: "https://evil.example.org",
    lambda own: "null",
    lambda own: f"{own}.evil.example.org",
    lambda own: own.replace("localhost", "localhost.evil.example.org"),
    lambda own: own.replace("localhost", "evil-localhost"),
    lambda own: own.replace("localhost", "localhost@evil.example.org"),
    lambda own: own.replace("http:", "https:"),
    lambda own: own + "0",
    lambda own: f"{own}, {own}",
    lambda own: "",
]


async def refusal(attempt: connect) -> int:
    """The HTTP status a handshake is refused with."""
    with pytest.raises(InvalidStatus) as refused:
        async with attempt:
            pass
    return refused.value.response.status_code


async def closing(socket: ClientConnection) -> tuple[int | None, str | None]:
    """Read until the server closes; code and reason."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await socket.recv()
    return socket.close_code, socket.close_reason


async def pin(client: httpx.AsyncClient, name: str) -> None:
    headers = {"idempotency-key": f"key of {name}"}
    answer = await client.post("/api/walls/probe/cards", json=words(name), headers=headers)
    assert answer.status_code == 201, answer.text


@contextlib.asynccontextmanager
async def undisturbed(server: Running) -> AsyncIterator[None]:
    """Somebody else who listens all the while still hears the next card afterwards."""
    async with server.browser() as client, server.listen() as other:
        await hear(other, "hello")
        yield
        await pin(client, "Danach")
        assert (await hear(other, "change"))["revision"] == 1
        assert (await client.get("/healthz")).status_code == 200


async def test_a_foreign_page_is_refused_before_the_handshake(server: Running) -> None:
    """ABUSE 1"""
    for forge in FOREIGN:
        origin = forge(server.house.settings.origin)
        assert await refusal(server.listen(headers={"Origin": origin})) == 403, origin


async def test_our_own_page_is_let_in(server: Running) -> None:
    """ABUSE 1, the other side"""
    async with server.listen(headers={"Origin": server.house.settings.origin}) as socket:
        assert (await hear(socket))["type"] == "hello"


async def test_a_hostile_host_is_refused_before_the_handshake(server: Running) -> None:
    """ABUSE 27, for sockets"""
    port = server.house.settings.port
    address = f"ws://evil.example.org:{port}/w/probe/live"
    assert await refusal(connect(address, host="127.0.0.1", port=port, proxy=None)) == 400


async def test_a_moderators_cookie_without_an_origin_is_refused(server: Running, moderator: httpx.AsyncClient) -> None:
    """ABUSE 2"""
    cookie = "; ".join(f"{name}={value}" for name, value in moderator.cookies.items())
    assert await refusal(server.listen(headers={"Cookie": cookie})) == 403
    async with server.listen(headers={"Cookie": cookie, "Origin": server.house.settings.origin}) as socket:
        assert (await hear(socket))["type"] == "hello"


@pytest.mark.parametrize("pieces", [1, 5])
async def test_a_message_over_the_limit_closes_with_1009(server: Running, pieces: int) -> None:
    """ABUSE 3, in one frame and in fragments that are small enough one by one"""
    text = json.dumps({"type": "hello", "filling": "x" * MAX_MESSAGE})
    step = len(text) // pieces + 1
    parts = [text[n : n + step] for n in range(0, len(text), step)]
    async with undisturbed(server), server.listen() as socket:
        await socket.send(parts if pieces > 1 else text)
        assert (await closing(socket))[0] == 1009


async def test_a_message_within_the_limit_is_borne(server: Running) -> None:
    """ABUSE 3, the other side"""
    filling = "x" * (MAX_MESSAGE - 100)
    async with undisturbed(server), server.listen() as socket:
        await socket.send(json.dumps({"type": "hello", "filling": filling}))
        await socket.ping()
        assert (await hear(socket))["type"] == "hello"


BROKEN = [
    ("text", b"\xff\xfe{}", 1007),
    ("text", b'{"type": "\xed\xa0\x80"}', 1007),
    ("binary", b'{"type": "hello"}', 1003),
    ("text", b"{", 1008),
    ("text", b"", 1008),
    ("text", b"[" * 8000 + b"]" * 8000, 1008),
    ("text", b'{"type": ' + b'{"a": ' * 2000 + b"1" + b"}" * 2001, 1008),
    ("text", b'{"type": NaN}', 1008),
    ("text", b'{"type": "hello", "at": Infinity}', 1008),
    ("text", b'{"type": "\\ud800"}', 1008),
    ("text", b'"hello"', 1008),
    ("text", b"[]", 1008),
    ("text", b"null", 1008),
]


async def test_a_message_that_is_no_object_closes_only_its_own_socket(server: Running) -> None:
    """ABUSE 4"""
    async with undisturbed(server):
        for form, content, code in BROKEN:
            async with server.listen() as socket:
                await socket.send(content, text=form == "text")
                assert (await closing(socket))[0] == code, content[:40]


IGNORED = [
    '{"type": "no such type", "card": {"id": "x"}}',
    '{"type": "approve", "type": "pin"}',
    '{"type": {"type": "approve"}}',
    '{"approve": true}',
    '{"type": "\\u0000", "n": 1e308, "big": 123456789012345678901234567890}',
    '{"__proto__": {"moderator": true}, "type": "change"}',
    "{}",
]


async def test_what_a_client_says_changes_nothing(server: Running) -> None:
    """ABUSE 4: unknown types, keys given twice and odd objects are ignored; the socket lives on"""
    async with undisturbed(server), server.listen() as socket:
        for text in IGNORED:
            await socket.send(text)
        await (await socket.ping())
        assert (await hear(socket))["type"] == "hello"
    room = await server.house.hub.room("probe")
    assert room.board.revision == 1, "only the card that `undisturbed` pinned"


async def test_a_socket_that_talks_too_fast_is_closed(server: Running) -> None:
    """ABUSE 5"""
    async with undisturbed(server), server.listen() as socket:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(MAX_RATE + 1):
                await socket.send('{"type": "hello"}')
        code, reason = await closing(socket)
    assert code == 1008
    assert reason == f"more than {MAX_RATE} messages a second"


SECRET_WALLS = ("/w/{}", "/w/{}/pin", "/w/{}/projector", "/w/{}/queue", "/w/{}/info", "/api/walls/{}/changes?since=0")


@pytest.mark.parametrize("who", ["nobody", "somebody"])
async def test_a_draft_answers_like_a_wall_that_does_not_exist(server: Running, who: str) -> None:
    """ABUSE 7: the same status, the same words and the same questions to the database, signed in or not"""
    await make_wall(server.house.database, "entwurf", phase="draft")
    async with server.browser() as client:
        if who == "somebody":
            await server.sign_in(client, "mod@beispiel.invalid", "probe")
        for path in SECRET_WALLS:
            answers = []
            for slug in ("entwurf", "niemals"):
                with counted(server) as said:
                    answer = await client.get(path.format(slug))
                headers = {k: v for k, v in answer.headers.items() if k not in ("date", "content-length")}
                answers.append((answer.status_code, headers, answer.text.replace(slug, "…"), said))
            assert answers[0] == answers[1], path
            assert answers[0][0] == 404


@pytest.mark.parametrize("who", ["nobody", "somebody"])
async def test_a_subscription_to_a_draft_ends_like_one_to_no_wall(server: Running, who: str) -> None:
    """ABUSE 7"""
    await make_wall(server.house.database, "entwurf", phase="draft")
    headers = {"Origin": server.house.settings.origin}
    async with server.browser() as client:
        if who == "somebody":
            await server.sign_in(client, "mod@beispiel.invalid", "probe")
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    answers = []
    for slug in ("entwurf", "niemals"):
        with counted(server) as said:
            async with server.listen(slug, headers=headers) as socket:
                answers.append((await closing(socket), said))
    assert answers[0] == answers[1]
    assert answers[0][0] == (4404, "no wall")


STRANGE_SINCE = [(7, ""), (10**14, ""), (10**30, ""), (-1, ""), (0, "another"), (1, "another"), (1, "%00")]


async def test_a_strange_since_gets_a_reset(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 10: from the future, negative, or of another epoch ("" stands for the right one)"""
    await pin(client, "Vorher")
    board = (await server.house.hub.room("probe")).board
    for since, epoch in STRANGE_SINCE:
        async with server.listen(since=since, epoch=epoch or board.epoch) as socket:
            assert (await hear(socket))["type"] == "hello"
            frame = await hear(socket, "reset", "change")
        assert frame == {"type": "reset", "revision": 1, "epoch": board.epoch}, (since, epoch)
