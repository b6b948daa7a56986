"""Pages of last month, still open after a deploy: they ask to be loaded anew, and lose nobody's words."""

import time

import pytest
from playwright.async_api import expect

from tests.browser.people import PHONE, People, live
from tests.makers import make_wall, running
from wall import app
from wall.settings import Settings
from wall.web.assets import Assets
from wall.words import words

t = words("de")
MONTH = 31 * 86400


class Newer(Assets):
    """The files of the next release."""

    def __init__(self) -> None:
        super().__init__()
        self.release = "next"


async def test_a_page_of_last_month_asks_to_be_loaded_anew_and_its_form_is_taken(
    settings: Settings, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 44: what could not be sent waits in the form, with its key, and is sent to the next release"""
    async with running(settings) as server:
        await make_wall(server.house.database)
        wall = await live(await people.one(server.url), "/w/probe")
        phone, other, cut_off = [await people.one(server.url, PHONE) for _ in range(3)]
        for page, name in ((phone, "Von damals"), (other, "Noch nicht fertig"), (cut_off, "Nicht angekommen")):
            await page.goto("/w/probe/pin")
            await page.locator("[name=name]").fill(name)
            await page.get_by_role("radio", name="Netzwerk").check()
            await page.locator("[name=section]").select_option("s2")
        await cut_off.route("**/w/probe/pin", lambda route: route.abort("connectionreset"))
        await cut_off.get_by_role("button", name=t("pin.send")).tap()
        await expect(cut_off.get_by_role("alert")).to_contain_text(t("js.pin_failed"))
        await cut_off.unroute("**/w/probe/pin")
    monkeypatch.setattr(app, "Assets", Newer)
    async with running(settings) as server:
        server.house.mint.clock = lambda: time.time() + MONTH
        await phone.get_by_role("button", name=t("pin.send")).tap()
        await phone.wait_for_url("**/mine/**")
        await cut_off.get_by_role("button", name=t("js.retry")).tap()
        await cut_off.wait_for_url("**/mine/**")
        cards = (await server.house.hub.room("probe")).board.with_status("pending")
        assert [card.name for card in cards] == ["Von damals", "Nicht angekommen"]
        await other.reload()
        await expect(other.locator("[name=name]")).to_have_value("Noch nicht fertig")
        await expect(wall.get_by_text(t("js.release"))).to_be_visible(timeout=30_000)
        await wall.get_by_role("button", name=t("js.reload")).click()
        await expect(wall.locator("html[data-release=next]")).to_be_attached()
        await live(wall)
        await expect(wall.get_by_text(t("js.release"))).to_have_count(0)
