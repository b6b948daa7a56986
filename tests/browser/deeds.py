"""What somebody does on a page to bring it into the state to be looked at; gives the status of the last answer."""

import asyncio
from types import ModuleType

import pytest
from playwright.async_api import Page
from pyotp import TOTP
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.browser.town import LONG, Town
from tests.makers import sign_in_link
from wall.actions import second_step
from wall.actions.edit import edit
from wall.live.crowd import Doing, Seen
from wall.model.person import recovery_codes
from wall.model.person import second_steps as second_steps_table
from wall.model.roles import SYSTEM
from wall.model.second_step import secret_of
from wall.store import people as people_store
from wall.store import second_steps
from wall.web import documents, flood, take

# Of several forms the one with the fields of the page.
SUBMIT = """() => HTMLFormElement.prototype.submit.call(
  document.querySelector("main form.form") ?? document.querySelector("main form[method=post]"))"""


async def send(page: Page, **texts: str) -> int:
    """Send a page's form as it is, so that the server's own answer is what is looked at; returns its status."""
    for name, text in texts.items():
        control = page.locator(f"main form[method=post] [name={name}]").first
        await control.evaluate("(control, text) => { control.value = text }", text)
    async with page.expect_navigation() as answer:
        await page.evaluate(SUBMIT)
    return (await answer.value).status


async def send_as_it_is(page: Page, town: Town) -> int:
    return await send(page)


async def complain(page: Page, town: Town) -> int:
    return await send(page, name=" ", website="kein Link")


async def complain_of_contact(page: Page, town: Town) -> int:
    return await send(page, contact_email="keine Adresse", contact_phone="abc")


async def outgrow_paper(page: Page, town: Town) -> int:
    return await _on_paper(page, "/w/probe/take", take, MOST=1)


async def take_in_parts(page: Page, town: Town) -> int:
    return await _on_paper(page, "/w/probe/documentation.pdf", documents, MOST=1)


async def wait_for_paper(page: Page, town: Town) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(town.server.house.press, "print", lambda compose: asyncio.Event().wait())  # it never comes
        return await _on_paper(page, "/w/probe/cards.pdf", documents, QUICK=0)


async def _on_paper(page: Page, address: str, module: ModuleType, **limits: int) -> int:
    """Look at a page as if the wall were larger."""
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in limits.items():
            patch.setattr(module, name, limit)
        answer = await page.goto(address)
    assert answer is not None
    return answer.status


async def change_nothing(page: Page, town: Town) -> int:
    return await send(page)


async def send_nowhere(page: Page, town: Town) -> int:
    await page.locator("[name=address]").fill("keine Adresse")
    async with page.expect_navigation() as answer:
        await page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('[action$=\"/send\"]'))")
    return (await answer.value).status


async def choose_nothing(page: Page, town: Town) -> int:
    for box in await page.locator("[name=field]").all():
        await box.uncheck()
    async with page.expect_navigation() as answer:
        await page.locator("[value=some]").click()
    return (await answer.value).status


async def ask_nobody(page: Page, town: Town) -> int:
    return await send(page, address="niemand")


async def complain_of_message(page: Page, town: Town) -> int:
    return await send(page, sender="niemand", text=" ")


async def come_too_late(page: Page, town: Town) -> int:
    """Pin where so many cards wait that there is no room for another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flood, "WAITING", 0)
        return await send(page, name="Noch eines")


async def repeat(page: Page, town: Town) -> int:
    """Pin a card that hangs already."""
    for name in ("kind", "section"):
        control = page.locator(f"main form [name={name}]").first
        await control.evaluate("one => { one.type === 'radio' ? (one.checked = true) : (one.selectedIndex = 1) }")
    return await send(page, name="Karte Forum")


async def ask(page: Page, town: Town) -> int:
    """Type a name that hangs already."""
    await page.locator("[name=name]").fill("Forum Karte")
    await page.locator(".twins").wait_for()
    return 200


async def collide(page: Page, town: Town) -> int:
    """Send an edit of words that somebody else has changed meanwhile."""
    room = await town.server.house.hub.room("probe")
    card = room.board.cards[town.ids["card"]]
    changed = card.content | {"meeting": f"um {room.board.revision} Uhr"}
    await edit(town.server.house.ledger, room.board.wall, card.id, changed, room.board.revision, SYSTEM)
    return await send(page, meeting="wann anders")


async def overtake(page: Page, town: Town) -> int:
    """Merge cards one of which somebody else has changed meanwhile."""
    room = await town.server.house.hub.room("probe")
    card = room.board.cards[town.ids["card"]]
    changed = card.content | {"meeting": f"ab {room.board.revision} Uhr"}
    await edit(town.server.house.ledger, room.board.wall, card.id, changed, room.board.revision, SYSTEM)
    return await send(page)


async def fail(page: Page, town: Town) -> int:
    return await send(page, email="wer@beispiel.invalid", password="falsch")


async def ask_for_a_link(page: Page, town: Town) -> int:
    await page.locator("[name=email]").fill("wer@beispiel.invalid")
    async with page.expect_navigation() as answer:
        await page.locator("[name=how]").click()
    return (await answer.value).status


async def misaddress(page: Page, town: Town) -> int:
    form = page.locator("[aria-labelledby=invite] form")
    await form.locator("[name=email]").fill("keine Adresse")
    async with page.expect_navigation() as answer:
        await form.evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    return (await answer.value).status


async def ask_for_a_code(page: Page, town: Town) -> int:
    """Sign somebody in who has a second step; the page is left at the question for the code."""
    house, email = town.server.house, "zwei-schritte@beispiel.invalid"
    link = await sign_in_link(house.database, email, "leer")
    async with house.database.read() as connection:
        person = await people_store.person_by_email(connection, email)
    assert person is not None
    assert person.id is not None
    await second_step.begin(house.database, person.id)
    async with house.database.read() as connection:
        step = await second_steps.of_person(connection, person.id)
    assert step is not None
    if step.confirmed_at is None:
        app = TOTP(secret_of(step.seed, house.settings.secrets[0]))
        assert await second_step.confirm(house.database, house.settings.secrets, person.id, app.now())
    await page.goto(link)
    async with page.expect_navigation() as answer:
        await page.locator("main button").first.click()
    return (await answer.value).status


async def mistype_the_code(page: Page, town: Town) -> int:
    await ask_for_a_code(page, town)
    return await send(page, code="123456")


async def set_up(page: Page, town: Town) -> int:
    async with page.expect_navigation() as answer:
        await page.locator("form[action='/account/second'] button").click()
    return (await answer.value).status


async def _without_second_steps(connection: AsyncConnection) -> None:
    for table in (recovery_codes, second_steps_table):
        await connection.execute(delete(table))


async def set_up_in_full(page: Page, town: Town) -> int:
    """Turn the second step on, look at the codes; whoever comes next starts anew."""
    await set_up(page, town)
    secret = (await page.locator(".scan__secret").inner_text()).replace(" ", "")
    status = await send(page, code=TOTP(secret).now())
    await town.server.house.database.write(_without_second_steps)
    return status


async def mistype(page: Page, town: Town) -> int:
    return await send(page, password="kurz", again="kurz")


async def plan_for_yesterday(page: Page, town: Town) -> int:
    await page.fill("[name=frozen_on]", "2020-01-01")
    await page.fill("[name=frozen_at]", "18:00")
    async with page.expect_navigation() as answer:
        await page.locator("form[action$=plan] button").click()
    return (await answer.value).status


async def spoil(page: Page, town: Town) -> int:
    return await send(page, sections="", held_on="morgen")


async def open_menus(page: Page, town: Town) -> int:
    """As `open_all`; other targets lie below the menus then, so their size is not judged."""
    return await open_all(page, town)


async def open_all(page: Page, town: Town) -> int:
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    return 200


async def be_joined(page: Page, town: Town) -> int:
    """Another process tells of people who pin and of a moderator at two cards."""
    room = await town.server.house.hub.room("probe")
    doing = (Doing(town.ids["waiting"], "editing", 0, "beispiel"), Doing(town.ids["card"], "looking", 0, LONG[:40]))
    room.crowd.hear("another", Seen(33, 2, doing), asyncio.get_running_loop().time())
    await page.locator(".busy:not([hidden])").first.wait_for()
    return 200


async def select(page: Page, town: Town) -> int:
    await page.locator(".card__select input").first.check()
    return 200


async def decide_late(page: Page, town: Town) -> int:
    """Send the first card's form once more than it can be taken."""
    form = page.locator("form[data-tool=approve]").first
    await form.evaluate("(form, card) => { form.action = `/w/probe/c/${card}/approve` }", town.ids["card"])
    async with page.expect_navigation() as answer:
        await form.evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    return (await answer.value).status


async def send_a_table(page: Page, town: Town) -> int:
    """A table of what hangs already, with a row that cannot be taken."""
    card = (await town.server.house.hub.room("probe")).board.cards[town.ids["card"]]
    table = f"Titel;Art;Text;E-Mail;{LONG}\n{card.name};Lesekreis;Wir {LONG};a@beispiel.invalid;x\n;;nichts;;\n"
    await page.locator("#file").set_input_files({"name": "k.csv", "mimeType": "text/csv", "buffer": table.encode()})
    await page.locator("main .button--go").click()
    await page.locator("#column-0").wait_for(timeout=60_000)  # a process of its own reads it
    return 200


async def try_a_table(page: Page, town: Town) -> int:
    await send_a_table(page, town)
    await page.locator("main .button--go").click()
    await page.locator("#twins").wait_for(timeout=60_000)
    return await open_all(page, town)


async def bring_nothing_new(page: Page, town: Town) -> int:
    await try_a_table(page, town)
    await page.locator("main .button--go").click()
    await page.locator(".notice--good").wait_for(timeout=60_000)
    return 200
