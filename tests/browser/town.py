"""A town to look at: a server whose walls and cards are in every state a page can show, and people in front of it."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from tests.browser.people import People
from tests.makers import Running, make_wall, sign_in_link, words
from tests.test_alive import old_card
from tests.test_pictures import photo
from wall.actions import alive
from wall.actions.contact import give
from wall.actions.edit import edit
from wall.actions.erase import erase
from wall.actions.merge import merge
from wall.actions.moderate import approve, hide, reject, withdraw
from wall.actions.picture import picture
from wall.actions.pin import pin
from wall.actions.propose import reject as refuse
from wall.actions.propose import report, suggest
from wall.model.contact import CONSENTS, ContactDetails
from wall.model.roles import AUTHOR, GUEST, SYSTEM
from wall.model.types import MONTH, now
from wall.store import askings, proposals

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


async def furnish(server: Running) -> dict[str, str]:
    """Walls and cards in every state a page can show; the tokens and numbers that addresses are made of."""
    ids = await _furnish_busy_wall(server)
    return ids | await _furnish_old_wall(server)


async def _sent(server: Running, card_id: str) -> None:
    """Note that the mail about a card has gone out."""
    await server.house.database.write(lambda connection: askings.mark(connection, card_id, sent_at=now()))


async def _furnish_old_wall(server: Running) -> dict[str, str]:
    """A published wall that asks whether its cards still stand: asked, not answered, archived, gone out of sight."""
    house = server.house
    about = {"title": "Veröffentlichte Wand", "phase": "open", "imprint": "Beispielverein", "language": "de"}
    wall = await make_wall(house.database, "alt", **about)
    cards = {
        name: (await old_card(house.ledger, wall, said, to=f"{name}@beispiel.invalid")).id
        for name, said in (("asked", f"Alte Runde {LONG}"), ("closed", "Vergangene Runde"), ("lapsed", "Stille Runde"))
    }
    tokens = {}
    for _ in cards:
        question = await alive.ask_next(house.ledger, wall, now())
        assert question is not None
        tokens[question.card_id] = question.token
    await alive.archive(house.ledger, wall, cards["closed"], AUTHOR)
    await _sent(server, cards["lapsed"])
    assert await alive.lapse(house.ledger, wall, now() + (wall.lapse_months + 1) * MONTH) == 1
    await _sent(server, cards["asked"])
    nobody = await old_card(house.ledger, wall, "Runde ohne Adresse", to="")
    reachable = await old_card(house.ledger, wall, "Runde, die noch gefragt wird", to="bald@beispiel.invalid")
    fresh = (await pin(house.ledger, wall, words("Neue Runde"), "key fresh", SYSTEM)).card
    await alive.confirm(house.ledger, wall, fresh.id, SYSTEM)
    return {
        "alive": tokens[cards["asked"]],
        "alive closed": tokens[cards["closed"]],
        "old": cards["asked"],
        "old nobody": nobody.id,
        "old reachable": reachable.id,
    }


async def _furnish_busy_wall(server: Running) -> dict[str, str]:
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
        "meeting": "jeden 2. Dienstag im Monat, 18 Uhr, Stadtbibliothek",
        "schedule": {"every": "month", "weekdays": ["tue"], "weeks": [2], "starts": "18:00", "place": LONG},
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
    for card_id in (ids["card"], ids["hidden"], *plain):
        await approve(house.ledger, wall, card_id, SYSTEM)
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
    await make_wall(
        *(house.database, "bebildert"),
        title=f"Wand mit Logo und Titelbild {LONG}",
        logo=made.name,
        logo_alt="Logo",
        cover=made.name,
        cover_alt="Rot und blau",
    )
    await house.images.put("wall-bebildert", made.name, made.files)
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
    card = (await server.house.hub.room("probe")).board.cards[ids["card"]]
    proposal = await suggest(
        house.ledger, wall, card.id, card.content | changed, card.revision, f"{LONG} sagt es", GUEST
    )
    refused = await suggest(house.ledger, wall, card.id, card.content | {"seeks": "Geld"}, card.revision, "", GUEST)
    await refuse(house.ledger, wall, refused.id, SYSTEM)
    reported = await report(house.ledger, wall, ids["card"], "outdated", "", GUEST)
    ids |= {"proposal": proposal.id, "refused": refused.id, "report": reported.id}
    ids["contact"] = house.contact_links.token(asked)
    ids["link"] = house.edit_links.token(ids["card"])
    ids["waiting link"] = house.edit_links.token(ids["waiting"])
    ids["withdrawn link"] = house.edit_links.token(ids["gone"])
    ids["sign-in"] = await sign_in_link(house.database, "neu@beispiel.invalid", "leer")
    return ids
