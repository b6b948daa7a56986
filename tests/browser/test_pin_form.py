"""The pin form with its script: it complains while one writes, sends once, and never loses the words."""

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.people import PHONE, People
from tests.makers import Running, until
from wall.words import words

BOTH = pytest.mark.parametrize("language", ["de", "en"])
NAME = "Bündnis „Offene Höfe“"


async def written(server: Running, people: People, language: str) -> Page:
    """A phone that has filled in the form and not yet sent it."""
    page = await people.one(server.url, PHONE, language)
    await page.goto("/w/probe/pin")
    await page.locator("[name=name]").fill(NAME)
    await page.get_by_role("radio", name="Netzwerk").check()
    await page.locator("[name=section]").select_option("s2")
    return page


async def pinned(server: Running) -> list[str]:
    room = await server.house.hub.room("probe")
    return [card.name for card in room.board.with_status("pending")]


@BOTH
async def test_the_form_complains_in_place_and_sends_nothing(server: Running, people: People, language: str) -> None:
    t = words(language)
    page = await people.one(server.url, PHONE, language)
    await page.goto("/w/probe/pin")
    name, send = page.locator("[name=name]"), page.get_by_role("button", name=t("pin.send"))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await send.tap()
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_accessible_description(t("complaint.missing"))
    await name.fill("N" * 130)
    await page.locator("[name=description]").focus()
    await expect(name).to_have_accessible_description(t("complaint.too_long", max=120, length=130))
    await name.fill(NAME)
    await page.locator("[name=description]").focus()
    await expect(name).not_to_have_attribute("aria-invalid", "true")
    await expect(name).to_have_accessible_description("")
    assert sent == []


@BOTH
async def test_what_only_the_server_knows_comes_back_with_the_words_kept(
    server: Running, people: People, language: str
) -> None:
    t = words(language)
    page = await written(server, people, language)
    await page.locator("summary", has_text=t("form.more")).tap()
    await page.locator("[name=website]").fill("kein Link")
    await page.get_by_role("button", name=t("pin.send")).tap()
    await expect(page.locator("#complaints")).to_be_focused()
    await expect(page.locator("#complaints")).to_contain_text(t("complaint.not_a_link"))
    await expect(page.locator("[name=website]")).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("[name=website]")).to_have_value("kein Link")
    await expect(page.locator("[name=name]")).to_have_value(NAME)
    await page.locator("[name=website]").fill("https://beispiel.invalid")
    await page.get_by_role("button", name=t("pin.send")).tap()
    await page.wait_for_url("**/mine/**")
    assert await pinned(server) == [NAME]


@BOTH
@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_words_survive_a_dead_connection_and_a_retry_makes_one_card(
    server: Running, people: People, language: str, lost: str
) -> None:
    t = words(language)
    page = await written(server, people, language)

    async def cut(route: Route) -> None:
        if lost == "answer":
            await route.fetch(max_redirects=0)
        await route.abort("connectionreset")

    await page.route("**/w/probe/pin", cut)
    await page.get_by_role("button", name=t("pin.send")).tap()
    await expect(page.get_by_role("alert")).to_contain_text(t("js.pin_failed"))
    await expect(page.locator("[name=name]")).to_have_value(NAME)
    await expect(page.locator("[name=section]")).to_have_value("s2")
    assert await pinned(server) == ([NAME] if lost == "answer" else [])
    await page.unroute("**/w/probe/pin")
    await page.get_by_role("button", name=t("js.retry")).tap()
    await page.wait_for_url("**/mine/**")
    assert await pinned(server) == [NAME]


async def test_a_double_tap_makes_one_card(server: Running, people: People) -> None:
    page = await written(server, people, "de")
    sent, go = [], asyncio.Event()

    async def hold(route: Route) -> None:
        sent.append(route.request.post_data)
        await go.wait()
        await route.continue_()

    await page.route("**/w/probe/pin", hold)
    send = page.locator("pin-form button:not([type=button])")
    await send.tap()
    await until(lambda: sent)
    await send.tap(force=True)
    await page.locator("[name=name]").press("Enter")
    await expect(send).to_have_text(words("de")("js.sending"))
    go.set()
    await page.wait_for_url("**/mine/**")
    assert len(sent) == 1
    assert await pinned(server) == [NAME]


async def test_going_back_and_sending_once_more_makes_no_second_card(server: Running, people: People) -> None:
    page = await written(server, people, "de")
    await page.get_by_role("button", name=words("de")("pin.send")).tap()
    await page.wait_for_url("**/mine/**")
    first = page.url
    await page.go_back()
    if await page.locator("[name=name]").input_value() == NAME:  # the browser may bring the old form back
        await page.get_by_role("button", name=words("de")("pin.send")).tap()
        await page.wait_for_url("**/mine/**")
        assert page.url == first
    assert await pinned(server) == [NAME]


@BOTH
async def test_a_half_written_card_is_still_there_after_a_reload(
    server: Running, people: People, language: str
) -> None:
    t = words(language)
    page = await written(server, people, language)
    await page.reload()
    await expect(page.get_by_text(t("js.draft"))).to_be_visible()
    await expect(page.locator("[name=name]")).to_have_value(NAME)
    await expect(page.get_by_role("radio", name="Netzwerk")).to_be_checked()
    await expect(page.locator("[name=section]")).to_have_value("s2")
    await page.get_by_role("button", name=t("js.draft_drop")).tap()
    await expect(page.locator("[name=name]")).to_have_value("")
    await page.reload()
    await expect(page.get_by_text(t("js.draft"))).to_have_count(0)
    await expect(page.locator("[name=name]")).to_have_value("")


async def test_a_sent_card_leaves_no_draft_behind(server: Running, people: People) -> None:
    page = await written(server, people, "de")
    await page.get_by_role("button", name=words("de")("pin.send")).tap()
    await page.wait_for_url("**/mine/**")
    await page.goto("/w/probe/pin")
    await expect(page.locator("[name=name]")).to_have_value("")
    assert await page.evaluate("localStorage.length") == 0
