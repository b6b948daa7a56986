"""Pictures in a browser: sent from a phone with the pin and afterwards, also without JavaScript, and seen by all."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.people import PHONE, People, live
from tests.makers import Running, hang, until
from tests.test_pictures import ALT, photo
from wall.model.card import Card
from wall.model.roles import GUEST
from wall.words import words

T = words("de")
FOTO: Any = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": photo(1600, 1000)}
TEXT: Any = {"name": "foto.txt", "mimeType": "text/plain", "buffer": b"kein Bild"}
LIE: Any = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": b"kein Bild"}


async def stored(server: Running, card: Card) -> Card:
    board = (await server.house.hub.room("probe")).board
    await until(lambda: board.cards[card.id].image)
    return board.cards[card.id]


async def shows_a_picture(page: Page, place: str) -> None:
    """Wait until an image is there and decoded, in the place that was kept for it."""
    image = page.locator(f"{place} img")
    await expect(image).to_have_attribute("alt", ALT)
    await page.wait_for_function("one => one.complete && one.naturalWidth > 0", arg=await image.element_handle())
    sizes = await image.evaluate(
        "one => [one.getBoundingClientRect().right <= innerWidth, one.width > 0, one.height > 0]"
    )
    assert sizes == [True, True, True]


async def test_a_phone_sends_a_picture_and_a_page_that_is_open_shows_it(server: Running, people: People) -> None:
    card = await hang(server, by=GUEST)
    reader = await live(await people.one(server.url), "/w/probe")
    page = await people.one(server.url, PHONE)
    await page.goto(f"/mine/{server.house.edit_links.token(card.id)}/image")
    await page.locator("#image").set_input_files(TEXT)
    await expect(page.locator("#problem")).to_contain_text(T("picture.unsupported"))
    await page.locator("#image").set_input_files(FOTO)
    await expect(page.locator("#problem")).to_be_hidden()
    await expect(page.locator("[data-preview]")).to_be_visible()
    await page.get_by_role("button", name=T("picture.save")).tap()
    await expect(page.locator("#image_alt")).to_be_focused()
    await page.locator("#image_alt").fill(ALT)
    await page.get_by_role("button", name=T("picture.save")).tap()
    await page.wait_for_url(re.compile(r"/mine/[^/]+\?saved=1$"))
    assert (await stored(server, card)).image_alt == ALT
    async with server.browser() as client:
        await server.sign_in(client, "mod@beispiel.invalid", "probe")
        assert (await client.post(f"/w/probe/c/{card.id}/approve")).status_code == 303
    await shows_a_picture(reader, f"#card-{card.id}")
    await page.goto(f"/w/probe/c/{card.id}")
    await shows_a_picture(page, ".leaf__image")


async def test_what_is_no_picture_is_refused_by_the_server_with_the_words_kept(server: Running, people: People) -> None:
    card = await hang(server)
    page = await people.one(server.url, PHONE)
    await page.goto(f"/mine/{server.house.edit_links.token(card.id)}/image")
    await page.locator("#image").set_input_files(LIE)
    await page.locator("#image_alt").fill(ALT)
    await page.get_by_role("button", name=T("picture.save")).tap()
    await expect(page.locator("#problem")).to_be_focused()
    await expect(page.locator("#problem")).to_contain_text(T("picture.unsupported"))
    await expect(page.locator("#image_alt")).to_have_value(ALT)


async def test_a_picture_chosen_in_the_pin_form_follows_the_card(server: Running, people: People) -> None:
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    await page.locator("[name=name]").fill("Runder Tisch Klima")
    await page.get_by_role("radio", name="Netzwerk").check()
    await page.locator("[name=section]").select_option("s1")
    await expect(page.locator("#picture_alt")).to_be_hidden()
    await page.locator("#picture").set_input_files(FOTO)
    await page.get_by_role("button", name=T("pin.send")).tap()
    await expect(page.locator("#picture_alt")).to_be_focused()
    await page.locator("#picture_alt").fill(ALT)
    await page.get_by_role("button", name=T("pin.send")).tap()
    await page.wait_for_url(re.compile(r"/mine/[^/]+\?new=1$"))
    [card] = (await server.house.hub.room("probe")).board.with_status("pending")
    assert (await stored(server, card)).image_alt == ALT


async def test_a_picture_that_does_not_arrive_with_the_pin_is_asked_for_again(server: Running, people: People) -> None:
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    await page.locator("[name=name]").fill("Runder Tisch Klima")
    await page.get_by_role("radio", name="Netzwerk").check()
    await page.locator("[name=section]").select_option("s1")
    await page.locator("#picture").set_input_files(LIE)
    await page.locator("#picture_alt").fill(ALT)
    await page.get_by_role("button", name=T("pin.send")).tap()
    await page.wait_for_url("**/image?again=1")
    await expect(page.get_by_role("status").first).to_contain_text(T("picture.again"))
    assert len((await server.house.hub.room("probe")).board.with_status("pending")) == 1


async def test_without_javascript_a_picture_is_sent_by_a_plain_form(server: Running, people: People) -> None:
    card = await hang(server, by=GUEST)
    page = await people.one(server.url, PHONE, java_script_enabled=False)
    await page.goto("/w/probe/pin")
    await expect(page.locator("#picture")).to_be_hidden()
    await page.goto(f"/mine/{server.house.edit_links.token(card.id)}")
    await page.get_by_role("link", name=T("picture.add")).tap()
    await page.locator("#image").set_input_files(FOTO)
    await page.locator("#image_alt").fill(ALT)
    await page.get_by_role("button", name=T("picture.save")).tap()
    await page.wait_for_url(re.compile(r"/mine/[^/]+\?saved=1$"))
    assert (await stored(server, card)).image_alt == ALT
    await page.goto(f"/mine/{server.house.edit_links.token(card.id)}/image")
    await expect(page.locator(".picture__now img")).to_have_attribute("alt", ALT)
