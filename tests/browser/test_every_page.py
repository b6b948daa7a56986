"""Every page there is, in both languages, light and dark, on phone and desk: accessible, in bounds, private, quiet."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from pyotp import TOTP
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.browser.people import DESK, PHONE, People
from tests.letters import mail_server
from tests.makers import Running, make_settings, make_wall, running, sign_in_link, words
from tests.test_pictures import photo
from wall.actions import second_step
from wall.actions.contact import give
from wall.actions.edit import edit
from wall.actions.erase import erase
from wall.actions.merge import merge
from wall.actions.moderate import approve, hide, reject, withdraw
from wall.actions.picture import picture
from wall.actions.pin import pin
from wall.actions.propose import reject as refuse
from wall.actions.propose import report, suggest
from wall.live.crowd import Doing, Seen
from wall.model.contact import CONSENTS, ContactDetails
from wall.model.person import recovery_codes
from wall.model.person import second_steps as second_steps_table
from wall.model.roles import AUTHOR, GUEST, SYSTEM, Role
from wall.model.second_step import secret_of
from wall.store import people as people_store
from wall.store import proposals, second_steps
from wall.web import flood

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = """async ([tags, covered]) => {
  const rules = { "target-size": { enabled: !covered } };
  const found = await axe.run({ runOnly: tags, resultTypes: ["violations"], rules });
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
# Of several forms the one with the fields of the page.
SUBMIT = """() => HTMLFormElement.prototype.submit.call(
  document.querySelector("main form.form") ?? document.querySelector("main form[method=post]"))"""
GUESTS = ("reader", "writer", "second")
TEAM: dict[str, str | None] = {"moderator": "probe", "owner": "probe", "stranger": "leer", "operator": None}
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenaufbewahrungsverein"


@dataclass
class Town:
    """A server with walls in every state, and people who look at them."""

    server: Running
    people: People
    ids: dict[str, str]
    pages: dict[tuple[str, str], Page]


async def _pin(server: Running, slug: str, name: str, **more: Any) -> str:
    room = await server.house.hub.room(slug)
    return (await pin(server.house.ledger, room.board.wall, words(name, **more), f"key {name}", GUEST)).card.id


async def _furnish(server: Running) -> dict[str, str]:
    """Walls and cards in every state a page can show."""
    house = server.house
    about = {"intro": "Wo *alle* zusammen [arbeiten](https://beispiel.invalid).", "place": "Leipzig"}
    more = {"contact": "wand@beispiel.invalid", "credits": "- [Quelle](https://beispiel.invalid)"}
    wall = await make_wall(house.database, "probe", **about, **more)
    await make_wall(house.database, "leer", title="Leere Wand")
    await make_wall(house.database, "eis", title="Angehaltene Wand", phase="frozen")
    full = {
        "description": f"**Wir** treffen uns.\n\n- {LONG}\n- https://beispiel.invalid/{'lang/' * 30}",
        "topics": ["Umwelt", "Jugend", "Wohnen", "Kultur", LONG[:60]],
        "districts": ["Connewitz", "Grünau-Mitte"],
        "meeting": "jeden 2. Dienstag, 18 Uhr, Stadtbibliothek",
        "website": f"https://beispiel.invalid/{'lang' * 20}",
        "members": ["Verein A", LONG],
        "offers": "Räume",
        "seeks": "Menschen",
        "newcomers": "ask",
    }
    ids = {"card": await _pin(server, "probe", f"Netzwerk {LONG}", **full), "hidden": await _pin(server, "probe", "H")}
    ids |= {
        "gone": await _pin(server, "probe", "Weg"),
        "waiting": await _pin(server, "probe", "WARTET AUF 0341 1234567", **full),
    }
    kinds = [kind.name for kind in wall.kinds]
    plain = [await _pin(server, "probe", f"Karte {kind}", kind=kind, section="s2") for kind in kinds]
    for card in (ids["card"], ids["hidden"], *plain):
        await approve(house.ledger, wall, card, SYSTEM)
    await hide(house.ledger, wall, ids["hidden"], SYSTEM)
    await withdraw(house.ledger, wall, ids["gone"], SYSTEM)
    ids["merged"] = await _pin(server, "probe", "Zwilling")
    cards = (await house.hub.room("probe")).board.cards
    kept, gone = cards[plain[0]], cards[ids["merged"]]
    await merge(house.ledger, wall, (kept.id, kept.revision), (gone.id, gone.revision), kept.content, SYSTEM)
    ids["merged link"] = house.edit_links.token(ids["merged"])
    ids["erased"] = await _pin(server, "probe", "Entfernt")
    await erase(house.ledger, wall, ids["erased"], SYSTEM)
    await reject(house.ledger, wall, await _pin(server, "probe", "Abgelehnt"), "advert", SYSTEM, "Nur ein Shop")
    await edit(house.ledger, wall, ids["hidden"], words("Anders", description="Neu"), 99, SYSTEM)
    ids["pictured"] = plain[kinds.index("Netzwerk")]
    made = await house.workshop.remake(photo(1400, 900))
    await house.images.put(ids["pictured"], made.name, made.files)
    await picture(house.ledger, wall, ids["pictured"], made.name, "Rot und blau", SYSTEM)
    ids["pictured link"] = house.edit_links.token(ids["pictured"])
    other = await house.workshop.remake(photo(700, 900))
    await house.images.put(ids["pictured"], other.name, other.files)
    await picture(house.ledger, wall, ids["pictured"], other.name, LONG, AUTHOR)
    async with house.database.read() as connection:
        (waits,) = [p for p in await proposals.waiting(connection, wall.key) if p.card_id == ids["pictured"]]
    ids["picture proposal"] = waits.id
    details = ContactDetails.take({"name": LONG, "email": f"{'lang' * 15}@beispiel.invalid", "phone": "0341 4711"})
    open_to_all = details.model_copy(update={"name_for": "public", "email_for": "public", "phone_for": "request"})
    await give(house.ledger, wall, ids["card"], open_to_all, GUEST, other=False, version=CONSENTS[0])
    asked = await give(house.ledger, wall, ids["waiting"], details, SYSTEM, other=True)
    assert asked is not None
    await report(house.ledger, wall, ids["card"], "wrong", f"Das {LONG} gibt es nicht.", GUEST)
    changed = (
        full | words(f"Netzwerk {LONG}") | {"meeting": "", "description": f"Neu: {LONG}", "offers": "Räume, Tische"}
    )
    now = (await server.house.hub.room("probe")).board.cards[ids["card"]]
    proposal = await suggest(house.ledger, wall, now.id, now.content | changed, now.revision, f"{LONG} sagt es", GUEST)
    refused = await suggest(house.ledger, wall, now.id, now.content | {"seeks": "Geld"}, now.revision, "", GUEST)
    await refuse(house.ledger, wall, refused.id, SYSTEM)
    reported = await report(house.ledger, wall, ids["card"], "outdated", "", GUEST)
    ids |= {"proposal": proposal.id, "refused": refused.id, "report": reported.id}
    ids["contact"] = house.contact_links.token(asked)
    ids["link"] = house.edit_links.token(ids["card"])
    ids["withdrawn link"] = house.edit_links.token(ids["gone"])
    ids["sign-in"] = await sign_in_link(house.database, "neu@beispiel.invalid", "leer")
    return ids


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
        town = Town(server, people, await _furnish(server), {})
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


Do = Callable[[Page, Town], Awaitable[int]]
EVERY: dict[str, tuple[str, str, int, Do | None]] = {
    "start": ("reader", "/", 200, None),
    "wall full": ("reader", "/w/probe", 200, None),
    "wall empty": ("reader", "/w/leer", 200, None),
    "wall frozen": ("reader", "/w/eis", 200, None),
    "wall filtered": ("reader", "/w/probe?q=karte&kind=Forum", 200, None),
    "wall with filters open": ("reader", "/w/probe?topic=Jugend", 200, open_menus),
    "wall without results": ("reader", "/w/probe?q=gibtesnicht", 200, None),
    "card": ("reader", "/w/probe/c/{card}", 200, None),
    "card unfolded": ("reader", "/w/probe/c/{card}", 200, open_all),
    "message": ("reader", "/w/probe/c/{card}/message", 200, None),
    "message with complaints": ("reader", "/w/probe/c/{card}/message", 422, complain_of_message),
    "message sent": ("reader", "/w/probe/c/{card}/message?sent=1", 200, None),
    "suggest": ("reader", "/w/probe/c/{card}/suggest", 200, open_all),
    "suggest unchanged": ("reader", "/w/probe/c/{card}/suggest", 422, change_nothing),
    "report": ("reader", "/w/probe/c/{card}/report", 200, None),
    "report without a reason": ("reader", "/w/probe/c/{card}/report", 422, change_nothing),
    "suggested": ("reader", "/w/probe/c/{card}/thanks", 200, None),
    "contact asked": ("reader", "/contact/{contact}", 200, None),
    "contact forgotten": ("reader", "/contact", 200, None),
    "contact link spent": ("reader", "/contact/unfug", 410, None),
    "projector": ("reader", "/w/probe/projector", 200, None),
    "projector empty": ("reader", "/w/leer/projector", 200, None),
    "erased": ("reader", "/w/probe/erased", 200, None),
    "info": ("reader", "/w/probe/info", 200, None),
    "impressum": ("reader", "/impressum", 200, None),
    "datenschutz": ("reader", "/datenschutz", 200, None),
    "barrierefreiheit": ("reader", "/w/probe/barrierefreiheit", 200, None),
    "api": ("reader", "/api", 200, None),
    "offline": ("reader", "/offline", 200, None),
    "sign-in": ("reader", "/sign-in", 200, None),
    "sign-in failed": ("reader", "/sign-in", 422, fail),
    "sign-in link is sent": ("reader", "/sign-in", 200, ask_for_a_link),
    "sign-in asks for a code": ("second", "/sign-in", 200, ask_for_a_code),
    "sign-in with a wrong code": ("second", "/sign-in", 422, mistype_the_code),
    "sign-in link": ("reader", "{sign-in}", 200, None),
    "401": ("reader", "/w/probe/queue", 401, None),
    "404": ("reader", "/w/gibtesnicht", 404, None),
    "410": ("reader", "/w/probe/c/{gone}", 410, None),
    "pin": ("writer", "/w/probe/pin", 200, None),
    "pin unfolded": ("writer", "/w/probe/pin", 200, open_all),
    "pin with similar cards": ("writer", "/w/probe/pin", 200, ask),
    "pin asked back": ("writer", "/w/probe/pin", 409, repeat),
    "pin with complaints": ("writer", "/w/probe/pin", 422, complain),
    "pin with complaints about the contact": ("writer", "/w/probe/pin", 422, complain_of_contact),
    "pin on a full pile": ("writer", "/w/probe/pin", 429, come_too_late),
    "contact": ("writer", "/mine/{link}/contact", 200, None),
    "contact with complaints": ("writer", "/mine/{link}/contact", 422, complain_of_contact),
    "pin frozen": ("writer", "/w/eis/pin", 423, None),
    "mine new": ("writer", "/mine/{link}?new=1", 200, None),
    "mine": ("writer", "/mine/{link}", 200, open_all),
    "mine with a wrong address": ("writer", "/mine/{link}", 422, send_nowhere),
    "mine with a conflict": ("writer", "/mine/{link}", 409, collide),
    "mine withdrawn": ("writer", "/mine/{withdrawn link}", 200, None),
    "wall for moderators": ("moderator", "/w/probe", 200, None),
    "wall with tools open": ("moderator", "/w/probe", 200, open_menus),
    "card for moderators": ("moderator", "/w/probe/c/{waiting}", 200, open_all),
    "card with contact for moderators": ("moderator", "/w/probe/c/{card}", 200, open_all),
    "contact for moderators": ("moderator", "/w/probe/c/{waiting}/contact", 200, None),
    "edit": ("moderator", "/w/probe/c/{card}/edit", 200, None),
    "edit with somebody else": ("moderator", "/w/probe/c/{card}/edit", 200, be_joined),
    "edit with a conflict": ("moderator", "/w/probe/c/{card}/edit", 409, collide),
    "card with a picture": ("reader", "/w/probe/c/{pictured}", 200, None),
    "wall with a picture": ("reader", "/w/probe?q=karte+netzwerk", 200, None),
    "my picture": ("writer", "/mine/{pictured link}/image", 200, None),
    "my picture to be sent again": ("writer", "/mine/{link}/image?again=1", 200, None),
    "my picture refused": ("writer", "/mine/{link}/image", 415, send_as_it_is),
    "picture for moderators": ("moderator", "/w/probe/c/{pictured}/image", 200, None),
    "merge": ("moderator", "/w/probe/c/{waiting}/merge?with={card}", 200, None),
    "merge with a picture": ("moderator", "/w/probe/c/{pictured}/merge?with={card}", 200, None),
    "merge overtaken": ("moderator", "/w/probe/c/{waiting}/merge?with={card}", 409, overtake),
    "merge with which": ("moderator", "/w/probe/c/{waiting}/merge", 200, None),
    "mine merged": ("writer", "/mine/{merged link}", 200, None),
    "queue": ("moderator", "/w/probe/queue", 200, None),
    "queue with tools open": ("moderator", "/w/probe/queue", 200, open_menus),
    "queue with somebody else": ("moderator", "/w/probe/queue", 200, be_joined),
    "queue with a notice": ("moderator", "/w/probe/queue?done=reject&undo=1", 200, None),
    "queue with a selection": ("moderator", "/w/probe/queue", 200, select),
    "queue after a collision": ("moderator", "/w/probe/queue", 409, decide_late),
    "proposal": ("moderator", "/w/probe/proposals/{proposal}", 200, None),
    "proposal with a picture": ("moderator", "/w/probe/proposals/{picture proposal}", 200, None),
    "proposal without a choice": ("moderator", "/w/probe/proposals/{proposal}", 422, choose_nothing),
    "proposal refused": ("moderator", "/w/probe/proposals/{refused}", 200, None),
    "report to decide": ("moderator", "/w/probe/proposals/{report}", 200, None),
    "history": ("moderator", "/w/probe/history", 200, None),
    "history filtered to nothing": ("moderator", "/w/probe/history?kind=restored&kept=1", 200, None),
    "history of a card": ("moderator", "/w/probe/c/{card}/history", 200, None),
    "history of an erased card": ("moderator", "/w/probe/c/{erased}/history", 200, None),
    "past": ("moderator", "/w/probe/history?at=9", 200, open_all),
    "past empty": ("moderator", "/w/probe/history?at=0", 200, None),
    "compared": ("moderator", "/w/probe/history/compare?from=3", 200, None),
    "compared and the same": ("moderator", "/w/probe/history/compare?from=9&to=9", 200, None),
    "queue empty": ("stranger", "/w/leer/queue", 200, None),
    "phase": ("moderator", "/w/probe/phase?done=plan", 200, None),
    "phase with complaints": ("moderator", "/w/probe/phase", 422, plan_for_yesterday),
    "stale empty": ("moderator", "/w/probe/stale", 200, None),
    "publish": ("moderator", "/w/probe/publish", 200, None),
    "person": ("owner", "/w/probe/person", 200, None),
    "person without an address": ("owner", "/w/probe/person", 422, ask_nobody),
    "settings": ("owner", "/w/probe/settings", 200, None),
    "settings with complaints": ("owner", "/w/probe/settings", 422, spoil),
    "account": ("moderator", "/account", 200, None),
    "second step": ("stranger", "/account", 200, set_up),
    "second step's codes": ("stranger", "/account", 200, set_up_in_full),
    "people": ("owner", "/w/probe/people", 200, None),
    "people unfolded": ("owner", "/w/probe/people", 200, open_all),
    "people with a complaint": ("owner", "/w/probe/people", 422, misaddress),
    "people of the house": ("operator", "/people", 200, None),
    "account with a complaint": ("moderator", "/account", 422, mistype),
    "403": ("stranger", "/w/probe/queue", 403, None),
}


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
    how = [TAGS, EVERY[name][3] is open_menus]
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for size in (PHONE, DESK):
            await page.set_viewport_size(size)
            # in a window as tall as the page no bar that sticks to its edge lies over a field by chance
            tall = await page.evaluate("Math.max(innerHeight, document.documentElement.scrollHeight)")
            await page.set_viewport_size({"width": size["width"], "height": tall})
            found += [f"{scheme} {size['width']}: {each}" for each in await page.evaluate(AXE, how)]
    for width in (320, 390, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        found += [f"sticks out at {width}: {each}" for each in await page.evaluate(OUTSIDE)]
    if EVERY[name][0] == "reader":
        found += [f"kept: {each}" for each in await page.evaluate(STORED)]
        found += [f"cookie: {cookie['name']}" for cookie in await page.context.cookies()]
    found += town.people.troubles
    found += sorted(town.people.origins - {town.server.url.split("//")[1]})
    assert not found, "\n".join(["", *found])
