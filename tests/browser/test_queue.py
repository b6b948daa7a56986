"""The queue in one hand: by keyboard only at a desk, by tap only on a phone, by two moderators at once, and undone."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.people import PHONE, People, live
from tests.makers import Running, hang, sign_in_link, until
from wall.model.card import Card
from wall.model.roles import GUEST, Role
from wall.store import journal
from wall.words import words

t = words("de")
SignedIn = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def team(server: Running, people: People) -> AsyncIterator[SignedIn]:
    """Opens the queue for a moderator who has signed in."""

    async def signed_in(
        email: str = "mod@beispiel.invalid", size: dict[str, int] | None = None, role: Role = "moderator", **more: Any
    ) -> Page:
        page = await people.one(server.url, size, reduced_motion="reduce", **more)
        await page.goto(await sign_in_link(server.house.database, email, "probe", role))
        await page.get_by_role("button", name=t("sign_in.link_go")).click()
        await page.wait_for_url("**/account")
        if more.get("java_script_enabled", True):
            return await live(page, "/w/probe/queue")
        await page.goto("/w/probe/queue")
        return page

    yield signed_in


async def statuses(server: Running) -> dict[str, str]:
    """The state of every card on the wall, by name."""
    room = await server.house.hub.room("probe")
    return {card.name: "hidden" if card.hidden else card.status for card in room.board.cards.values()}


async def become(server: Running, **wanted: str) -> None:
    """Wait until these cards are in these states."""

    async def so() -> bool:
        found = await statuses(server)
        return all(found.get(name) == status for name, status in wanted.items())

    await until(so, f"{wanted} in {await statuses(server)}")


def current(page: Page) -> Locator:
    return page.locator("[data-card].is-current .card__name")


def waiting(page: Page) -> Locator:
    return page.locator("[data-shows=pending] > [data-card]")


def toast(page: Page) -> Locator:
    return page.locator("#toasts .toast")


async def test_twenty_cards_are_moderated_with_twenty_key_presses(server: Running, team: SignedIn) -> None:
    cards = [await hang(server, f"Karte {n:02}", by=GUEST) for n in range(20)]
    page = await team()
    await expect(waiting(page)).to_have_count(20)
    for _ in cards:
        await page.keyboard.press("a")
    await become(server, **{card.name: "approved" for card in cards})
    await expect(page.get_by_text(t("queue.done_title"))).to_be_visible()
    await expect(page.locator("h1")).to_have_text(t.n("queue.waiting", 0))
    room = await server.house.hub.room("probe")
    assert room.board.revision == 40, "twenty pins and twenty decisions, nothing twice"


async def test_by_keyboard_alone_cards_are_walked_edited_rejected_hidden_and_taken_back(
    server: Running, team: SignedIn
) -> None:
    for name in ("Eins", "Zwei", "Drei", "Vier"):
        await hang(server, name, by=GUEST)
    page = await team()
    await expect(current(page)).to_have_text("Eins")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await expect(current(page)).to_have_text("Zwei")
    await expect(current(page).locator("a")).to_be_focused()

    await page.keyboard.press("r")
    await page.keyboard.press("4")
    await become(server, Zwei="rejected")
    await expect(current(page)).to_have_text("Drei")
    async with server.house.database.read() as connection:
        [rejected] = [c for c in await journal.changes_since(connection, 1, 0) if c.kind == "rejected"]
    assert rejected.was["reason"] == "advert"
    await page.keyboard.press("z")
    await become(server, Zwei="pending")
    await expect(current(page)).to_have_text("Zwei")

    await page.keyboard.press("h")
    await become(server, Zwei="hidden")
    await expect(page.locator("[data-shows~=aside] h3")).to_have_text("Zwei")
    await expect(current(page)).to_have_text("Drei")

    await page.keyboard.press("e")
    await page.wait_for_url("**/edit")
    await page.locator("[name=name]").fill("Drei gemeinsam")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/queue?done=edit_approve*")
    await become(server, **{"Drei gemeinsam": "approved"})
    await live(page)
    await page.keyboard.press("z")  # also what was done on the page before
    await become(server, Drei="pending")

    await page.locator("body").press("?")
    await expect(page.locator(".keys dl")).to_be_visible()
    await page.locator("[data-keys]").uncheck()
    await page.keyboard.press("a")
    assert (await statuses(server))["Eins"] == "pending", "who has switched the keys off types nothing by mistake"


async def test_several_are_selected_decided_together_and_undone_as_one(server: Running, team: SignedIn) -> None:
    for name in ("Eins", "Zwei", "Drei"):
        await hang(server, name, by=GUEST)
    page = await team()
    await page.keyboard.press("x")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await hang(server, "Vier", by=GUEST)  # arrives meanwhile: what is selected stays so
    await expect(waiting(page)).to_have_count(4)
    await expect(page.locator("[data-selected]")).to_have_text(f"{t('queue.selected')}: 2")
    await page.keyboard.press("a")
    await become(server, Eins="approved", Zwei="approved", Drei="pending", Vier="pending")
    await expect(toast(page)).to_contain_text(t.n("done_many.approve", 2))
    await page.keyboard.press("z")
    await become(server, Eins="pending", Zwei="pending")
    await expect(waiting(page)).to_have_count(4)


async def test_by_tap_alone_on_a_phone_cards_are_approved_rejected_and_taken_back(
    server: Running, team: SignedIn
) -> None:
    for name in ("Eins", "Zwei", "Drei"):
        await hang(server, name, by=GUEST, description="Wir treffen uns. " * 20)
    page = await team(size=PHONE)
    bar = page.locator(".thumb")
    await expect(bar.locator("[data-now]")).to_have_text("Eins")
    for button in await bar.locator("button").all():
        box = await button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
        assert box["y"] > PHONE["height"] * 0.75, "within reach of the thumb"
    await bar.get_by_role("button", name=t("tools.approve")).tap()
    await become(server, Eins="approved")
    await toast(page).get_by_role("button", name=t("queue.undo")).tap()
    await become(server, Eins="pending")
    await expect(bar.locator("[data-now]")).to_have_text("Eins")

    await bar.get_by_role("button", name=t("tools.approve")).tap()
    await expect(bar.locator("[data-now]")).to_have_text("Zwei")
    await bar.get_by_role("button", name=t("tools.reject")).tap()
    panel = page.locator(".menu--reject[open] .reasons")
    await panel.get_by_role("radio", name=t("reason_short.unclear")).tap()
    await panel.get_by_role("button", name=t("tools.reject_now")).tap()
    await become(server, Eins="approved", Zwei="rejected")
    await expect(bar.locator("[data-now]")).to_have_text("Drei")

    await bar.get_by_role("button", name=t("tools.edit")).tap()
    await page.wait_for_url("**/edit")
    await page.get_by_role("button", name=t("edit.save_approve")).tap()
    await page.wait_for_url("**/queue?done=approve*")
    await become(server, Drei="approved")
    await page.get_by_role("button", name=t("queue.undo")).tap()
    await become(server, Drei="pending")


async def test_of_two_moderators_the_later_is_told_who_was_faster_and_nothing_is_lost(
    server: Running, team: SignedIn
) -> None:
    """ABUSE 13"""
    await hang(server, "Eins", by=GUEST)
    await hang(server, "Zwei", by=GUEST)
    first, second = await team("erste@beispiel.invalid"), await team("zweite@beispiel.invalid")
    # the second moderator's page has not heard yet when the form is sent
    await second.evaluate("document.querySelector('wall-live').socket.stop()")
    await first.keyboard.press("a")
    await become(server, Eins="approved")
    await second.keyboard.press("r")
    await second.locator(".menu--reject[open] [name=words]").fill("bitte anders")
    await second.keyboard.press("Enter")
    await expect(toast(second)).to_contain_text(t("collide.approved", name="Eins", who="erste@beispiel.invalid"))
    assert (await statuses(server)) == {"Eins": "approved", "Zwei": "pending"}
    # whoever has a card before their eyes that somebody else decides is told as well
    third = await team("dritte@beispiel.invalid")
    await expect(current(third)).to_have_text("Zwei")
    await first.keyboard.press("a")
    await expect(toast(third)).to_have_text(t("queue.gone", name="Zwei"))


async def test_without_javascript_a_card_is_rejected_several_are_approved_and_both_undone(
    server: Running, team: SignedIn
) -> None:
    cards: list[Card] = [await hang(server, name, by=GUEST) for name in ("Eins", "Zwei", "Drei")]
    page = await team(java_script_enabled=False)
    first = page.locator(f"#card-{cards[0].id}")
    await first.locator("summary", has_text=t("tools.reject")).click()
    await first.get_by_role("radio", name=t("reason_short.advert")).check()
    await first.locator("[name=words]").fill("nur ein Shop")
    await first.get_by_role("button", name=t("tools.reject_now")).click()
    await page.wait_for_url(re.compile(r"/queue\?done=reject"))
    await become(server, Eins="rejected")
    await page.get_by_role("button", name=t("queue.undo")).click()
    await page.wait_for_url(re.compile(r"/queue\?done=undo"))
    await become(server, Eins="pending")
    for card in cards[1:]:
        await page.locator(f"#card-{card.id} .card__select input").check()
    await page.locator("#together").get_by_role("button", name=t("tools.approve")).click()
    await expect(page.get_by_role("status").first).to_contain_text(t.n("done_many.approve", 2))
    await become(server, Eins="pending", Zwei="approved", Drei="approved")
    await page.get_by_role("button", name=t("queue.undo")).click()
    await become(server, Zwei="pending", Drei="pending")


async def test_a_card_that_comes_live_says_which_card_is_probably_the_same(server: Running, team: SignedIn) -> None:
    known = await hang(server, "Runder Tisch Klima Grünau")
    await hang(server, "Stammtisch Foto", by=GUEST)
    page = await team()
    twin = await hang(server, "Runder Tisch Klima Gruenau", by=GUEST)
    hint = page.locator(f"#card-{twin.id} [data-flag=twin]")
    await expect(hint).to_contain_text("Runder Tisch Klima Grünau")
    address = f"/w/probe/c/{twin.id}/merge?with={known.id}"
    await expect(page.locator(f"#card-{twin.id} a[data-tool=merge]").first).to_have_attribute("href", address)
    await expect(page.locator("[data-flag=twin]")).to_have_count(1)
    await page.reload()
    await expect(hint).to_be_visible()


async def test_the_wall_of_another_time_is_drawn_as_soon_as_the_slider_is_moved(
    server: Running, team: SignedIn
) -> None:
    await hang(server, "Eins")
    await hang(server, "Zwei")
    page = await team(role="owner")
    await page.goto("/w/probe/history?at=2")
    await expect(page.locator(".past h3")).to_have_text(["Eins", "Zwei"])
    await page.locator("#past-at").focus()
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator(".past h3")).to_have_text(["Eins"])
    await expect(page.locator("#past-at")).to_be_focused()
    await page.wait_for_url("**/history?at=1")
    await page.locator("summary", has_text=t("past.restore")).click()
    await page.get_by_role("button", name=t("past.restore_now")).click()
    await page.wait_for_url("**/w/probe/history")
    await page.goto("/w/probe")
    await expect(page.locator("[data-cards] h3")).to_have_text(["Eins"])
