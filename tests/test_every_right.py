"""Every role × route × field is a cell in one of two tables: what each may do, and what each is shown.

A new route has no row and fails the first test: add one below, with who may use it and what they are answered then.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx
import pytest
from starlette.routing import Route, WebSocketRoute

from tests.makers import Running, hang, hear, make_settings, make_wall, running
from wall.actions.contact import give
from wall.actions.propose import suggest
from wall.app import ROUTES
from wall.model.card import Card
from wall.model.contact import CONSENTS, ContactDetails
from wall.model.roles import GUEST, RIGHTS, ActorKind
from wall.model.wall import Wall

# Who asks. An author is a visitor with the edit link of the card; a moderator of the section s1 is asked about a card
# of s1 ("own") and about one of s2 ("other"); "elsewhere" leads another wall.
COLUMNS = ("visitor", "author", "own", "other", "moderator", "owner", "operator", "elsewhere")

# Who may: for each kind of route the columns that pass. The others are refused: see `refusal`.
MAY: dict[str, tuple[str, ...]] = {
    "everybody": COLUMNS,
    "signed in": ("own", "other", "moderator", "owner", "operator", "elsewhere"),
    "link": ("author",),
    "moderate": ("own", "other", "moderator", "owner", "operator"),  # some card of the wall
    "moderate the card": ("own", "moderator", "owner", "operator"),
    "see what waits": ("own", "moderator", "owner", "operator"),  # others are told that there is nothing
    "history": ("moderator", "owner", "operator"),
    "publish": ("moderator", "owner", "operator"),
    "configure": ("owner", "operator"),
    "restore": ("owner", "operator"),
    "people": ("owner", "operator"),
    "operate": ("operator",),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One route: how it is called, who may use it, what they are answered, and what is sent along.

    What is sent shall change nothing that other rows need: words that are refused behind the guard do.
    """

    method: str
    path: str
    may: str
    answer: int
    form: dict[str, str] = field(default_factory=dict)
    query: str = ""


CARD, WALL = "/w/{wall}/c/{card}", "/w/{wall}"
PAGE = ("everybody", 200)
ROWS = [
    # For everybody
    *(Row("GET", path, *PAGE) for path in ("/", "/sw.js", "/manifest.webmanifest", "/offline", "/healthz", "/readyz")),
    *(Row("GET", f"{under}/{kind}", *PAGE) for under in ("", WALL) for kind in ("impressum", "datenschutz")),
    *(Row("GET", f"{under}/barrierefreiheit", *PAGE) for under in ("", WALL)),
    Row("GET", "/static/{path:path}", "everybody", 404),
    Row("POST", "/language", "everybody", 303, {"to": "de"}),
    Row("GET", "/contact", *PAGE),
    Row("GET", "/contact/{token}", "everybody", 410),
    Row("POST", "/contact/{token}", "everybody", 410),
    Row("GET", "/alive/{token}", "everybody", 410),
    Row("POST", "/alive/{token}", "everybody", 410),
    *(Row("GET", path, *PAGE) for path in ("/api", "/api/openapi.json", "/api/walls", "/api/walls/{wall}")),
    Row("GET", "/api/walls/{wall}/cards", *PAGE),
    Row("POST", "/api/walls/{wall}/cards", "everybody", 400),
    Row("GET", "/api/walls/{wall}/cards/{card}", "see what waits", 200),
    Row("GET", "/api/walls/{wall}/changes", "everybody", 200, query="since=0"),
    *(Row("GET", f"{WALL}{path}", *PAGE) for path in ("", "/info", "/pin", "/similar", "/projector", "/erased")),
    *(Row("GET", f"{WALL}{path}", *PAGE) for path in ("/meeting", "/calendar.ics")),
    Row("GET", f"{WALL}/calendar", "everybody", 303),
    Row("GET", f"{CARD}.ics", "everybody", 404),  # it waits, and has no dates
    *(Row("GET", f"{WALL}/{paper}.pdf", *PAGE) for paper in ("documentation", "cards")),
    Row("POST", f"{WALL}/pin", "everybody", 422, {"name": ""}),
    # To take away
    *(Row("GET", f"{WALL}/{path}", *PAGE) for path in ("take", "feed.atom", "embed", "poster.png")),
    Row("GET", f"{WALL}/take/{{kind}}", *PAGE),
    Row("GET", f"{CARD}/poster.png", "everybody", 404),  # of a card that waits, for nobody
    *(Row("GET", path, *PAGE) for path in ("/sitemap.xml", "/robots.txt", "/sitemap-{part:int}.xml")),
    Row("GET", "/oembed", "everybody", 200, query="url={url}/w/probe"),
    # Signing in, and one's own account
    Row("GET", "/sign-in", *PAGE),
    Row("POST", "/sign-in", "everybody", 422),
    Row("GET", "/sign-in/code", "everybody", 303),
    Row("POST", "/sign-in/code", "everybody", 303),
    Row("GET", "/sign-in/{token}", "everybody", 410),
    Row("POST", "/sign-in/{token}", "everybody", 410),
    Row("GET", "/account", "signed in", 200),
    Row("POST", "/account", "signed in", 422, {"password": "kurz"}),
    Row("POST", "/account/sessions", "signed in", 404, {"which": "?"}),
    Row("GET", "/account/second", "signed in", 303),
    Row("POST", "/account/second", "signed in", 303, {"code": "1"}),
    Row("POST", "/account/second/end", "signed in", 422, {"proof": "x"}),
    # With the edit link
    Row("GET", "/mine/{token}", "link", 200),
    Row("POST", "/mine/{token}", "link", 422, {"name": ""}),
    Row("GET", "/mine/{token}/contact", "link", 200),
    Row("POST", "/mine/{token}/contact", "link", 422, {"contact_email": "x"}),
    Row("POST", "/mine/{token}/send", "link", 422, {"email": "x"}),
    Row("GET", "/mine/{token}/image", "link", 200),
    Row("POST", "/mine/{token}/image", "link", 415),
    Row("GET", "/mine/{token}/image/{name}/{file}", "link", 404),
    Row("POST", "/mine/{token}/erase", "link", 422),
    Row("POST", "/mine/{token}/withdraw", "link", 303),
    # The card's page: this one waits for a moderator
    *(Row("GET", f"{CARD}{path}", "see what waits", 200) for path in ("", "/thanks")),
    Row("GET", f"{CARD}/suggest", "see what waits", 200),
    Row("POST", f"{CARD}/suggest", "see what waits", 409, {"name": ""}),
    Row("GET", f"{CARD}/report", "see what waits", 200),
    Row("POST", f"{CARD}/report", "see what waits", 409),
    Row("GET", f"{CARD}/message", "see what waits", 404),
    Row("POST", f"{CARD}/message", "see what waits", 404),
    # Moderators
    Row("GET", f"{WALL}/queue", "moderate", 200),
    Row("POST", f"{WALL}/queue", "moderate", 404, {"verb": "x"}),
    Row("POST", f"{WALL}/undo", "moderate", 404, {"revision": "99999"}),
    Row("GET", f"{WALL}/stale", "moderate", 200),
    Row("POST", f"{WALL}/stale", "moderate", 404, {"do": "x"}),
    Row("GET", f"{WALL}/proposals/{{proposal}}", "moderate the card", 200),
    Row("POST", f"{WALL}/proposals/{{proposal}}", "moderate the card", 303, {"do": "reject"}),
    Row("GET", f"{CARD}/edit", "moderate the card", 200),
    Row("POST", f"{CARD}/edit", "moderate the card", 422, {"name": ""}),
    Row("GET", f"{CARD}/merge", "moderate the card", 200),
    Row("POST", f"{CARD}/merge", "moderate the card", 404),
    Row("GET", f"{CARD}/history", "moderate the card", 200),
    Row("GET", f"{CARD}/contact", "moderate the card", 200),
    Row("POST", f"{CARD}/contact", "moderate the card", 422, {"contact_email": "x"}),
    Row("GET", f"{CARD}/image", "moderate the card", 200),
    Row("POST", f"{CARD}/image", "moderate the card", 415),
    Row("GET", f"{CARD}/image/{{name}}/{{file}}", "everybody", 404),
    Row("POST", f"{CARD}/{{verb}}", "moderate the card", 303),
    Row("POST", f"{CARD}/erase", "moderate the card", 303, {"sure": "yes"}),
    Row("GET", f"{WALL}/history", "history", 200),
    Row("GET", f"{WALL}/history/compare", "history", 200, query="from=0"),
    Row("POST", f"{WALL}/history/keep", "history", 404, {"revision": "99999"}),
    Row("GET", f"{WALL}/phase", "publish", 200),
    Row("POST", f"{WALL}/phase", "publish", 404, {"to": "x"}),
    Row("POST", f"{WALL}/phase/plan", "publish", 422, {"frozen_on": "x"}),
    Row("GET", f"{WALL}/publish", "publish", 200),
    Row("POST", f"{WALL}/publish", "publish", 409),
    # Who leads the wall, and who operates the instance
    Row("GET", f"{WALL}/settings", "configure", 200),
    Row("POST", f"{WALL}/settings", "configure", 422),
    Row("GET", f"{WALL}/look/{{picture}}", "configure", 200),
    Row("POST", f"{WALL}/look/{{picture}}", "configure", 415),
    Row("GET", f"{WALL}/look/{{name}}/{{file}}", "everybody", 404),
    Row("GET", f"{WALL}/import", "configure", 200),
    Row("POST", f"{WALL}/import", "configure", 422),
    Row("GET", f"{WALL}/import/{{upload}}", "configure", 303),
    Row("POST", f"{WALL}/import/{{upload}}", "configure", 303),
    Row("POST", f"{WALL}/history/restore", "restore", 404, {"revision": "99999"}),
    Row("GET", f"{WALL}/people", "people", 200),
    Row("POST", f"{WALL}/people", "people", 422, {"email": "x"}),
    Row("POST", f"{WALL}/people/{{person}}/{{verb}}", "people", 404),
    Row("GET", f"{WALL}/person", "people", 200),
    Row("POST", f"{WALL}/person", "people", 422, {"address": "x"}),
    Row("GET", "/people", "operate", 200),
    Row("POST", "/people", "operate", 422, {"email": "x"}),
    Row("POST", "/people/{person}/{verb}", "operate", 404),
    Row("GET", "/person", "operate", 200),
    Row("POST", "/person", "operate", 422, {"address": "x"}),
    Row("POST", "/sign-out", "everybody", 303),  # the last: nobody is signed in any more
]


def refusal(row: Row, column: str) -> tuple[int, ...]:
    """What those get who may not: nothing here (404), sign in first (401), no right (403), no such link (410)."""
    if row.may == "link":
        return (410,)
    if row.may == "see what waits":
        return (404,)
    if row.may == "signed in":
        return (401,)
    if row.may == "moderate the card" and column == "other":
        return (403, 404)  # a card that they do not even see
    return (401,) if row.method == "GET" and column in ("visitor", "author") else (403,)


def served() -> Iterator[tuple[str, str]]:
    """Every route and method there is."""
    for route in ROUTES:
        if isinstance(route, Route):
            yield from ((method, route.path) for method in sorted(route.methods or ()) if method != "HEAD")


def test_every_route_has_a_row() -> None:
    known = {(row.method, row.path) for row in ROWS}
    there = set(served())
    missing = [f"add to ROWS in tests/test_every_right.py: Row({m!r}, {p!r}, …)" for m, p in sorted(there - known)]
    gone = [f"there is no {method} {path} any more: drop its row" for method, path in sorted(known - there)]
    assert not missing + gone, "\n".join(["", *missing, *gone])
    assert [route.path for route in ROUTES if isinstance(route, WebSocketRoute)] == ["/w/{wall}/live"]


@dataclass(slots=True)
class Town:
    """A wall with somebody in every column."""

    server: Running
    browsers: dict[str, httpx.AsyncClient]

    async def asks(self, row: Row, column: str) -> httpx.Response:
        """What one of them is answered; each asks about a card, a link and a proposal of their own."""
        server = self.server
        wall = (await server.house.hub.room("probe")).board.wall
        section = "s2" if column == "other" else "s1"
        card = await hang(server, f"{column} {row.method} {row.path}", by=GUEST, section=section)
        names = {"wall": "probe", "card": card.id, "verb": "approve", "person": "x", "path": "none", "token": "x"}
        names |= {"name": "none", "file": "small.webp", "kind": "csv", "part": "0", "upload": "none", "picture": "logo"}
        if row.may == "link" and column == "author":
            names["token"] = server.house.edit_links.token(card.id)
        if "{proposal}" in row.path:
            shown = await hang(server, f"{column} {row.method}", section=section)
            other = shown.content | {"seeks": "Hilfe"}
            given = await suggest(server.house.ledger, wall, shown.id, other, shown.revision, "", GUEST)
            names["proposal"] = given.id
        path = row.path.replace(":path}", "}").replace(":int}", "}").format(**names)
        path += f"?{row.query.format(url=server.url)}" if row.query else ""
        headers = {"idempotency-key": f"key-{column}-0001"}
        return await self.browsers[column].request(row.method, path, data=row.form or None, headers=headers)


@pytest.fixture
async def town(on_sqlite: str) -> AsyncIterator[Town]:
    async with running(make_settings(on_sqlite, rate_limits=1000)) as server:
        await make_wall(server.house.database)
        await make_wall(server.house.database, "nachbar")
        browsers = {column: server.browser() for column in COLUMNS}
        signed: dict[str, tuple[str | None, Any, Any]] = {
            "own": ("probe", "moderator", ["s1"]),
            "other": ("probe", "moderator", ["s1"]),
            "moderator": ("probe", "moderator", None),
            "owner": ("probe", "owner", None),
            "operator": (None, "operator", None),
            "elsewhere": ("nachbar", "owner", None),
        }
        for column, given in signed.items():
            await server.sign_in(browsers[column], f"{column}@beispiel.invalid", *given)
        yield Town(server, browsers)
        for browser in browsers.values():
            await browser.aclose()


async def test_every_cell_of_role_and_route(town: Town) -> None:
    """ABUSE 8: what is answered to whom, on every route there is"""
    wrong = []
    for row in ROWS:
        for column in COLUMNS:
            expected = (row.answer,) if column in MAY[row.may] else refusal(row, column)
            answer = await town.asks(row, column)
            if answer.status_code not in expected:
                wrong.append(f"{row.method} {row.path} as {column}: expected {expected}, got {answer.status_code}")
    assert not wrong, "\n".join(["", *wrong])


# What each is shown: "everybody", "team" (moderators, in their sections), "nobody" (it never leaves the server).
CARD_FIELDS = {
    **dict.fromkeys(
        ("name", "kind", "section", "description", "topics", "districts", "meeting", "schedule"), "everybody"
    ),
    **dict.fromkeys(
        ("website", "members", "offers", "seeks", "newcomers", "english", "easy", "image", "image_alt"), "everybody"
    ),
    **dict.fromkeys(("id", "position", "revision", "created_at", "changed_at", "confirmed_at"), "everybody"),
    **dict.fromkeys(("status", "hidden"), "team"),
    **dict.fromkeys(("wall_id", "pinned_at_revision", "merged_into"), "nobody"),
}
WALL_FIELDS = {
    **dict.fromkeys(("title", "intro", "place", "held_on", "language", "phase", "moderation"), "everybody"),
    **dict.fromkeys(("sections", "kinds", "topics", "districts", "contact", "credits"), "everybody"),
    **dict.fromkeys(("slug", "revision", "epoch"), "everybody"),
    # settings that only shape pages, or have pages of their own
    **dict.fromkeys(("address", "listed", "accent", "imprint", "privacy", "contact_months", "rejected_days"), "nobody"),
    **dict.fromkeys(("confirm_months", "lapse_months", "embed_origins", "id", "created_at"), "nobody"),
    **dict.fromkeys(("logo", "logo_alt", "cover", "cover_alt"), "nobody"),
}


def only(fields: dict[str, str], *audiences: str) -> set[str]:
    return {name for name, who in fields.items() if who in audiences}


@pytest.mark.parametrize(("model", "fields"), [(Card, CARD_FIELDS), (Wall, WALL_FIELDS)])
def test_every_field_has_a_row(model: type[Card] | type[Wall], fields: dict[str, str]) -> None:
    new, gone = set(model.model_fields) - set(fields), set(fields) - set(model.model_fields)
    assert not new, f"say in tests/test_every_right.py who is shown {model.__name__}.{sorted(new)}"
    assert not gone, f"{model.__name__} has no {sorted(gone)} any more: drop the rows"


async def test_every_cell_of_audience_and_field(town: Town) -> None:
    """W8: the API and live frames carry the fields of the table, no others; a card that waits carries none at all"""
    server, public, team = town.server, only(CARD_FIELDS, "everybody"), only(CARD_FIELDS, "everybody", "team")
    shown, waiting = await hang(server, "Hängt"), await hang(server, "Wartet", by=GUEST)
    room, wrong = await server.house.hub.room("probe"), []
    for column in COLUMNS:
        browser, moderates = town.browsers[column], column in ("own", "moderator", "owner", "operator")
        due = team if moderates else public
        if column == "other":
            shown_here = await hang(server, "Hängt auch", section="s2")
            waits_here = await hang(server, "Wartet auch", by=GUEST, section="s2")
        else:
            shown_here, waits_here = shown, waiting
        one = (await browser.get(f"/api/walls/probe/cards/{shown_here.id}")).json()
        if set(one) != due:
            wrong.append(f"{column} is shown otherwise than the table says: {sorted(set(one) ^ due)} of a card")
        hidden = await browser.get(f"/api/walls/probe/cards/{waits_here.id}")
        if (hidden.status_code == 200) != moderates or (not moderates and "Wartet" in hidden.text):
            wrong.append(f"{column} is shown a card that waits")
        for each in (await browser.get("/api/walls/probe/cards")).json()["cards"]:
            assert set(each) == public, column
        wall = (await browser.get("/api/walls/probe")).json()
        assert set(wall) == only(WALL_FIELDS, "everybody") | {"count"}, column
        headers = {"cookie": "; ".join(f"{n}={v}" for n, v in browser.cookies.items()), "origin": server.url}
        async with server.listen(headers=headers, epoch=room.board.epoch, since=room.board.revision) as socket:
            await hear(socket, "hello")
            section = "s2" if column == "other" else "s1"
            await hang(server, f"Neu für {column}", by=GUEST, section=section)
            await hang(server, f"Hängt für {column}", section=section)
            frames = [await hear(socket, "change") for _ in range(2)]
        seen = [[set(card) for card in frame["cards"]] for frame in frames]
        if seen != ([[team], [team]] if moderates else [[], [public]]):
            wrong.append(f"{column} hears {seen}")
    assert not wrong, "\n".join(["", *wrong])


async def test_contacts_and_people_are_in_no_page_of_those_who_may_not_see_them(town: Town) -> None:
    """W8: the addresses of the team on no page for others, a contact for the team on the team's pages only"""
    server = town.server
    wall = (await server.house.hub.room("probe")).board.wall
    details = ContactDetails.take({"name": "Beispielperson", "email": "geheim@beispiel.invalid", "email_for": "team"})
    cards = {section: await hang(server, f"Mit Kontakt {section}", section=section) for section in ("s1", "s2")}
    for card in cards.values():
        await give(server.house.ledger, wall, card.id, details, GUEST, other=False, version=CONSENTS[0])
    for column in COLUMNS:
        browser, card = town.browsers[column], cards["s2" if column == "other" else "s1"]
        page = (await browser.get(f"/w/probe/c/{card.id}")).text
        assert ("geheim@beispiel.invalid" in page) == (column in MAY["moderate the card"]), column
        for path in ("/w/probe", "/w/probe/info", "/w/probe/queue", "/w/probe/history", "/w/probe/people", "/people"):
            answer = await browser.get(path)
            assert "geheim@beispiel.invalid" not in answer.text, (column, path)
            if path.endswith("people") and answer.status_code != 200:
                assert not any(f"{other}@beispiel.invalid" in answer.text for other in COLUMNS if other != column)


def test_each_role_can_do_what_the_one_below_it_can() -> None:
    order: tuple[ActorKind, ...] = ("guest", "author", "moderator", "owner", "operator", "system")
    for lower, higher in pairwise(order):
        assert RIGHTS[lower] <= RIGHTS[higher]
    assert RIGHTS["owner"] < RIGHTS["operator"]
    assert not RIGHTS["author"]
