"""Meetings in a browser: what is understood while one writes, the fields by finger, the calendar by keyboard."""

import re

from playwright.async_api import expect

from tests.browser.people import PHONE, People, live
from tests.browser.test_views import press, tab
from tests.makers import Running, card_in, hang
from wall.words import words

T = words("de")


async def test_what_is_understood_shows_below_the_words_and_is_said(server: Running, people: People) -> None:
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    meeting, shown = page.locator("#meeting"), page.locator("meeting-hint .understood")
    await meeting.press_sequentially("jeden 2. Dienstag im Monat, 18 Uhr")
    await expect(shown).to_contain_text("Verstanden als: jeden 2. Dienstag im Monat, 18:00 Uhr – nächste: Di ")
    await expect(meeting).to_be_focused()
    await expect(page.locator("#announcer")).to_have_text("Verstanden als: jeden 2. Dienstag im Monat, 18:00 Uhr")
    await meeting.fill("nach Absprache")
    await expect(shown).to_have_count(0)


async def test_the_fields_that_a_choice_needs_are_shown_and_taken(server: Running, people: People) -> None:
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    await page.locator("#name").fill("Lesekreis")
    await page.get_by_role("radio", name="Netzwerk").check()
    await page.locator("[name=section]").select_option("s1")
    await page.locator("#schedule > summary").tap()
    weeks, days = page.locator(".schedule__weeks"), page.locator(".schedule__weekdays")
    await expect(days).to_be_hidden()
    await page.locator("#meeting_every").select_option("week2")
    await expect(weeks).to_be_hidden()
    await days.get_by_role("checkbox", name="Do").check()
    await page.locator("#meeting_first").fill("2026-12-03")
    await page.locator("#meeting_starts").fill("17:00")
    await expect(page.locator(".understood")).to_contain_text("alle 2 Wochen am Donnerstag, 17:00 Uhr")
    await page.get_by_role("button", name=T("pin.send")).tap()
    await page.wait_for_url("**/mine/**")
    room = await server.house.hub.room("probe")
    (card,) = room.board.cards.values()
    stored = await card_in(server.house.database, room.board.wall, card.id)
    every = {"every": "week", "interval": 2, "weekdays": ["thu"], "first": "2026-12-03", "starts": "17:00"}
    assert stored.schedule == every


async def test_the_calendar_is_leafed_through_by_keyboard_and_follows_the_wall(server: Running, people: People) -> None:
    await hang(server, "Chor", meeting="mittwochs 10 Uhr", topics=["Jugend"])
    page = await live(await people.one(server.url), "/w/probe")
    await press(page, tab(page, "calendar"))
    await page.wait_for_url("**/w/probe?view=calendar")
    month = page.get_by_role("table")
    await expect(month.get_by_role("columnheader").first).to_have_accessible_name("Montag")
    title = await page.locator("#month-title").inner_text()
    await press(page, page.locator("#leaf-on"))
    await page.wait_for_url(re.compile(r"\?view=calendar&month=20\d\d-\d\d$"))
    await expect(page.locator("#month-title")).not_to_have_text(title)
    await expect(page.locator("#leaf-on")).to_be_focused()
    seen = await month.get_by_role("link", name="Chor").count()
    assert seen >= 4
    await hang(server, "Rat", meeting="donnerstags 10 Uhr", topics=["Umwelt"])
    await expect(month.get_by_role("link", name="Rat").first).to_be_visible()
    await press(page, page.locator("#shape-agenda"))
    await expect(page.get_by_role("table")).to_have_count(0)
    await expect(page.locator(".agenda").get_by_role("link", name="Chor")).to_have_count(seen)
    await page.go_back()
    await expect(page.get_by_role("table")).to_be_visible()


async def test_the_calendar_is_read_without_a_script_and_as_a_list_on_a_phone(server: Running, people: People) -> None:
    await hang(server, "Chor", meeting="mittwochs 10 Uhr")
    page = await people.one(server.url, PHONE, java_script_enabled=False)
    await page.goto("/w/probe/calendar")
    await page.locator("#leaf-on").click()
    await expect(page.get_by_role("table")).to_have_count(0)
    link = page.locator(".agenda").get_by_role("link", name="Chor").first
    await link.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Chor")
    await expect(page.locator(".dates li")).to_have_count(3)
