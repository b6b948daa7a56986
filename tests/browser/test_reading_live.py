"""Reading while the wall lives: nothing moves under the reader, and the page says how fresh it is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.people import PHONE, People, Process, lists, live
from tests.makers import Running, make_wall, words
from wall.actions.configure import configure
from wall.actions.ledger import Ledger
from wall.actions.moderate import approve
from wall.actions.pin import pin
from wall.model.roles import GUEST, SYSTEM
from wall.model.wall import Wall
from wall.store import boards
from wall.store.database import Database
from wall.words import words as sentences

t = sentences("de")


async def hang(ledger: Ledger, wall: Wall, *names: str) -> list[str]:
    """Approved cards, in the first section; returns their ids."""
    ids = []
    for name in names:
        card = (await pin(ledger, wall, words(name, description="Etwas Text. " * 12), f"key {name}", GUEST)).card
        await approve(ledger, wall, card.id, SYSTEM)
        ids.append(card.id)
    return ids


def card(page: Page, card_id: str) -> Locator:
    return page.locator(f"[data-cards] [data-card='{card_id}']")


async def test_who_types_into_the_search_keeps_focus_and_words_while_cards_arrive(
    server: Running, people: People
) -> None:
    house, room = server.house, await server.house.hub.room("probe")
    page = await live(await people.one(server.url), "/w/probe")
    search = page.get_by_role("searchbox")
    await search.press_sequentially("Kl")
    await hang(house.ledger, room.board.wall, "Klima A")
    await search.press_sequentially("im")
    await page.wait_for_url("**/w/probe?q=Klim")
    [late] = await hang(house.ledger, room.board.wall, "Klima B")
    await card(page, late).wait_for()
    await expect(search).to_be_focused()
    await expect(search).to_have_value("Klim")
    await search.press_sequentially("a")
    await expect(search).to_have_value("Klima")
    await page.wait_for_url("**/w/probe?q=Klima")
    await expect(card(page, late)).to_be_visible()
    await expect(search).to_be_focused()


@pytest.mark.parametrize("size", [PHONE, None], ids=["phone", "desk"])
async def test_new_cards_wait_for_who_has_scrolled_down(server: Running, people: People, size: dict[str, int]) -> None:
    house, room = server.house, await server.house.hub.room("probe")
    old = await hang(house.ledger, room.board.wall, *(f"Netz {n}" for n in range(12)))
    page = await live(await people.one(server.url, size), "/w/probe")
    link = card(page, old[7]).get_by_role("link")
    await link.scroll_into_view_if_needed()
    await link.focus()
    await page.evaluate("scrollTo({top: 1000, behavior: 'instant'})")
    there = await page.evaluate("scrollY")
    assert there > 240
    new = await hang(house.ledger, room.board.wall, "Neu 1", "Neu 2", "Neu 3")
    waiting = page.get_by_role("button", name=t.n("live.new", 3))
    await waiting.wait_for()
    assert await page.evaluate("scrollY") == there
    await expect(link).to_be_focused()
    assert await card(page, new[0]).count() == 0
    await waiting.click()
    await expect(card(page, new[0])).to_be_in_viewport()
    await expect(card(page, new[2])).to_have_count(1)
    await expect(waiting).to_have_count(0)
    fresh = await page.context.new_page()
    await fresh.goto("/w/probe")
    assert await lists(page) == await lists(fresh)


async def test_at_the_top_a_new_card_appears_by_itself_and_is_said_once(server: Running, people: People) -> None:
    house, room = server.house, await server.house.hub.room("probe")
    page = await live(await people.one(server.url), "/w/probe")
    [new] = await hang(house.ledger, room.board.wall, "Runder Tisch")
    await card(page, new).wait_for()
    await expect(page.locator("#announcer[aria-live=polite]")).to_have_text(t("js.said_new", name="Runder Tisch"))
    assert await page.evaluate("document.activeElement === document.body")


@pytest.fixture
def process(on_sqlite: str, tmp_path: Path) -> Process:
    """A server process that is not running yet."""
    return Process(tmp_path / "server", on_sqlite)


@pytest_asyncio.fixture(loop_scope="session")
async def ledger(on_sqlite: str) -> AsyncIterator[Ledger]:
    """Writes to the wall "probe" while its server is down."""
    database = Database(on_sqlite)
    await make_wall(database)
    yield Ledger(database, lambda changes: None)
    await database.close()


async def probe(ledger: Ledger) -> Wall:
    async with ledger.database.read() as connection:
        return await boards.find_wall(connection, "probe")


async def test_a_page_says_offline_while_its_server_is_dead_and_then_brings_what_it_missed(
    process: Process, ledger: Ledger, people: People
) -> None:
    with process:
        [seen] = await hang(ledger, await probe(ledger), "Vorher")
        page = await live(await people.one(process.url), "/w/probe")
        state = page.locator("wall-live")
        await expect(state).to_contain_text(t("js.live"))
        process.kill()
        await expect(state).to_contain_text("offline · Stand von")
        await expect(card(page, seen)).to_be_visible()
        [missed] = await hang(ledger, await probe(ledger), "Verpasst")
        process.start()
        await card(page, missed).wait_for(timeout=30_000)
        await expect(state).to_have_attribute("data-state", "live")
        await expect(state).not_to_contain_text("offline")
        await expect(card(page, seen)).to_be_visible()


async def test_a_page_whose_wall_is_gone_says_so_and_does_not_come_back(
    process: Process, ledger: Ledger, people: People
) -> None:
    with process:
        page = await people.one(process.url)
        await page.clock.install()
        sockets: list[str] = []
        page.on("websocket", lambda socket: sockets.append(socket.url))
        await live(page, "/w/probe")
        process.kill()
        await page.locator("wall-live[data-state=offline]").wait_for(state="attached")
        await configure(ledger, await probe(ledger), {"phase": "draft"}, SYSTEM)
        process.start()
        state = page.locator("wall-live[data-state=gone]")
        await state.wait_for(timeout=30_000)
        await expect(state).to_have_text(t("js.gone"))
        tried = len(sockets)
        await page.clock.fast_forward(120_000)
        await page.clock.run_for(1000)
        assert len(sockets) == tried


async def test_who_watches_a_wall_become_a_draft_is_told_that_it_is_gone(server: Running, people: People) -> None:
    room = await server.house.hub.room("probe")
    page = await live(await people.one(server.url), "/w/probe")
    await configure(server.house.ledger, room.board.wall, {"phase": "draft"}, SYSTEM)
    await expect(page.locator("wall-live")).to_have_text(t("js.gone"))
