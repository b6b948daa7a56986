"""The contact in the browser: entered on a phone, written to, and gone with its card from every open tab."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import expect

from tests.browser.people import PHONE, People
from tests.letters import Mailbox, mail_server
from tests.makers import Running, hang, make_settings, make_wall, running
from wall.actions.contact import give
from wall.actions.erase import erase
from wall.model.contact import CONSENTS, ContactDetails
from wall.model.roles import AUTHOR
from wall.store import contacts
from wall.words import words

EMAIL = "vogel@beispiel.invalid"
t = words("de")


@pytest_asyncio.fixture(loop_scope="session")
async def mailbox() -> AsyncIterator[Mailbox]:
    async with mail_server() as box:
        yield box


@pytest_asyncio.fixture(loop_scope="session")
async def server(on_sqlite: str, mailbox: Mailbox) -> AsyncIterator[Running]:
    async with running(make_settings(on_sqlite, **mailbox.settings)) as server:
        await make_wall(server.house.database)
        yield server


async def test_a_phone_pins_with_a_contact_and_is_asked_to_agree_first(server: Running, people: People) -> None:
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    await page.locator("[name=name]").fill("Netz")
    await page.get_by_role("radio", name="Netzwerk").check()
    await page.locator("[name=section]").select_option("s2")
    await page.locator("summary", has_text=t("contact.fold_hint")).tap()
    await page.get_by_label(t("field.contact_email.label"), exact=True).fill(EMAIL)
    agree = page.get_by_role("checkbox", name=t(f"consent.{CONSENTS[0]}.self"))
    await expect(agree).not_to_be_checked()
    await page.get_by_role("button", name=t("pin.send")).tap()
    await expect(page.locator("#complaints")).to_be_focused()
    await expect(agree).to_have_accessible_description(t("complaint.agree_first"))
    await expect(page.get_by_label(t("field.contact_email.label"), exact=True)).to_have_value(EMAIL)
    await agree.check()
    await page.get_by_role("button", name=t("pin.send")).tap()
    await page.wait_for_url("**/mine/**")
    (card,) = (await server.house.hub.room("probe")).board.with_status("pending")
    async with server.house.database.read() as connection:
        kept = await contacts.of_card(connection, card.id)
    assert kept is not None
    assert (kept.email, kept.email_for, kept.consent) == (EMAIL, "request", CONSENTS[0])


async def test_a_draft_on_a_shared_tablet_remembers_the_network_and_nobody_s_contact(
    server: Running, people: People
) -> None:
    page = await people.one(server.url, PHONE)
    await page.goto("/w/probe/pin")
    await page.locator("[name=name]").fill("Netz")
    await page.locator("summary", has_text=t("contact.fold_hint")).tap()
    await page.locator("[name=contact_email]").fill(EMAIL)
    await page.reload()
    await expect(page.locator("[name=name]")).to_have_value("Netz")
    await expect(page.locator("[name=contact_email]")).to_have_value("")
    await expect(page.locator("[name=contact_email_for]")).to_have_value("request")
    assert EMAIL not in await page.evaluate("JSON.stringify(localStorage)")


async def test_a_visitor_writes_to_the_contact_from_the_card_s_page(
    server: Running, people: People, mailbox: Mailbox
) -> None:
    card = await hang(server)
    room = await server.house.hub.room("probe")
    details = ContactDetails.take({"email": EMAIL})
    await give(server.house.ledger, room.board.wall, card.id, details, AUTHOR, other=False, version=CONSENTS[0])
    page = await people.one(server.url, PHONE)
    await page.goto(f"/w/probe/c/{card.id}")
    await page.locator("summary", has_text=t("message.title")).tap()
    await page.get_by_label(t("field.sender.label")).fill("kein@")
    await page.get_by_label(t("field.text.label")).fill("Wann trefft ihr euch?")
    await page.get_by_role("button", name=t("message.send")).tap()
    await expect(page.locator("#complaints")).to_be_focused()
    await expect(page.get_by_label(t("field.text.label"))).to_have_value("Wann trefft ihr euch?")
    await page.get_by_label(t("field.sender.label")).fill("absender@beispiel.invalid")
    await page.get_by_role("button", name=t("message.send")).tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text(t("message.sent"))
    assert (await mailbox.letter(EMAIL))["Reply-To"] == "absender@beispiel.invalid"


async def test_the_page_of_an_erased_card_goes_by_itself(server: Running, people: People) -> None:
    """ABUSE 45: the tab that shows just this card"""
    card = await hang(server)
    page = await people.one(server.url)
    await page.goto(f"/w/probe/c/{card.id}")
    await page.locator("card-watch[data-state=live]").wait_for(state="attached")
    room = await server.house.hub.room("probe")
    await erase(server.house.ledger, room.board.wall, card.id, AUTHOR)
    await expect(page.get_by_role("heading", level=1)).to_have_text(t("error.gone.title"))
    assert card.name not in await page.content()
