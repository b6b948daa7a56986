"""Every page there is, in both languages, light and dark, on phone and desk: accessible, in bounds, private, quiet."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser import deeds
from tests.browser.every_page import EVERY
from tests.browser.people import DESK, PHONE, People
from tests.browser.town import GUESTS, TEAM, Town, furnish
from tests.letters import mail_server
from tests.makers import make_settings, running, sign_in_link
from wall.model.roles import Role

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Dark changes nothing but colours, and no colour hangs on the language: what depends on neither is looked at once.
COLOURS = ["color-contrast", "link-in-text-block"]
LOOKS = {"de": {"light": TAGS, "dark": COLOURS}, "en": {"light": TAGS}}
AXE = """async ([runOnly, covered]) => {
  const rules = runOnly.includes("wcag22aa") ? { "target-size": { enabled: !covered } } : {};
  const found = await axe.run({ runOnly, resultTypes: ["violations"], rules });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 4).join("  ")}`);
}"""
# What sticks out of the window, unless it lies in something that is meant to scroll.
OUTSIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) <= width) return [];
  const scrolls = (one) => ["auto", "scroll", "hidden"].includes(getComputedStyle(one).overflowX);
  const kept = (one) => one && one !== document.body && (scrolls(one) || kept(one.parentElement));
  const wide = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > width + 1);
  return wide.filter((one) => !kept(one.parentElement)).map((one) => one.outerHTML.slice(0, 120)).slice(0, 6);
}"""
STORED = """async () => [
  ...Object.keys(localStorage), ...Object.keys(sessionStorage), ...document.cookie.split(";").filter(Boolean),
  ...(await navigator.serviceWorker.getRegistrations()).map((worker) => worker.scope),
]"""


@pytest.fixture(scope="module")
def file(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for all pages: nobody who only looks changes anything."""
    return Path(shutil.copy(migrated, tmp_path_factory.mktemp("town")))


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's own script."""
    return Path(os.environ["TEST_AXE"]).read_text("utf-8")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(file: Path, chromium: Browser) -> AsyncIterator[Town]:
    async with mail_server() as box, running(make_settings(f"sqlite:///{file}", **box.settings)) as server:
        people = People(chromium)
        town = Town(server, people, await furnish(server), {})
        for language in ("de", "en"):
            for role in (*GUESTS, *TEAM):
                page = await people.one(server.url, language=language, reduced_motion="reduce")
                if role in TEAM:
                    email = f"{role}-{language}@beispiel.invalid"
                    rank: Role = "owner" if role == "owner" else "moderator"
                    await page.goto(await sign_in_link(server.house.database, email, TEAM[role], rank))
                    await page.locator("main button").click()
                    await page.wait_for_url("**/account")
                town.pages[role, language] = page
        yield town
        await people.leave()


async def visit(town: Town, name: str, language: str) -> Page:
    """Open a page in the state its name says; the status of the last answer must be the one expected."""
    role, address, expected, do = EVERY[name]
    page = town.pages[role, language]
    await page.set_viewport_size(DESK)
    answer = await page.goto(address.format_map(town.ids))
    assert answer is not None
    status = await do(page, town) if do is not None else answer.status
    assert status == expected
    assert await page.locator("html").get_attribute("lang") == language
    return page


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", EVERY)
async def test_every_page_is_accessible_in_bounds_private_and_quiet(
    town: Town, axe: str, name: str, language: str
) -> None:
    town.people.troubles.clear()
    town.people.origins.clear()
    page = await visit(town, name, language)
    await page.evaluate(axe)
    found: list[str] = []
    covered = EVERY[name][3] is deeds.open_menus
    for scheme, rules in LOOKS[language].items():
        await page.emulate_media(color_scheme=scheme)
        for size in (PHONE, DESK):
            await page.set_viewport_size(size)
            # in a window as tall as the page no bar that sticks to its edge lies over a field by chance
            tall = await page.evaluate("Math.max(innerHeight, document.documentElement.scrollHeight)")
            await page.set_viewport_size({"width": size["width"], "height": tall})
            found += [f"{scheme} {size['width']}: {each}" for each in await page.evaluate(AXE, [rules, covered])]
    for width in (320, 390, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        found += [f"sticks out at {width}: {each}" for each in await page.evaluate(OUTSIDE)]
    if EVERY[name][0] == "reader":
        found += [f"kept: {each}" for each in await page.evaluate(STORED)]
        found += [f"cookie: {cookie['name']}" for cookie in await page.context.cookies()]
    found += town.people.troubles
    found += sorted(town.people.origins - {town.server.url.split("//")[1]})
    assert not found, "\n".join(["", *found])
