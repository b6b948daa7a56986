"""Merging at the desk by keys alone and on the phone by taps alone."""

from playwright.async_api import Page, expect

from tests.browser.people import DESK, PHONE, People
from tests.makers import Running, hang, sign_in_link, until
from wall.model.card import Card
from wall.model.roles import GUEST
from wall.words import words

T = words("de")


async def two_cards(server: Running) -> tuple[Card, Card]:
    old = await hang(server, "AK Klima", topics=["Umwelt"], description="Alt.")
    return old, await hang(server, "Arbeitskreis Klima", by=GUEST, topics=["Jugend"], description="Neu.")


async def moderator(server: Running, people: People, size: dict[str, int]) -> Page:
    page = await people.one(server.url, size)
    await page.goto(await sign_in_link(server.house.database, "mod@beispiel.invalid", "probe"))
    await page.locator("main button").click()
    await page.wait_for_url("**/account")
    return page


async def test_a_moderator_merges_by_keys_alone_and_takes_it_back(server: Running, people: People) -> None:
    old, new = await two_cards(server)
    page = await moderator(server, people, DESK)
    await page.goto(f"/w/probe/c/{new.id}/merge?with={old.id}")
    await page.locator(f"[name=keep][value='{old.id}']").focus()
    await page.keyboard.press("Tab")
    await expect(page.locator("[name=name][value=left]")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("[name=name][value=right]")).to_be_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("[name=description][value=both]")).to_be_checked()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/queue?**")
    board = (await server.house.hub.room("probe")).board
    card = board.cards[old.id]
    assert (card.name, card.description, card.topics) == ("Arbeitskreis Klima", "Alt.\n\nNeu.", ["Umwelt", "Jugend"])
    await page.get_by_role("button", name=T("queue.undo")).press("Enter")
    await until(lambda: board.cards[new.id].status == "pending")
    assert board.cards[old.id].content == old.content


async def test_on_a_phone_both_sides_stand_one_below_the_other(server: Running, people: People) -> None:
    old, new = await two_cards(server)
    page = await moderator(server, people, PHONE)
    await page.goto(f"/w/probe/c/{new.id}/merge")
    await page.locator(".twin", has_text="AK Klima").get_by_role("link").tap()
    faces = page.locator("fieldset#name .side")
    await expect(faces).to_have_count(2)
    boxes = [await face.evaluate("one => one.getBoundingClientRect().toJSON()") for face in await faces.all()]
    assert all(box["left"] >= 0 and box["right"] <= 390 for box in boxes)
    assert boxes[1]["top"] >= boxes[0]["bottom"]
    await faces.nth(1).tap()
    await page.get_by_role("button", name=T("merge.go")).tap()
    await page.wait_for_url("**/queue?**")
    assert (await server.house.hub.room("probe")).board.cards[old.id].name == "Arbeitskreis Klima"
