"""Bodies that drip: whoever sends one is hung up on, and nobody else notices."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.makers import PATIENCE, Running, make_settings, words
from wall.settings import Settings
from wall.web import body

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def settings(on_sqlite: str) -> Settings:
    return make_settings(on_sqlite)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rule with less patience, so that nobody waits for it here."""
    monkeypatch.setattr(body, "GRACE", 0.3)


async def dripped(server: Running, path: str) -> bytes:
    """Announce a body and send a byte of it now and then, until the server answers; all that it said."""
    port = server.house.settings.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = [
        f"POST {path} HTTP/1.1",
        f"Host: localhost:{port}",
        f"Content-Type: {FORM}",
        "Idempotency-Key: key-00000001",
    ]
    writer.write("\r\n".join([*head, "Content-Length: 5000", "", ""]).encode())

    async def drip() -> None:
        while True:
            writer.write(b"a")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await reader.readuntil(b"\r\n\r\n")
            dripping.cancel()
            with contextlib.suppress(ConnectionResetError):  # a last byte of ours came too late
                await reader.read()  # ends when the server has hung up
            return answer.lower()
    finally:
        dripping.cancel()
        writer.close()


@pytest.fixture
async def client(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with server.browser() as client:
        yield client


@pytest.mark.parametrize("path", ["/w/probe/pin", "/sign-in", "/api/walls/probe/cards"])
async def test_a_body_that_drips_is_hung_up_on_and_others_post_on(
    server: Running, client: httpx.AsyncClient, path: str
) -> None:
    """ABUSE 26"""
    slow = asyncio.gather(*(dripped(server, path) for _ in range(20)))
    for number in range(10):
        assert (await client.post("/w/probe/pin", data=words(f"Netz {number}"))).status_code == 303
    for head in await slow:
        assert head.startswith(b"http/1.1 408 "), head[:80]
        assert b"connection: close" in head


async def test_a_body_that_brings_enough_may_take_its_time(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """ABUSE 26: what has come buys time, so bad Wi-Fi gets through"""
    monkeypatch.setattr(body, "PACE", 1000)
    text = "x" * 1500
    content = "&".join(f"{name}={value}" for name, value in (words("Langsam") | {"description": text}).items()).encode()
    sent, loop = 0, asyncio.get_running_loop()
    started = loop.time()

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal sent
        for piece in (content[n : n + 100] for n in range(0, len(content), 100)):
            yield piece
            sent += len(piece)
            await asyncio.sleep(max(0, started + 0.9 * sent / 1000 - loop.time()))  # a little faster than it has to be

    async with server.browser() as client:
        answer = await client.post("/w/probe/pin", content=slowly(), headers={"content-type": FORM})
    assert answer.status_code == 303
    assert loop.time() - started > body.GRACE * 2
