"""Signing in and out: passwords, one-time links, sessions and their cookies."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.makers import Running, make_settings, make_wall, running
from wall.model.person import people as people_table
from wall.store import people

Browser = httpx.AsyncClient
ADDRESS, PASSWORD = "mod@beispiel.invalid", "drei zufällige Wörter"


async def with_password(moderator: Browser) -> None:
    """The signed-in moderator chooses a password and signs out."""
    answer = await moderator.post("/account", data={"password": PASSWORD, "again": PASSWORD})
    assert answer.headers["location"] == "/account?done=password"
    await moderator.post("/sign-out")


async def test_a_password_signs_in_and_only_its_argon2id_hash_is_kept(server: Running, moderator: Browser) -> None:
    await with_password(moderator)
    form = {"email": f" {ADDRESS.upper()} ", "password": PASSWORD, "next": "/w/probe/queue"}
    answer = await moderator.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/w/probe/queue")
    assert (await moderator.get("/w/probe/queue")).status_code == 200
    async with server.house.database.read() as connection:
        kept = (await connection.execute(select(people_table.c.password))).scalar_one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Browser, moderator: Browser) -> None:
    await with_password(moderator)
    tries = [(ADDRESS, "falsch"), ("niemand@beispiel.invalid", PASSWORD), (ADDRESS, ""), ("", "")]
    answers = [await client.post("/sign-in", data={"email": email, "password": word}) for email, word in tries]
    assert [answer.status_code for answer in answers] == [422] * 4
    texts = {a.text.replace(f'value="{email}"', "") for a, (email, _) in zip(answers, tries, strict=True)}
    assert len(texts) == 1
    assert "E-Mail-Adresse und Passwort passen nicht zusammen." in texts.pop()
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_who_has_no_password_cannot_sign_in_with_one(client: Browser, moderator: Browser) -> None:
    for word in ("", "nobody has this password"):
        answer = await client.post("/sign-in", data={"email": ADDRESS, "password": word})
        assert answer.status_code == 422


async def test_after_signing_in_nobody_is_sent_elsewhere(client: Browser, moderator: Browser) -> None:
    await with_password(moderator)
    form = {"email": ADDRESS, "password": PASSWORD, "next": "//beispiel.invalid"}
    assert (await client.post("/sign-in", data=form)).headers["location"] == "/account"
    page = await client.get("/sign-in", params={"next": "https://beispiel.invalid"})
    assert 'name="next" value="/account"' in page.text


async def token_for(server: Running, lasts: timedelta) -> str:
    wall = (await server.house.hub.room("probe")).board.wall

    async def job(connection: AsyncConnection) -> str:
        person = await people.invite(connection, ADDRESS, wall, "moderator")
        return await people.new_link(connection, person, lasts)

    return await server.house.database.write(job)


async def test_a_one_time_link_opens_by_its_button_and_works_once(server: Running, client: Browser) -> None:
    """ABUSE 30 and 31"""
    link = f"/sign-in/{await token_for(server, timedelta(minutes=15))}"
    for _ in range(2):
        looked_at = await client.get(link)
        assert looked_at.status_code == 200
        assert "set-cookie" not in looked_at.headers
    assert looked_at.headers["referrer-policy"] == "same-origin"
    assert (await client.post(link)).headers["location"] == "/account"
    assert (await client.get("/w/probe/queue")).status_code == 200
    async with server.browser() as other:
        again, seen = await other.post(link), await other.get(link)
        assert (again.status_code, seen.status_code) == (410, 410)
        assert "set-cookie" not in again.headers
        late = await other.post(f"/sign-in/{await token_for(server, timedelta(seconds=-1))}")
        unknown = await other.post("/sign-in/unbekannt")
        assert (late.status_code, unknown.status_code) == (410, 410)
        pages = [again.text, late.text, unknown.text]
    assert all("Dieser Link" in page for page in pages), "it is the link that is used up, not a card"


async def test_signing_out_ends_the_session_on_the_server(server: Running, moderator: Browser) -> None:
    """ABUSE 33"""
    stolen = dict(moderator.cookies)
    answer = await moderator.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert not moderator.cookies
    async with server.browser(cookies=stolen) as thief:
        assert (await thief.get("/account")).status_code == 401
        assert (await thief.get("/w/probe/queue")).status_code == 401


async def test_a_session_is_never_the_one_the_browser_came_with(server: Running) -> None:
    """ABUSE 33"""
    async with server.browser(cookies={"session": "planted"}) as client:
        await server.sign_in(client, ADDRESS, "probe")
        assert client.cookies.get("session", domain="localhost.local") not in (None, "planted")


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("zu kurz", "zu kurz", "Bitte mindestens 12 Zeichen."),
        ("elf zeichen", "elf zeichen", "Bitte mindestens 12 Zeichen."),
        (PASSWORD, PASSWORD + "!", "Die beiden Eingaben sind verschieden."),
    ],
)
async def test_a_password_must_be_long_enough_and_written_twice(
    moderator: Browser, client: Browser, password: str, again: str, sentence: str
) -> None:
    refused = await moderator.post("/account", data={"password": password, "again": again})
    assert refused.status_code == 422
    assert sentence in refused.text
    assert (await client.post("/sign-in", data={"email": ADDRESS, "password": password})).status_code == 422


async def test_a_guest_has_no_account_page(client: Browser) -> None:
    assert (await client.get("/account")).status_code == 401
    assert (await client.post("/account", data={"password": PASSWORD, "again": PASSWORD})).status_code == 401


async def test_the_account_page_lists_ones_walls_and_the_operator_has_them_all(
    server: Running, client: Browser, moderator: Browser
) -> None:
    await make_wall(server.house.database, "nachbar", title="Nachbarwand")
    page = (await moderator.get("/account")).text
    assert '<a href="/w/probe">Probewand</a><span>Freigabe</span>' in page
    assert "Nachbarwand" not in page
    await server.sign_in(client, "betrieb@beispiel.invalid", None)
    operators = await client.get("/account")
    assert operators.status_code == 200
    assert "Betrieb" in operators.text


async def test_cookies_are_kept_from_scripts_and_other_sites_and_by_https_from_the_wire(on_sqlite: str) -> None:
    async with running(make_settings(on_sqlite)) as server, server.browser() as client:
        await make_wall(server.house.database)
        language = (await client.post("/language", data={"to": "en"})).headers["set-cookie"]
        plain = (await client.post(f"/sign-in/{await token_for(server, timedelta(minutes=1))}")).headers["set-cookie"]
        assert (await client.get("/account")).status_code == 200
        for cookie in (language, plain):
            parts = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"httponly", "samesite=lax", "path=/"} <= parts
            assert not any(part.startswith("domain") for part in parts)
        assert plain.startswith("session=")
    settings = make_settings(on_sqlite)
    secure = make_settings(on_sqlite, base_url=f"https://localhost:{settings.port}", port=settings.port)
    async with running(secure) as server:
        server.url = f"http://localhost:{settings.port}"
        async with server.browser() as client:
            link = f"/sign-in/{await token_for(server, timedelta(minutes=1))}"
            answer = await client.post(link)
            name, _, rest = answer.headers["set-cookie"].partition("=")
            assert name == "__Host-session"
            assert {"httponly", "samesite=lax", "path=/", "secure"} <= {p.strip().lower() for p in rest.split(";")[1:]}
            assert answer.headers["strict-transport-security"]
            out = await client.post("/sign-out")
            assert out.headers["set-cookie"].startswith("__Host-session=")
