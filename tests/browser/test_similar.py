"""Likely duplicates in the pin form: shown while typing, said politely, and never in the way."""

from playwright.async_api import expect

from tests.browser.people import PHONE, People
from tests.makers import Running, hang
from wall.words import words

T = words("de")


async def test_a_likely_card_appears_below_the_name_and_goes_with_one_tap(server: Running, people: People) -> None:
    card = await hang(server, "Arbeitskreis Mädchen", meeting="dienstags")
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    name, shown = page.locator("[name=name]"), page.locator("similar-cards .twin")
    await name.press_sequentially("AK Mädchen")
    await expect(shown).to_contain_text("Arbeitskreis Mädchen")
    await expect(name).to_be_focused()
    await expect(page.locator("#announcer")).to_have_text(T.n("twins.said", 1))
    see = page.get_by_role("link", name=T("twins.see"))
    await expect(see).to_have_attribute("href", f"/w/probe/c/{card.id}")
    await page.get_by_role("button", name=T("twins.another")).tap()
    await expect(shown).to_have_count(0)
    await page.get_by_role("radio", name="Netzwerk").check()
    await page.locator("[name=section]").select_option("s1")
    await page.get_by_role("button", name=T("pin.send")).tap()
    await page.wait_for_url("**/mine/**")


async def test_a_name_that_hangs_already_is_asked_back_and_pinned_on_the_second_tap(
    server: Running, people: People
) -> None:
    await hang(server, "Arbeitskreis Mädchen")
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    await page.locator("[name=name]").fill("AK Mädchen")
    await page.get_by_role("radio", name="Netzwerk").check()
    await page.locator("[name=section]").select_option("s1")
    await page.get_by_role("button", name=T("pin.send")).tap()
    await expect(page.locator("#problem")).to_be_focused()
    await expect(page.locator("#problem")).to_contain_text(T("error.looks_like.message"))
    await expect(page.locator("[name=name]")).to_have_value("AK Mädchen")
    await page.get_by_role("button", name=T("twins.anyway")).tap()
    await page.wait_for_url("**/mine/**")


async def test_another_name_takes_the_suggestion_away(server: Running, people: People) -> None:
    await hang(server, "Arbeitskreis Mädchen")
    page = await people.one(server.url)
    await page.goto("/w/probe/pin")
    await page.locator("[name=name]").fill("Arbeitskreis Mädchen")
    await expect(page.locator("similar-cards .twin")).to_have_count(1)
    await page.locator("[name=name]").fill("Arbeitskreis Jungen")
    await expect(page.locator("similar-cards .twin")).to_have_count(0)
