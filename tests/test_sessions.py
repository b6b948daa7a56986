"""Where somebody is signed in: the list, ending one or all others, and that open sockets end with it."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.makers import Running, hear
from wall.model.person import sessions
from wall.model.types import now
from wall.web.devices import device_of
from wall.words import words

Browser = httpx.AsyncClient
ADDRESS, PASSWORD = "mod@beispiel.invalid", "drei zufällige Wörter"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
t = words("de")


def cookie(client: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def closed_with(socket: ClientConnection) -> int:
    """The code a socket is closed with."""
    with pytest.raises(ConnectionClosed) as closed:
        await hear(socket, "nothing that is ever said")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_the_list_names_devices_and_days_and_one_of_them_can_be_ended(
    server: Running, moderator: Browser
) -> None:
    async with server.browser(headers={"user-agent": FIREFOX}) as other:
        await server.sign_in(other, ADDRESS, "probe")
        page = (await moderator.get("/account")).text
        assert "Firefox, Windows" in page
        assert "Gecko" not in page
        (handle,) = re.findall(r'name="which" value="(\w{16})"', page)
        assert (await moderator.post("/account/sessions", data={"which": handle})).status_code == 303
        assert (await other.get("/account")).status_code == 401
    assert (await moderator.get("/account")).status_code == 200


async def test_a_session_of_somebody_else_cannot_be_ended(server: Running, moderator: Browser) -> None:
    async with server.browser() as stranger:
        await server.sign_in(stranger, "fremd@beispiel.invalid", "probe")
        async with server.house.database.read() as connection:
            digests = (await connection.execute(select(sessions.c.digest))).scalars().all()
        for digest in digests:
            await stranger.post("/account/sessions", data={"which": digest[:16]})
        assert (await moderator.get("/account")).status_code == 200
        for odd in ("", "%", "x", "_" * 16):
            assert (await moderator.post("/account/sessions", data={"which": odd})).status_code == 404


async def test_all_others_end_with_their_sockets(server: Running, moderator: Browser) -> None:
    async with server.browser() as other:
        await server.sign_in(other, ADDRESS, "probe")
        headers = [{"cookie": cookie(who), "origin": server.url} for who in (other, moderator)]
        async with server.listen(headers=headers[0]) as ended, server.listen(headers=headers[1]) as kept:
            await hear(ended, "hello")
            await hear(kept, "hello")
            await moderator.post("/account/sessions", data={"which": "others"})
            assert await closed_with(ended) == 4401
            assert (await kept.ping()) is not None
        assert (await other.get("/account")).status_code == 401


async def test_a_new_password_ends_other_sessions_and_the_old_one_is_asked_for_once_a_session_is_not_fresh(
    server: Running, moderator: Browser
) -> None:
    """ABUSE 33"""
    new = {"password": PASSWORD, "again": PASSWORD}
    async with server.browser() as other:
        await server.sign_in(other, ADDRESS, "probe")
        assert (await moderator.post("/account", data=new)).status_code == 303
        assert (await other.get("/account")).status_code == 401
    old = update(sessions).values(created_at=now() - timedelta(minutes=16))
    await server.house.database.write(lambda connection: connection.execute(old))
    assert 'name="current"' in (await moderator.get("/account")).text
    for current, status in (("", 422), ("geraten", 422), (PASSWORD, 303)):
        assert (await moderator.post("/account", data=new | {"current": current})).status_code == status


async def test_only_the_day_a_session_was_used_is_noted(server: Running, moderator: Browser) -> None:
    database, then = server.house.database, now() - timedelta(days=3)
    await database.write(lambda connection: connection.execute(update(sessions).values(seen_at=then)))
    for _ in range(2):
        await moderator.get("/account")
        async with database.read() as connection:
            seen = (await connection.execute(select(sessions.c.seen_at))).scalar_one()
        assert seen.date() == now().date()


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge, Linux"),
        ("curl/8.0 <script>", ""),
        ("", ""),
    ],
)
def test_a_device_is_called_by_browser_and_system_and_nothing_else_is_kept(agent: str, device: str) -> None:
    assert device_of(agent) == device
