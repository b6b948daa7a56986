"""A flood as an honest phone meets it, and a wall in somebody else's page."""

import time

from playwright.async_api import Route, expect

from tests.browser.people import PHONE, People
from tests.makers import Running, hang, make_wall, until
from wall.web.budgets import BUDGETS
from wall.words import words

t = words("de")


async def test_in_a_flood_the_phone_does_a_little_work_and_pins(server: Running, people: People) -> None:
    """ABUSE 37: neither the wall's flood nor a neighbour that used up the small budget is in its way"""
    limits = server.house.limits
    for budget, who in (("pin to wall", "probe"), ("pin in doubt", "127.0.0.1"), ("pin", "127.0.0.1")):
        for _ in range(BUDGETS[budget].allowed(1)):
            limits.spend(budget, who)
    now = time.time()
    limits.clock = lambda: now
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    server.house.mint.clock = lambda: time.time() + 10  # as if it had taken that long to write
    await page.locator("[name=name]").fill("Runder Tisch Grünau")
    await page.get_by_role("radio", name="Netzwerk").check()
    await page.locator("[name=section]").select_option("s2")
    await page.get_by_role("button", name=t("pin.send")).tap()  # the work may still go on: it is waited for
    await page.wait_for_url("**/mine/**")
    assert (await server.house.hub.room("probe")).board.waiting() == 1


async def test_a_refused_phone_keeps_its_words_works_and_is_taken(server: Running, people: People) -> None:
    """ABUSE 37: the form was open before the flood began"""
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    assert await page.locator("proof-of-work").count() == 0
    limits, now = server.house.limits, time.time()
    limits.clock = lambda: now
    server.house.mint.clock = lambda: now + 10
    for budget, who in (("pin to wall", "probe"), ("pin in doubt", "127.0.0.1")):
        for _ in range(BUDGETS[budget].allowed(1)):
            limits.spend(budget, who)
    await page.locator("[name=name]").fill("Runder Tisch Grünau")
    await page.get_by_role("radio", name="Netzwerk").check()
    await page.locator("[name=section]").select_option("s2")
    send = page.get_by_role("button", name=t("pin.send"))
    await send.tap()
    await expect(page.locator("#problem")).to_contain_text(t("pin.too_many"))
    await expect(page.locator("[name=name]")).to_have_value("Runder Tisch Grünau")
    await send.tap()
    await page.wait_for_url("**/mine/**")
    assert (await server.house.hub.room("probe")).board.waiting() == 1


async def test_people_and_screen_readers_do_not_meet_the_trap(server: Running, people: People) -> None:
    """ABUSE 37"""
    page = await people.one(server.url)
    await page.goto("/w/probe/pin")
    assert not await page.locator("[name=subject]").is_visible()
    assert t("pin.trap") not in await page.locator("main").aria_snapshot()


async def test_a_wall_lives_in_a_page_that_may_show_it_and_in_no_other(server: Running, people: People) -> None:
    """ABUSE 29"""
    await make_wall(server.house.database, "gezeigt", embed_origins=["https://www.beispiel.invalid"])
    await hang(server, "Erste", slug="gezeigt")

    async def other_site(route: Route) -> None:
        frame = f'<iframe src="{server.url}/w/gezeigt" width="900" height="700"></iframe>'
        await route.fulfill(content_type="text/html", body=f"<!doctype html><title>Stadt</title>{frame}")

    page = await people.one(server.url)
    await page.context.grant_permissions(["local-network-access"])  # the browser knows that the test is at home
    await page.context.route("https://*.beispiel.invalid/**", other_site)
    await page.goto("https://www.beispiel.invalid/")
    shown = page.frame_locator("iframe")
    await expect(shown.get_by_text("Erste")).to_be_visible()
    await shown.locator("wall-live[data-state=live]").wait_for(state="attached")
    await hang(server, "Zweite", slug="gezeigt")
    await expect(shown.get_by_text("Zweite")).to_be_visible()
    async with page.context.expect_page() as opened:
        await shown.get_by_role("link", name=t("wall.pin")).click()
    pinning = await opened.value
    await expect(pinning.locator("[name=name]")).to_be_visible()
    assert pinning.url == f"{server.url}/w/gezeigt/pin"
    await page.goto("https://andere.beispiel.invalid/")
    await until(lambda: [said for said in people.troubles if "frame-ancestors" in said], "the browser's refusal")
    assert await shown.get_by_text("Erste").count() == 0
    people.troubles = [said for said in people.troubles if "frame-ancestors" not in said]
