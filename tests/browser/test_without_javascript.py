"""Reading, searching, pinning and moderating work in a browser that runs no script at all."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.people import PHONE, People
from tests.makers import Running, sign_in_link, words
from wall.actions.moderate import approve
from wall.actions.pin import pin
from wall.model.roles import GUEST, SYSTEM
from wall.words import words as sentences

t = sentences("de")
CARDS = {
    "Netzwerk Klima": {"topics": ["Umwelt"], "districts": ["Connewitz"]},
    "Stammtisch Jugend": {"topics": ["Jugend"], "kind": "Stammtisch", "section": "s2"},
    "Runder Tisch Grünau": {"topics": ["Jugend"], "kind": "Runder Tisch", "districts": ["Grünau-Mitte"]},
}


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"on_{request.param}")
    return url


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(server: Running, people: People) -> Page:
    """A reader's page on a phone; three cards hang on the wall."""
    room = await server.house.hub.room("probe")
    for name, more in CARDS.items():
        done = await pin(server.house.ledger, room.board.wall, words(name, **more), f"key {name}", GUEST)
        await approve(server.house.ledger, room.board.wall, done.card.id, SYSTEM)
    return await people.one(server.url, PHONE, java_script_enabled=False)


@pytest_asyncio.fixture(loop_scope="session")
async def team(server: Running, people: People, visitor: Page) -> AsyncIterator[Page]:
    """The page of who leads the wall, at a desk, signed in by a one-time link."""
    page = await people.one(server.url, java_script_enabled=False)
    await page.goto(await sign_in_link(server.house.database, "mod@beispiel.invalid", "probe", "owner"))
    await page.get_by_role("button", name=t("sign_in.link_go")).click()
    await page.wait_for_url("**/account")
    yield page


def card(page: Page, name: str) -> Locator:
    return page.locator("[data-card]", has=page.get_by_role("heading", name=name))


async def shows(page: Page, *names: str, section: str = "") -> None:
    """Wait until the page's cards, or those of a section, are these, in this order."""
    within = f"[data-section='{section}']" if section else ""
    await expect(page.locator(f"[data-cards]{within} > [data-card] h3")).to_have_text(list(names))


async def write(page: Page, **texts: str) -> None:
    """Fill in a card's form."""
    for name, text in texts.items():
        control = page.locator(f"[name='{name}']")
        if name == "kind":
            await page.get_by_role("radio", name=text, exact=True).check()
        elif name == "section":
            await control.select_option(label=text)
        else:
            await control.fill(text)


async def choose(page: Page, name: str, value: str) -> None:
    """Choose a value of one of the folded filters."""
    await page.locator("summary", has_text=t("filter.title")).click()
    await page.locator("summary", has_text=t(f"filter.{name}")).click()
    await page.get_by_role("link", name=re.compile(value)).first.click()


async def test_a_reader_finds_a_card_by_words_and_filters(visitor: Page) -> None:
    await visitor.goto("/")
    await visitor.get_by_role("link", name="Probewand").click()
    await shows(visitor, "Netzwerk Klima", "Runder Tisch Grünau", "Stammtisch Jugend")
    await visitor.get_by_role("searchbox").fill("klima")
    await visitor.get_by_role("button", name=t("wall.search_go")).click()
    await visitor.wait_for_url("**/w/probe?q=klima")
    await shows(visitor, "Netzwerk Klima")
    await visitor.get_by_role("link", name=t("wall.clear")).click()
    await visitor.wait_for_url("**/w/probe")
    await visitor.locator("summary", has_text=t("filter.title")).click()
    await visitor.get_by_role("link", name="Stammtisch 1", exact=True).click()
    await shows(visitor, "Stammtisch Jugend")
    await visitor.goto("/w/probe")
    await choose(visitor, "topic", "Jugend")
    await shows(visitor, "Runder Tisch Grünau", "Stammtisch Jugend")
    await visitor.goto("/w/probe")
    await choose(visitor, "district", "Grünau-Mitte")
    await shows(visitor, "Runder Tisch Grünau")
    await visitor.get_by_role("link", name=t.n("filter.whole_city", 1)).click()
    await shows(visitor, "Runder Tisch Grünau", "Stammtisch Jugend")
    await visitor.get_by_role("link", name="Runder Tisch Grünau").click()
    await expect(visitor.get_by_role("heading", level=1)).to_have_text("Runder Tisch Grünau")
    assert await visitor.context.cookies() == []


async def test_a_complaint_keeps_the_words_and_the_mended_form_is_taken(visitor: Page, server: Running) -> None:
    await visitor.goto("/w/probe/pin")
    await write(visitor, name="Bündnis Wohnen", kind="Netzwerk", section="Stammtische", description="Wir reden.")
    await visitor.locator("summary", has_text=t("form.more")).click()
    await visitor.locator("[name=website]").fill("http://kein Link")
    async with visitor.expect_navigation() as answer:
        # the browser itself would complain about the address: ask the server
        await visitor.evaluate("document.querySelector('main form[method=post]').noValidate = true")
        await visitor.get_by_role("button", name=t("pin.send")).click()
    response = await answer.value
    assert response is not None
    assert response.status == 422
    await expect(visitor.get_by_role("alert").first).to_contain_text(t("complaint.not_a_link"))
    await expect(visitor.locator("[name=website]")).to_have_attribute("aria-invalid", "true")
    await visitor.get_by_role("link", name=t("complaint.not_a_link")).click()
    await expect(visitor.locator("[name=website]")).to_be_visible()
    await expect(visitor.locator("[name=name]")).to_have_value("Bündnis Wohnen")
    await expect(visitor.locator("[name=description]")).to_have_value("Wir reden.")
    await expect(visitor.locator("[name=website]")).to_have_value("http://kein Link")
    await expect(visitor.get_by_role("radio", name="Netzwerk")).to_be_checked()
    await visitor.locator("[name=website]").fill("beispiel.invalid")
    await visitor.locator("[name=website]").evaluate("input => input.type = 'text'")
    await visitor.get_by_role("button", name=t("pin.send")).click()
    await visitor.wait_for_url("**/mine/**")
    room = await server.house.hub.room("probe")
    assert [(c.name, c.website) for c in room.board.with_status("pending")] == [
        ("Bündnis Wohnen", "https://beispiel.invalid")
    ]


async def test_an_author_changes_and_withdraws_a_card_by_its_link(visitor: Page, team: Page) -> None:
    await visitor.goto("/w/probe/pin")
    await write(visitor, name="Kurzlebig", kind="Netzwerk", section="Bündnisse")
    await visitor.get_by_role("button", name=t("pin.send")).click()
    await visitor.wait_for_url("**/mine/**")
    await expect(visitor.get_by_text(t("mine.new_pending"))).to_be_visible()
    await visitor.goto(await visitor.get_by_label(t("mine.link")).input_value())
    await write(visitor, name="Langlebig")
    await visitor.get_by_role("button", name=t("form.save")).click()
    await expect(visitor.get_by_role("heading", level=1)).to_have_text("Langlebig")
    await team.goto("/w/probe/queue")
    await shows(team, "Langlebig")
    await visitor.locator("summary", has_text=t("mine.withdraw")).click()
    await visitor.get_by_role("button", name=t("mine.withdraw_now")).click()
    await expect(visitor.get_by_text(t("status.withdrawn"))).to_be_visible()
    await team.reload()
    await shows(team)


async def test_a_moderator_approves_and_rejects_in_the_queue(team: Page, visitor: Page) -> None:
    for name in ("Gut", "Nicht gut"):
        await visitor.goto("/w/probe/pin")
        await write(visitor, name=name, kind="Forum", section="Bündnisse")
        await visitor.get_by_role("button", name=t("pin.send")).click()
        await visitor.wait_for_url("**/mine/**")
    await team.goto("/w/probe/queue")
    await card(team, "Nicht gut").locator("summary", has_text=t("tools.reject")).click()
    await card(team, "Nicht gut").get_by_role("radio", name=t("reason_short.advert")).check()
    await card(team, "Nicht gut").get_by_role("button", name=t("tools.reject_now")).last.click()
    await team.wait_for_url("**/w/probe/queue?done=reject*")
    await shows(team, "Gut")
    await card(team, "Gut").get_by_role("button", name=t("tools.approve")).click()
    await team.wait_for_url("**/w/probe/queue?done=approve*")
    await expect(team.get_by_text(t("queue.done_title"))).to_be_visible()
    await visitor.reload()
    await expect(visitor.get_by_text(t("status.rejected"))).to_be_visible()
    await visitor.goto("/w/probe")
    await shows(visitor, "Netzwerk Klima", "Runder Tisch Grünau", "Gut", "Stammtisch Jugend")


async def test_a_moderator_edits_hides_shows_and_moves_cards_by_menus(team: Page, visitor: Page) -> None:
    async def choose(name: str, label: str) -> None:
        await card(team, name).locator("summary").click()
        await card(team, name).get_by_role("button", name=label, exact=True).click()

    await team.goto("/w/probe")
    await shows(team, "Netzwerk Klima", "Runder Tisch Grünau", section="s1")
    await choose("Netzwerk Klima", t("tools.down"))
    await shows(team, "Runder Tisch Grünau", "Netzwerk Klima", section="s1")
    await choose("Netzwerk Klima", t("tools.up"))
    await shows(team, "Netzwerk Klima", "Runder Tisch Grünau", section="s1")
    menu = card(team, "Netzwerk Klima")
    await menu.locator("summary").click()
    await menu.get_by_label(t("tools.move_to")).select_option(label="Stammtische")
    await menu.get_by_role("button", name=t("tools.move"), exact=True).click()
    await shows(team, "Netzwerk Klima", "Stammtisch Jugend", section="s2")
    await choose("Netzwerk Klima", t("tools.hide"))
    await expect(card(team, "Netzwerk Klima")).to_have_attribute("data-hidden", "")
    await visitor.goto("/w/probe")
    await shows(visitor, "Runder Tisch Grünau", "Stammtisch Jugend")
    await team.goto("/w/probe/queue")
    await choose("Netzwerk Klima", t("tools.show"))
    await shows(team)
    await visitor.reload()
    await shows(visitor, "Runder Tisch Grünau", "Netzwerk Klima", "Stammtisch Jugend")
    await team.goto("/w/probe")
    await card(team, "Netzwerk Klima").locator("summary").click()
    await card(team, "Netzwerk Klima").get_by_role("link", name=t("tools.edit")).click()
    await write(team, name="Klima-Netzwerk")
    await team.get_by_role("button", name=t("form.save")).click()
    await expect(team.get_by_role("heading", level=1)).to_have_text("Klima-Netzwerk")


async def test_who_leads_the_wall_changes_the_settings(team: Page, visitor: Page) -> None:
    await team.goto("/w/probe/settings")
    await team.locator("[name=title]").fill("Wand der Probe")
    await team.locator("[name=sections]").fill("Bündnisse\nStammtische\nFeste")
    await team.get_by_role("button", name=t("form.save")).click()
    await expect(team.get_by_role("status").first).to_have_text(t("form.saved"))
    await team.locator("[name=sections]").fill("Stammtische")
    await team.get_by_role("button", name=t("form.save")).click()
    complaint = t("complaint.section_in_use", names="Bündnisse")
    await expect(team.get_by_role("alert").first).to_contain_text(complaint)
    await expect(team.locator("[name=sections]")).to_have_value("Stammtische")
    await visitor.goto("/w/probe")
    await expect(visitor.get_by_role("heading", level=1)).to_have_text("Wand der Probe")
    await expect(visitor.get_by_role("heading", name="Feste")).to_be_visible()


async def test_only_who_switches_the_language_gets_a_cookie_for_it(visitor: Page) -> None:
    await visitor.goto("/w/probe?q=klima")
    assert await visitor.context.cookies() == []
    await visitor.get_by_role("button", name=t("nav.other_language")).click()
    await visitor.wait_for_url("**/w/probe?q=klima")
    await expect(visitor.locator("html")).to_have_attribute("lang", "en")
    assert [cookie["name"] for cookie in await visitor.context.cookies()] == ["language"]
    await visitor.get_by_role("button", name=sentences("en")("nav.other_language")).click()
    await expect(visitor.locator("html")).to_have_attribute("lang", "de")


async def test_a_table_is_brought_in_and_taken_back_without_a_script(team: Page) -> None:
    table = "Titel;Art;Telefon\nChor Beispiel;Netzwerk;0341 1234567\nNetzwerk Klima;Netzwerk;\n;Netzwerk;\n"
    await team.goto("/w/probe/settings")
    await team.get_by_role("link", name=t("nav.import")).click()
    file = {"name": "karten.csv", "mimeType": "text/csv", "buffer": table.encode()}
    await team.get_by_label(t("import.file"), exact=True).set_input_files(file)
    await team.get_by_role("button", name=t("import.send")).click()
    check = team.get_by_role("button", name=t("import.check"))
    await expect(check).to_be_visible(timeout=60_000)  # a process of its own reads it
    await expect(team.get_by_label("Spalte „Titel“")).to_have_value("name")
    await check.click()
    go = team.get_by_role("button", name=t.n("import_checked.go", 1))
    await expect(go).to_be_visible(timeout=60_000)  # the page that waits looks again by itself
    await expect(team.get_by_text(t("import.line", n=4))).to_be_visible()
    await go.click()
    undo = team.get_by_role("button", name=t("import_done.undo"))
    await expect(undo).to_be_visible(timeout=60_000)
    await team.goto("/w/probe?q=chor")
    await shows(team, "Chor Beispiel")
    await team.go_back()
    await undo.click()
    await expect(team.get_by_text(t("import_done.undone"))).to_be_visible()
