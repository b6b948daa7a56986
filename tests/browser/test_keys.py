"""The keys of those who read a wall by keyboard, and the way to have none of them."""

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.people import People, live
from tests.makers import Running, hang
from wall.words import words as sentences

t = sentences("de")


@pytest_asyncio.fixture(loop_scope="session")
async def wall(server: Running) -> Running:
    for name in ("Amt", "Bund", "Chor"):
        await hang(server, name)
    return server


async def focused(page: Page, name: str) -> None:
    """Wait until the focus is on what is called so."""
    await expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()


async def test_keys_search_step_through_cards_change_the_view_and_pin(wall: Running, people: People) -> None:
    page = await live(await people.one(wall.url), "/w/probe")
    await page.keyboard.press("j")
    await focused(page, "Amt")
    await page.keyboard.press("j")
    await focused(page, "Bund")
    await page.keyboard.press("k")
    await focused(page, "Amt")
    await page.keyboard.press("2")
    await page.wait_for_url("**view=list")
    await page.keyboard.press("/")
    await expect(page.locator("#q")).to_be_focused()
    await page.keyboard.type("n?1")  # letters, where one writes
    await expect(page.locator("#q")).to_have_value("n?1")
    await page.locator("h1").click()
    await page.keyboard.press("n")
    await page.wait_for_url("**/w/probe/pin")


async def test_the_list_of_keys_opens_and_closes_and_can_switch_them_off(wall: Running, people: People) -> None:
    page = await live(await people.one(wall.url), "/w/probe")
    keys = page.get_by_role("dialog", name=t("keys.title"))
    await page.keyboard.press("?")
    await expect(keys).to_be_visible()
    await page.keyboard.press("n")  # while the list is open, the other keys rest
    await expect(keys).to_be_visible()
    await keys.get_by_role("checkbox").uncheck()
    await keys.get_by_role("button", name=t("keys.close")).click()
    await expect(keys).to_be_hidden()
    await page.keyboard.press("n")
    await page.keyboard.press("?")
    await page.reload()
    await page.keyboard.press("?")
    await expect(keys).to_be_hidden()
    assert page.url.endswith("/w/probe")
    await page.get_by_role("button", name=t("keys.title")).click()  # the button is still there
    await expect(keys).to_be_visible()


async def test_whoever_only_reads_keeps_nothing_on_their_device(wall: Running, people: People) -> None:
    page = await live(await people.one(wall.url), "/w/probe")
    await page.keyboard.press("j")
    assert await page.evaluate("localStorage.length") == 0


async def test_every_page_leads_to_where_a_barrier_is_reported(wall: Running, people: People) -> None:
    page = await people.one(wall.url)
    for path in ("/", "/w/probe", "/w/probe/pin", "/sign-in"):
        await page.goto(f"{wall.url}{path}")
        await page.get_by_role("link", name=t("access.report_link")).click()
        await page.wait_for_url("**/barrierefreiheit#melden")
        await expect(page.get_by_role("heading", name=t("access.report"))).to_be_in_viewport()
