"""Views and filters of a wall in a browser: by keyboard, back and forth, without a script, and while cards arrive."""

import io
import re

import pytest_asyncio
from playwright.async_api import Locator, Page, expect
from pypdf import PdfReader

from tests.browser.people import PHONE, People, live
from tests.makers import Running, hang, until
from wall.words import words as sentences

t = sentences("de")
CARDS = {
    "Amt": {"topics": ["Umwelt"], "districts": ["Connewitz"], "offers": "Räume", "members": ["Beispielverein"]},
    "Bund": {"topics": ["Jugend", "Umwelt"], "kind": "Forum", "section": "s2", "members": ["Beispielverein", "Büro"]},
    "Chor": {"topics": ["Jugend"], "districts": ["Grünau-Mitte", "Connewitz"], "newcomers": "yes"},
}


@pytest_asyncio.fixture(loop_scope="session")
async def wall(server: Running) -> Running:
    for name, more in CARDS.items():
        await hang(server, name, **more)
    return server


async def shows(page: Page, *names: str) -> None:
    """Wait until what was found are these, in this order."""
    await expect(page.locator("#results .card__name, #results tbody th a")).to_have_text(list(names))


def tab(page: Page, view: str) -> Locator:
    return page.get_by_role("navigation", name=t("view.label")).get_by_role("link", name=t(f"view.{view}"))


async def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Reach something by Tab alone, from where the focus is, and press a key on it."""
    await target.wait_for()
    for _ in range(60):
        if await target.evaluate("one => one === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await expect(target).to_be_focused()
    await page.keyboard.press(key)


async def test_filters_and_views_are_chosen_by_keyboard_and_back_restores_each(wall: Running, people: People) -> None:
    page = await live(await people.one(wall.url), "/w/probe")
    await shows(page, "Amt", "Chor", "Bund")
    topics = page.locator("#drop-topic")
    await press(page, topics.locator("summary"))
    jugend = page.locator("#f-topic-Jugend")
    await press(page, jugend)
    await page.wait_for_url("**/w/probe?topic=Jugend")
    await shows(page, "Chor", "Bund")
    await expect(jugend).to_be_focused()  # the list stays open for another choice
    await expect(jugend).to_have_attribute("aria-current", "true")
    await expect(topics).to_have_attribute("open", "")
    await page.keyboard.press("Escape")
    await press(page, page.locator("#f-kind-Forum"))
    await shows(page, "Bund")
    await press(page, page.get_by_role("link", name=re.compile("Jugend")).last)  # takes the topic back
    await page.wait_for_url("**/w/probe?kind=Forum")
    await page.evaluate("document.querySelector('.skip').focus()")
    await press(page, tab(page, "table"))
    await page.wait_for_url("**/w/probe?kind=Forum&view=table")
    await expect(page.get_by_role("row")).to_have_count(2)
    await page.evaluate("document.querySelector('.skip').focus()")
    await press(page, page.locator("#clear"))
    await press(page, page.locator("#sort-name"))
    await shows(page, "Chor", "Bund", "Amt")
    await expect(page.locator("#sort-name")).to_be_focused()
    await expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    for address, names in (
        ("?view=table", ["Amt", "Bund", "Chor"]),
        ("?kind=Forum&view=table", ["Bund"]),
        ("?kind=Forum", ["Bund"]),
        ("?topic=Jugend&kind=Forum", ["Bund"]),
        ("?topic=Jugend", ["Chor", "Bund"]),
        ("", ["Amt", "Chor", "Bund"]),
    ):
        await page.go_back()
        await shows(page, *names)
        assert page.url.endswith(f"/w/probe{address}")
    await page.go_forward()
    await shows(page, "Chor", "Bund")


async def test_back_returns_to_where_one_was(wall: Running, people: People) -> None:
    for n in range(12):
        await hang(wall, f"Karte {n}", description="Etwas Text. " * 12)
    page = await live(await people.one(wall.url, PHONE), "/w/probe?view=list")
    await page.evaluate("scrollTo({top: 900, behavior: 'instant'})")
    await until(lambda: page.evaluate("history.state?.y === 900"))
    await page.evaluate("document.querySelector('#view-table').click()")
    await page.get_by_role("table").wait_for()
    await page.go_back()
    await until(lambda: page.evaluate("scrollY === 900"))


async def test_a_filtered_wall_takes_what_fits_and_its_counts_follow(wall: Running, people: People) -> None:
    reader = await live(await people.one(wall.url), "/w/probe?topic=Umwelt&view=list")
    other = await live(await people.one(wall.url), "/w/probe")
    count = reader.locator("#f-kind-Forum .facet__count")
    await expect(count).to_have_text("1")
    await hang(wall, "Wald", topics=["Umwelt"], kind="Forum")
    await hang(wall, "Jugendhaus", topics=["Jugend"], kind="Forum")
    await expect(reader.locator(".card__name", has_text="Wald")).to_be_visible()
    await expect(reader.locator(".card__name", has_text="Jugendhaus")).to_have_count(0)
    await expect(count).to_have_text("2")
    await expect(reader.locator(".found__count")).to_have_text(t.n("count.found", 3))
    await expect(other.locator("#f-kind-Forum .facet__count")).to_have_text("3")
    await expect(other.locator("[data-card]")).to_have_count(5)


async def test_what_fits_waits_for_who_has_scrolled_down(wall: Running, people: People) -> None:
    for n in range(12):
        await hang(wall, f"Wiese {n}", topics=["Umwelt"], description="Etwas Text. " * 12)
    page = await live(await people.one(wall.url, PHONE), "/w/probe?topic=Umwelt")
    await page.evaluate("scrollTo({top: 900, behavior: 'instant'})")
    await hang(wall, "Stadt", topics=["Jugend"])
    await hang(wall, "Wald", topics=["Umwelt"], section="s1")
    waiting = page.get_by_role("button", name=t.n("live.new", 1))
    await waiting.wait_for()
    await expect(page.locator(".card__name", has_text="Wald")).to_have_count(0)
    assert await page.evaluate("scrollY") == 900
    await waiting.click()
    await expect(page.locator(".card__name", has_text="Wald")).to_be_visible()
    await expect(waiting).to_have_count(0)


async def test_every_view_is_read_without_a_script(wall: Running, people: People) -> None:
    page = await people.one(wall.url, java_script_enabled=False)
    await page.goto("/w/probe")
    await tab(page, "list").click()
    await shows(page, "Amt", "Chor", "Bund")
    await page.get_by_role("link", name=t("sort.name")).click()
    await shows(page, "Amt", "Bund", "Chor")
    await tab(page, "table").click()
    await page.get_by_role("link", name=t("table.kind"), exact=True).click()
    await page.wait_for_url("**/w/probe?view=table&sort=kind")
    await shows(page, "Bund", "Amt", "Chor")
    await page.locator("#f-open").click()
    await shows(page, "Chor")
    await page.get_by_role("searchbox").fill("amt")
    await page.get_by_role("button", name=t("wall.search_go")).click()
    await page.wait_for_url("**/w/probe?q=amt&open=1&view=table&sort=kind")
    await expect(page.get_by_role("heading", name=t("wall.none_title"))).to_be_visible()
    await page.get_by_role("link", name=t("wall.clear")).first.click()
    await page.wait_for_url("**/w/probe?view=table&sort=kind")
    await tab(page, "map").click()
    await page.get_by_role("link", name=f"Connewitz: {t.n('count.cards', 2)}").click()
    await shows(page, "Amt", "Chor")
    await page.locator(".districts").get_by_role("link", name=re.compile("Grünau-Mitte")).click()
    await page.wait_for_url("**/w/probe?district=Connewitz&district=Gr%C3%BCnau-Mitte&view=map")
    await page.get_by_role("link", name=t("wall.clear")).click()
    await tab(page, "graph").click()
    await page.locator(".net__label", has_text="Beispielverein").click()
    await expect(page.locator(".net__one--member")).to_have_count(2)
    await expect(page.locator(".found__count")).to_have_text(t.n("count.found", 2))
    await page.locator(".net__name", has_text="Bund").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Bund")


async def test_map_and_net_are_used_by_keyboard_and_follow_the_wall(wall: Running, people: People) -> None:
    page = await live(await people.one(wall.url), "/w/probe?view=map")
    await press(page, page.get_by_role("link", name=f"Connewitz: {t.n('count.cards', 2)}"))
    await shows(page, "Amt", "Chor")
    district = page.get_by_role("link", name=f"Connewitz: {t.n('count.cards', 2)}")
    await expect(district).to_be_focused()
    await expect(district).to_have_attribute("aria-current", "true")
    await hang(wall, "Dorf", districts=["Connewitz"], members=["Büro"])
    await expect(page.get_by_role("link", name=f"Connewitz: {t.n('count.cards', 3)}")).to_be_visible()
    await shows(page, "Amt", "Chor", "Dorf")
    await page.goto("/w/probe?view=graph")
    await expect(page.locator(".net__edge")).to_have_count(4)
    await press(page, page.locator("svg").get_by_role("link", name="Büro"))
    await page.wait_for_url("**/w/probe?member=B%C3%BCro&view=graph")
    await expect(page.locator("svg a[data-hue]")).to_have_count(2)
    await page.go_back()
    await expect(page.locator(".net__edge")).to_have_count(4)


async def test_every_view_fits_a_window_zoomed_to_four_hundred_percent(wall: Running, people: People) -> None:
    small = {"width": 320, "height": 256}
    page = await people.one(wall.url, small, forced_colors="active", reduced_motion="reduce")
    for view in ("wall", "list", "table", "map", "graph"):
        await page.goto(f"/w/probe?view={view}&topic=Umwelt&topic=Jugend")
        await expect(tab(page, view)).to_be_in_viewport(ratio=0.1)
        assert await page.evaluate("document.documentElement.scrollWidth") == 320, view
        await page.locator("summary", has_text=t("filter.title")).click()
        await page.locator("#drop-district summary").click()
        await page.locator("#f-district-Connewitz").click()
        await expect(page.locator(".chosen__one")).to_have_count(3)
        assert await page.evaluate("document.documentElement.scrollWidth") == 320, view


async def test_on_paper_the_table_has_every_row_and_column(wall: Running, people: People) -> None:
    for number in range(60):
        await hang(wall, f"Runde {number:02}", meeting="montags")
    page = await people.one(wall.url)
    await page.goto("/w/probe?view=table")
    paper = PdfReader(io.BytesIO(await page.pdf(format="A4", prefer_css_page_size=True)))
    said = " ".join(sheet.extract_text() for sheet in paper.pages)
    assert {f"Runde {number:02}" for number in range(60)} <= set(re.findall(r"Runde \d\d", said))
    assert said.count(t("table.newest")) == len(paper.pages), "each sheet has the heads, to the last"
