"""Searching in a browser: what is marked, what is suggested, and the start page that answers while one types."""

from playwright.async_api import expect

from tests.browser.people import People
from tests.makers import Running, hang


async def test_the_start_page_answers_while_somebody_types(server: Running, people: People) -> None:
    await hang(server, "Imkerei Connewitz")
    page = await people.one(server.url)
    await page.goto("/")
    search = page.get_by_role("searchbox")
    await search.press_sequentially("imker")
    await page.wait_for_url("**/?q=imker")
    found = page.get_by_role("link", name="Imkerei Connewitz")
    await expect(found.locator("mark")).to_have_text("Imkerei")
    await expect(search).to_be_focused()
    await page.get_by_role("link", name="Alle Wände zeigen").click()
    await expect(found).to_have_count(0)
    await expect(search).to_have_value("")


async def test_the_right_spelling_is_one_tap_away(server: Running, people: People) -> None:
    await hang(server, "Imkerei Connewitz")
    page = await people.one(server.url)
    await page.goto("/w/probe")
    await page.get_by_role("searchbox").fill("imkerrei")
    await page.get_by_role("link", name="Imkerei", exact=True).click()
    await page.wait_for_url("**/w/probe?q=Imkerei")
    await expect(page.get_by_role("searchbox")).to_have_value("Imkerei")
    await expect(page.locator("[data-card] mark").first).to_have_text("Imkerei")
