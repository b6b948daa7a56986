"""Too much of everything: what a script sends is slowed, and a hall full of honest people behind one address is not."""

import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator
from hashlib import sha256
from itertools import count
from secrets import token_urlsafe

import httpx
import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from tests.makers import SECRET, Running, hang, make_settings, make_wall, running, until, words
from tests.pages import looked_at
from tests.services import free_port
from wall.model.roles import GUEST
from wall.settings import Settings
from wall.web import budgets, flood, live
from wall.web.limits import Limits, network_of
from wall.web.mint import PROOF_BITS

NOON = 1_800_000_000.0


class Clock:
    """The server's clock, which goes when the test says so."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def settings(on_sqlite: str) -> Settings:
    return make_settings(on_sqlite, trusted_proxies="127.0.0.1")


@pytest.fixture
def clock(server: Running) -> Clock:
    clock = Clock()
    server.house.limits.clock = server.house.mint.clock = clock
    return clock


@pytest.fixture
async def hall(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    """All browsers of a hall: the network there has one address."""
    async with server.browser(headers={"x-forwarded-for": "192.0.2.7"}) as client:
        yield client


@pytest.fixture
async def script(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    """A program that posts from another address."""
    async with server.browser(headers={"x-forwarded-for": "198.51.100.9"}) as client:
        yield client


async def opened(client: httpx.AsyncClient, slug: str = "probe") -> dict[str, str]:
    """The hidden fields of a fresh form."""
    fields = looked_at((await client.get(f"/w/{slug}/pin")).text).fields
    return {name: fields[name] for name in ("key", "base", "subject", "proof") if name in fields}


def solved(key: str) -> str:
    """What the browser would find."""
    return next(
        str(n)
        for n in count()
        if int.from_bytes(sha256(f"{key}:{n}".encode()).digest()[:4], "big") < 2 ** (32 - PROOF_BITS)
    )


async def test_three_hundred_phones_behind_one_address_are_all_taken(
    server: Running, hall: httpx.AsyncClient, clock: Clock
) -> None:
    """ABUSE 38: within two minutes, each with a form of its own"""
    forms = [await opened(hall)] + [{"key": server.house.mint.key("probe")} for _ in range(299)]
    clock.now += 25
    for number, form in enumerate(forms):
        clock.now += 0.25
        answer = await hall.post("/w/probe/pin", data=words(f"Netz {number}") | form)
        assert answer.status_code == 303, (number, answer.status_code)
    assert (await server.house.hub.room("probe")).board.waiting() == 300


async def test_a_script_is_slowed_while_others_post_on(
    server: Running, hall: httpx.AsyncClient, script: httpx.AsyncClient, clock: Clock
) -> None:
    """ABUSE 37: at the pace of five hundred pins a minute; nothing is lost of words that somebody may have typed"""
    seen: Counter[int] = Counter()
    with capture_logs() as logs:
        for number in range(100):
            clock.now += 60 / 500
            answer = await script.post("/w/probe/pin", data=words(f"Flut {number}"))
            seen[answer.status_code] += 1
    assert seen == {303: 30, 429: 70}
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert looked_at(answer.text).fields["name"] == "Flut 99"
    told = [entry for entry in logs if entry["event"] == "limits.exceeded"]
    assert [entry["budget"] for entry in told] == ["pin in doubt"], "once a budget and window"
    assert not any("198.51.100.9" in str(entry) for entry in logs)
    for client in (hall, script):  # the script's own neighbours too
        form = await opened(client)
        assert "proof" not in form
        clock.now += 5
        assert (await client.post("/w/probe/pin", data=words("Echt") | form)).status_code == 303
    clock.now += 60
    assert (await script.post("/w/probe/pin", data=words("Flut"))).status_code == 303


async def test_a_script_that_fills_forms_meets_the_proof_of_work(on_sqlite: str) -> None:
    """ABUSE 37: it may take its time and a form for each card; browsers next to it do a little work and post on"""
    settings = make_settings(on_sqlite, trusted_proxies="127.0.0.1", rate_limits=0.1)
    async with running(settings) as server:
        await make_wall(server.house.database)
        clock = server.house.limits.clock = server.house.mint.clock = Clock()
        at = [server.browser(headers={"x-forwarded-for": address}) for address in ("192.0.2.7", "198.51.100.9")]
        async with at[0] as hall, at[1] as script:
            before = [await opened(hall), await opened(script)]
            keys = [server.house.mint.key("probe") for _ in range(50)]
            clock.now += 10
            seen = [(await script.post("/w/probe/pin", data=words() | {"key": key})).status_code for key in keys]
            assert Counter(seen) == {303: 43, 429: 7}, "forty until it is a flood, three in doubt"
            plain = await hall.post("/w/probe/pin", data=words("Ohne Skript") | before[0])
            assert plain.status_code == 303, "without JavaScript: the smaller budget, which each address has"
            refused = await script.post("/w/probe/pin", data=words("Nachbarin") | before[1])
            assert refused.status_code == 429
            again = looked_at(refused.text).fields
            assert (again["name"], again["key"], again["proof"]) == ("Nachbarin", before[1]["key"], "")
            wrong = await script.post("/w/probe/pin", data=again | words("Nachbarin") | {"proof": "0"})
            assert wrong.status_code == 429
            proven = again | words("Nachbarin") | {"proof": solved(again["key"])}
            assert (await script.post("/w/probe/pin", data=proven)).status_code == 303
            assert (await opened(hall))["proof"] == "", "whoever opens the form now is asked at once"
            clock.now += 120
            assert "proof" not in await opened(script), "after a quiet minute it is over"


async def test_the_pile_of_waiting_cards_is_capped(
    server: Running, hall: httpx.AsyncClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 37: what nobody would look at is not taken; the words stay, and there is room again after a decision"""
    monkeypatch.setattr(flood, "WAITING", 3)
    cards = [await hang(server, f"Netz {n}", by=GUEST) for n in range(3)]
    form = await opened(hall)
    clock.now += 10
    full = await hall.post("/w/probe/pin", data=words("Viertes") | form)
    assert (full.status_code, full.headers["retry-after"]) == (429, "300")
    assert "warten schon auf das Team" in full.text
    kept = looked_at(full.text).fields
    assert (kept["name"], kept["key"]) == ("Viertes", form["key"])
    program = await hall.post("/api/walls/probe/cards", json=words("Fünftes"), headers={"idempotency-key": "12345678"})
    assert (program.status_code, program.json()["code"]) == (429, "queue_full")
    async with server.browser() as moderator:
        await server.sign_in(moderator, "mod@beispiel.invalid", "probe")
        assert (await moderator.post("/w/probe/pin", data=words("Vom Team"))).status_code == 303
        assert (await moderator.post(f"/w/probe/c/{cards[0].id}/approve")).status_code == 303
    assert (await hall.post("/w/probe/pin", data=words("Viertes") | form)).status_code == 303


async def test_a_program_that_pins_too_fast_is_asked_to_wait(
    script: httpx.AsyncClient, hall: httpx.AsyncClient, clock: Clock
) -> None:
    """ABUSE 37"""

    async def pinned(client: httpx.AsyncClient, number: int) -> httpx.Response:
        headers = {"idempotency-key": f"key-{number:08}"}
        return await client.post("/api/walls/probe/cards", json=words(f"Netz {number}"), headers=headers)

    seen = Counter([(await pinned(script, number)).status_code for number in range(70)])
    assert seen == {201: 60, 429: 10}
    refused = await pinned(script, 99)
    assert refused.headers["content-type"] == "application/problem+json"
    assert int(refused.headers["retry-after"]) > 0
    assert (await pinned(hall, 100)).status_code == 201


async def test_a_form_that_a_program_filled_comes_back_with_its_words(script: httpx.AsyncClient, clock: Clock) -> None:
    """ABUSE 37: people never see the field; whose browser fills it all the same sends once more"""
    form = await opened(script)
    clock.now += 10
    answer = await script.post("/w/probe/pin", data=words("Echt") | form | {"subject": "Buy now"})
    assert answer.status_code == 422
    again = looked_at(answer.text).fields
    assert (again["name"], again["subject"], again["key"]) == ("Echt", "", form["key"])
    assert (await script.post("/w/probe/pin", data=words("Echt") | again)).status_code == 303


async def test_one_form_sent_again_and_again_is_one_card_and_soon_counts_for_little(
    script: httpx.AsyncClient, server: Running, clock: Clock
) -> None:
    """ABUSE 11, 37: a phone that repeats itself gets its card; a script that reuses a form its small budget"""
    form = await opened(script)
    clock.now += 10
    seen = []
    for _ in range(40):
        seen.append((await script.post("/w/probe/pin", data=words("Echt") | form)).status_code)
    assert seen == [303] * 36 + [429] * 4, "once, five times more, and thirty in doubt"
    assert (await server.house.hub.room("probe")).board.waiting() == 1


async def test_guessing_a_password_is_throttled_and_a_venue_is_not_locked_out(
    server: Running, hall: httpx.AsyncClient, script: httpx.AsyncClient, clock: Clock
) -> None:
    """ABUSE 32: the same answer whether there is such an account or not"""
    async with server.browser() as owner:
        await server.sign_in(owner, "mod@beispiel.invalid", "probe")
        secret = "ein langes Kennwort"
        assert (await owner.post("/account", data={"password": secret, "again": secret})).status_code == 303

    async def tried(client: httpx.AsyncClient, email: str, password: str = "geraten") -> httpx.Response:
        return await client.post("/sign-in", data={"email": email, "password": password})

    answers: dict[str, list[tuple[int, str]]] = {}
    for email in ("mod@beispiel.invalid", "niemand@beispiel.invalid"):
        for _ in range(12):
            answer = await tried(hall, email)
            answers.setdefault(email, []).append((answer.status_code, answer.text.replace(email, "…")))
    known, unknown = answers.values()
    assert known == unknown
    assert [status for status, _ in known] == [422] * 10 + [429] * 2
    assert (await tried(hall, "MOD@beispiel.invalid ", secret)).status_code == 429, "nor does another spelling help"
    assert (await tried(hall, "andere@beispiel.invalid")).status_code == 422, "others in the venue go on"
    assert (await tried(script, "mod@beispiel.invalid", secret)).status_code == 303, "its owner does elsewhere"
    clock.now += 900
    assert (await tried(hall, "mod@beispiel.invalid", secret)).status_code == 303


async def test_guessed_links_are_throttled_and_good_ones_go_on_opening(
    server: Running, hall: httpx.AsyncClient, clock: Clock
) -> None:
    """ABUSE 32"""
    card = await hang(server)
    good = f"/mine/{server.house.edit_links.token(card.id)}"
    seen = [(await hall.get(f"/mine/{number}")).status_code for number in range(40)]
    seen += [(await hall.post(f"/sign-in/{number}")).status_code for number in range(25)]
    assert seen == [410] * 60 + [429] * 5
    assert (await hall.get(good)).status_code == 200


async def test_searching_without_end_is_throttled(server: Running, hall: httpx.AsyncClient, clock: Clock) -> None:
    """ABUSE 36"""
    allowed = budgets.BUDGETS["search"].allowed(1)
    for _ in range(allowed):
        assert server.house.limits.spend("search", "192.0.2.7") == 0
    assert (await hall.get("/w/probe?q=klima")).status_code == 429
    assert (await hall.get("/w/probe")).status_code == 200


async def test_one_address_may_hold_many_sockets_but_not_all(
    server: Running, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 6: a hall's phones all listen; beyond that an address is asked to come back, before anything is opened"""
    monkeypatch.setattr(live, "SOCKETS", 2)
    hall = {"x-forwarded-for": "192.0.2.7"}
    async with server.listen(headers=hall), server.listen(headers=hall):
        with pytest.raises(InvalidStatus) as refused:
            async with server.listen(headers=hall):
                pass
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["retry-after"]) > 0
        async with server.listen(headers={"x-forwarded-for": "198.51.100.9"}):
            pass

    async def let_in() -> bool:
        with contextlib.suppress(InvalidStatus):
            async with server.listen(headers=hall):
                return True
        return False

    await until(let_in, "a place that was given back")


def test_an_address_is_a_network_that_one_household_has() -> None:
    """ABUSE 27: nobody gets new budgets by changing the lower half of an IPv6 address"""
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:0db8:1:2::ffff") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") == "192.0.2.7"


@pytest.mark.parametrize("trusted", ["127.0.0.1", ""])
async def test_only_a_trusted_proxy_says_where_somebody_comes_from(on_sqlite: str, trusted: str) -> None:
    """ABUSE 27: a forged X-Forwarded-For gets nobody another budget"""
    async with running(make_settings(on_sqlite, trusted_proxies=trusted)) as server, server.browser() as client:
        await make_wall(server.house.database)
        server.house.limits.clock = lambda: NOON
        seen = []
        for number in range(32):
            forged = {"x-forwarded-for": f"192.0.2.{number}"}
            seen.append((await client.post("/w/probe/pin", data=words(f"Netz {number}"), headers=forged)).status_code)
        assert seen == [303] * 32 if trusted else [303] * 30 + [429] * 2
        behind = {"x-forwarded-for": "203.0.113.5, 192.0.2.200"}  # the visitor wrote the first part
        seen = [
            (await client.post("/w/probe/pin", data=words(f"V {n}"), headers=behind)).status_code for n in range(31)
        ]
        assert seen == [303] * 30 + [429] if trusted else [429] * 31


async def test_processes_share_their_counts_through_redis() -> None:
    """ABUSE 37: a script gains nothing by asking every process in turn"""
    secret, url = token_urlsafe(), os.environ["TEST_REDIS_URL"]
    one, other = Limits(secret, redis_url=url), Limits(secret, redis_url=url)
    one.clock = other.clock = lambda: NOON
    async with one.sharing(), other.sharing():
        for limits in (one, other):
            waits = [limits.spend("pin in doubt", "192.0.2.7") for _ in range(16)]
            assert waits == [0] * 16, "at first each knows only its own"
        await until(lambda: one.spent("pin in doubt", "192.0.2.7") or other.spent("pin in doubt", "192.0.2.7"))
        assert not one.spent("pin in doubt", "192.0.2.8")


async def test_a_redis_that_is_away_refuses_nobody_and_is_said_once() -> None:
    """ABUSE 41: each process goes by its own count"""
    limits = Limits(SECRET, redis_url=f"redis://127.0.0.1:{free_port()}/0")
    limits.clock = lambda: NOON
    with capture_logs() as logs:
        async with limits.sharing():
            waits = [limits.spend("pin in doubt", "192.0.2.7") for _ in range(30)]
            await until(lambda: [entry for entry in logs if entry["event"] == "limits.redis_away"])
            assert waits == [0] * 30
            assert limits.spend("pin in doubt", "192.0.2.7") > 0
    assert len([entry for entry in logs if entry["event"] == "limits.redis_away"]) == 1


def test_a_clock_that_is_put_back_refuses_nobody() -> None:
    """ABUSE 43"""
    limits, now = Limits(SECRET), NOON
    limits.clock = lambda: now
    for _ in range(30):
        assert limits.spend("pin in doubt", "192.0.2.7") == 0
    now -= 3600
    assert limits.spend("pin in doubt", "192.0.2.7") == 0
