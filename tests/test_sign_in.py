"""Signing in with a link by e-mail, and with a code as a second step."""

import re
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from sqlalchemy import select, update

from tests.letters import Mailbox
from tests.makers import Running, make_settings, make_wall, running, until
from wall.actions import second_step
from wall.model.person import people as people_table
from wall.model.person import recovery_codes, second_steps, sign_in_links
from wall.model.types import now
from wall.store import people
from wall.words import words

Browser = httpx.AsyncClient
GOOD_SECRET = "one-for-tests-only-0123456789-abcdefg"
ADDRESS, PASSWORD = "mod@beispiel.invalid", "drei zufällige Wörter"
t = words("de")


@pytest.fixture
async def server(database_url: str, mailbox: Mailbox) -> AsyncIterator[Running]:
    """As everywhere, with a mail server."""
    async with running(make_settings(database_url, **mailbox.settings)) as server:
        await make_wall(server.house.database)
        yield server


async def ask(client: Browser, email: str = ADDRESS, **more: str) -> httpx.Response:
    return await client.post("/sign-in", data={"email": email, "how": "link"} | more)


async def test_a_link_by_mail_signs_in_once_by_its_button_on_any_device(
    server: Running, mailbox: Mailbox, client: Browser, moderator: Browser
) -> None:
    """ABUSE 30 and 31"""
    assert (await ask(client, f" {ADDRESS.upper()} ", next="/w/probe/queue")).status_code == 200
    link = await mailbox.link(ADDRESS)
    async with server.browser() as other:
        for _ in range(2):
            assert (await other.get(link)).status_code == 200
            assert (await other.head(link)).status_code == 200
        answer = await other.post(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/w/probe/queue")
        assert (await other.get("/w/probe/queue")).status_code == 200
    for method in ("GET", "POST"):
        assert (await client.request(method, link)).status_code == 410


async def test_a_link_is_good_for_fifteen_minutes(
    server: Running, mailbox: Mailbox, client: Browser, moderator: Browser
) -> None:
    """ABUSE 31"""
    await ask(client)
    link = await mailbox.link(ADDRESS)
    database = server.house.database
    async with database.read() as connection:
        ends = (await connection.execute(select(sign_in_links.c.expires_at))).scalar_one()
    assert timedelta(minutes=14) < ends - now() <= timedelta(minutes=15)
    await database.write(lambda c: c.execute(update(sign_in_links).values(expires_at=now() - timedelta(seconds=1))))
    assert (await client.post(link)).status_code == 410


async def test_known_and_unknown_addresses_get_the_same_answer_before_anybody_looks_them_up(
    server: Running, mailbox: Mailbox, client: Browser, moderator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 32: the answer is complete before the database is asked"""
    asked: list[str] = []
    real = people.new_sign_in_link

    async def noted(connection: people.AsyncConnection, email: str) -> str | None:
        asked.append(email)
        return await real(connection, email)

    monkeypatch.setattr(people, "new_sign_in_link", noted)
    answers = [await ask(client, email) for email in (ADDRESS, "niemand@beispiel.invalid")]
    texts = {
        a.text.replace(email, "…") for a, email in zip(answers, (ADDRESS, "niemand@beispiel.invalid"), strict=True)
    }
    assert {answer.status_code for answer in answers} == {200}
    assert len(texts) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)
    await mailbox.letter(ADDRESS)
    await until(lambda: len(asked) == 2)
    assert [letter["To"] for letter in mailbox.letters] == [ADDRESS]


async def test_nobodys_mailbox_is_filled_by_others(
    server: Running, mailbox: Mailbox, client: Browser, moderator: Browser
) -> None:
    """ABUSE 32"""
    for _ in range(people.OPEN_LINKS + 3):
        assert (await ask(client)).status_code == 200
    await mailbox.letter(ADDRESS, people.OPEN_LINKS - 1)
    await ask(client, "zweite@beispiel.invalid")
    assert len(mailbox.letters) == people.OPEN_LINKS


async def test_what_is_no_address_is_named_and_nobody_is_sent_elsewhere(
    mailbox: Mailbox, client: Browser, moderator: Browser
) -> None:
    refused = await ask(client, "keine\r\nBcc: x@beispiel.invalid")
    assert refused.status_code == 422
    assert t("complaint.not_an_address").split(".")[0] in refused.text
    await ask(client, next="//beispiel.invalid")
    assert await mailbox.link(ADDRESS) == (await mailbox.link(ADDRESS)).split("?")[0]


async def test_without_a_mail_server_production_offers_no_link_and_refuses_to_send_one(on_sqlite: str) -> None:
    async with (
        running(make_settings(on_sqlite, mode="production", secret_key=GOOD_SECRET)) as server,
        server.browser() as client,
    ):
        await make_wall(server.house.database)
        assert 'value="link"' not in (await client.get("/sign-in")).text
        refused = [await ask(client, email) for email in (ADDRESS, "niemand@beispiel.invalid")]
        assert {answer.status_code for answer in refused} == {409}
        assert t("error.no_mail.title") in refused[0].text


async def test_in_a_demo_without_a_mail_server_the_link_stands_in_the_log(
    on_sqlite: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(make_settings(on_sqlite)) as server, server.browser() as client:
        await make_wall(server.house.database)
        await server.sign_in(client, ADDRESS, "probe")
        await client.post("/sign-out")
        await ask(client)
        said = ""

        def printed() -> re.Match[str] | None:
            nonlocal said
            said += capsys.readouterr().out
            return re.search(r"mail\.printed.*?(/sign-in/[\w-]+)", said)

        link = (await until(printed))[1]
        assert (await client.post(link)).status_code == 303


# The second step


async def turned_on(client: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """Set the second step up; the app, and the recovery codes."""
    assert (await client.post("/account/second")).headers["location"] == "/account/second"
    page = (await client.get("/account/second")).text
    secret = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)
    assert secret is not None
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    shown = await client.post("/account/second", data={"code": app.now()})
    codes = re.findall(r"<code>([A-Z2-9]{5}-[A-Z2-9]{5})</code>", shown.text)
    assert len(codes) == 8
    return app, codes


def later(app: pyotp.TOTP) -> str:
    """The code after the one that was just used."""
    return app.generate_otp(int(time.time() // 30) + 1)


async def by_password(client: Browser, moderator: Browser) -> None:
    """The account has a password, and somebody has typed it on another device."""
    await moderator.post("/account", data={"password": PASSWORD, "again": PASSWORD})
    answer = await client.post("/sign-in", data={"email": ADDRESS, "password": PASSWORD, "next": "/w/probe/queue"})
    assert answer.status_code == 303


async def test_a_code_is_asked_after_the_password_and_nothing_is_open_before(
    client: Browser, moderator: Browser
) -> None:
    app, _ = await turned_on(moderator)
    await by_password(client, moderator)
    assert (await client.get("/account")).status_code == 401
    assert (await client.get("/sign-in/code")).status_code == 200
    wrong = await client.post("/sign-in/code", data={"code": "000000"})
    assert wrong.status_code == 422
    assert t("second.wrong") in wrong.text
    right = await client.post("/sign-in/code", data={"code": later(app)})
    assert (right.status_code, right.headers["location"]) == (303, "/w/probe/queue")
    assert (await client.get("/account")).status_code == 200
    assert "second" not in client.cookies


async def test_a_code_is_asked_after_the_link_too(mailbox: Mailbox, client: Browser, moderator: Browser) -> None:
    app, _ = await turned_on(moderator)
    await ask(client)
    answer = await client.post(await mailbox.link(ADDRESS))
    assert answer.headers["location"] == "/sign-in/code"
    assert (await client.get("/account")).status_code == 401
    assert (await client.post("/sign-in/code", data={"code": later(app)})).headers["location"] == "/account"


async def test_a_code_opens_once(server: Running, client: Browser, moderator: Browser) -> None:
    """Whoever watched it being typed cannot use it again."""
    app, _ = await turned_on(moderator)
    code = later(app)
    await by_password(client, moderator)
    assert (await client.post("/sign-in/code", data={"code": code})).status_code == 303
    async with server.browser() as thief:
        await thief.post("/sign-in", data={"email": ADDRESS, "password": PASSWORD})
        assert (await thief.post("/sign-in/code", data={"code": code})).status_code == 422


async def test_a_recovery_code_opens_once_however_it_is_written(
    server: Running, client: Browser, moderator: Browser
) -> None:
    _, codes = await turned_on(moderator)
    await by_password(client, moderator)
    assert (await client.post("/sign-in/code", data={"code": codes[0].lower().replace("-", " ")})).status_code == 303
    assert t.n("second.codes_left", 7) in (await client.get("/account")).text
    async with server.browser() as other:
        await other.post("/sign-in", data={"email": ADDRESS, "password": PASSWORD})
        assert (await other.post("/sign-in/code", data={"code": codes[0]})).status_code == 422


async def test_after_ten_wrong_codes_even_the_right_one_has_to_wait(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """ABUSE 32"""
    app, codes = await turned_on(moderator)
    await by_password(client, moderator)
    for _ in range(second_step.FAILURES):
        assert (await client.post("/sign-in/code", data={"code": "000000"})).status_code == 422
    for code in (later(app), codes[0]):
        assert (await client.post("/sign-in/code", data={"code": code})).status_code == 429
    ago = now() - second_step.PAUSE - timedelta(seconds=1)
    await server.house.database.write(lambda c: c.execute(update(second_steps).values(failed_at=ago)))
    assert (await client.post("/sign-in/code", data={"code": later(app)})).status_code == 303


async def test_a_ticket_that_is_forged_or_of_another_password_leads_back_to_the_start(
    client: Browser, moderator: Browser
) -> None:
    app, _ = await turned_on(moderator)
    assert (await client.post("/sign-in/code", data={"code": later(app)})).headers["location"] == "/sign-in"
    await by_password(client, moderator)
    await moderator.post("/account", data={"password": PASSWORD + "!", "again": PASSWORD + "!"})
    assert (await client.post("/sign-in/code", data={"code": later(app)})).headers["location"] == "/sign-in"
    client.cookies.set("second", "erfunden")
    assert (await client.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_neither_secret_nor_recovery_codes_are_in_the_database(server: Running, moderator: Browser) -> None:
    app, codes = await turned_on(moderator)
    async with server.house.database.read() as connection:
        kept = str((await connection.execute(select(second_steps))).all())
        kept += str((await connection.execute(select(recovery_codes))).all())
    assert app.secret not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    assert (await moderator.get("/account/second")).headers["location"] == "/account", "the secret is shown no more"


async def test_the_picture_says_the_same_as_the_letters(moderator: Browser) -> None:
    secret = second_step.second_step.secret_of("seed", "k" * 40)
    address = second_step.second_step.address_of(secret, ADDRESS, "Netzwerk-Wand")
    assert parse_qs(urlsplit(address).query) == {"secret": [secret], "issuer": ["Netzwerk-Wand"]}


@pytest.mark.parametrize("proof", ["password", "code", "recovery"])
async def test_turning_it_off_needs_the_password_or_a_code(client: Browser, moderator: Browser, proof: str) -> None:
    app, codes = await turned_on(moderator)
    await moderator.post("/account", data={"password": PASSWORD, "again": PASSWORD})
    refused = await moderator.post("/account/second/end", data={"proof": "geraten"})
    assert refused.status_code == 422
    assert t("second.wrong_proof") in refused.text
    given = {"password": PASSWORD, "code": later(app), "recovery": codes[3]}[proof]
    assert (await moderator.post("/account/second/end", data={"proof": given})).status_code == 303
    answer = await client.post("/sign-in", data={"email": ADDRESS, "password": PASSWORD})
    assert answer.headers["location"] == "/account"


async def test_a_wrong_first_code_turns_nothing_on(server: Running, client: Browser, moderator: Browser) -> None:
    await moderator.post("/account/second")
    assert (await moderator.post("/account/second", data={"code": "123"})).status_code == 422
    await by_password(client, moderator)
    assert (await client.get("/account")).status_code == 200
    async with server.house.database.read() as connection:
        joined = (await connection.execute(select(people_table.c.joined_at))).scalar_one()
    assert joined is not None
