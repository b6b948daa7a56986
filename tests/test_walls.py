"""The start page, the wall and its neighbours: who is shown, what a filter finds, what each phase allows."""

import re
from typing import Any

import httpx
import pytest

from tests.makers import Running, hang, make_wall, names
from wall.model.roles import GUEST

Browser = httpx.AsyncClient


async def test_the_start_page_lists_public_walls_with_the_number_of_cards_everybody_sees(
    server: Running, client: Browser
) -> None:
    await make_wall(server.house.database, "geheim", title="Nur per Adresse", listed=False)
    await make_wall(server.house.database, "entwurf", title="Noch nicht fertig", phase="draft")
    await hang(server, "Eins")
    await hang(server, "Zwei")
    await hang(server, "Wartet", by=GUEST)
    text = (await client.get("/")).text
    assert text.count('class="poster"') == 1
    assert '<a href="/w/probe">Probewand</a>' in text
    assert "<strong>2 Netzwerke</strong>" in text
    assert (await client.get("/w/geheim")).status_code == 200


async def test_a_start_page_without_walls_says_so(server: Running, client: Browser, owner: Browser) -> None:
    form = {"title": "Probewand", "sections": "Bündnisse\nStammtische", "kinds": "Netzwerk; 170", "phase": "draft"}
    answer = await owner.post("/w/probe/settings", data=form | {"moderation": "before", "language": "de"})
    assert answer.status_code == 422, "the address must be chosen too"
    await owner.post(
        "/w/probe/settings", data=form | {"moderation": "before", "language": "de", "address": "sie", "accent": "260"}
    )
    assert "Noch keine Wand" in (await client.get("/")).text


async def test_a_wall_shows_visible_cards_in_their_sections_and_no_others(
    server: Running, client: Browser, moderator: Browser
) -> None:
    shown = await hang(server, "Sichtbar")
    waiting = await hang(server, "Wartet", by=GUEST)
    hidden = await hang(server, "Unsichtbar")
    await moderator.post(f"/w/probe/c/{hidden.id}/hide")
    text = (await client.get("/w/probe")).text
    assert f'id="card-{shown.id}"' in text
    assert 'aria-labelledby="head-s1"' in text
    for card in (waiting, hidden):
        assert card.name not in text
        assert card.id not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Chor", "Gartentisch", "Kochtreff"]),
        ({"q": "gruenau"}, ["Chor"]),
        ({"q": "GRÜNAU mitte"}, ["Chor"]),
        ({"q": "tisch garten"}, ["Gartentisch"]),
        ({"q": "tisch fehlt"}, ["Gartentisch", "Kochtreff"]),  # the nearest, where no card has every word
        ({"q": "%"}, []),
        ({"topic": "Umwelt"}, ["Gartentisch"]),
        ({"district": "Grünau-Mitte"}, ["Chor"]),
        ({"district": "connewitz"}, ["Gartentisch"]),
        ({"kind": "Stammtisch"}, ["Gartentisch", "Kochtreff"]),
        ({"kind": "Stammtisch", "topic": "Umwelt", "q": "garten"}, ["Gartentisch"]),
        ({"kind": "<script>"}, []),
    ],
)
async def test_a_filter_finds_what_fits_all_of_it(
    server: Running, client: Browser, query: dict[str, str], found: list[str]
) -> None:
    await hang(server, "Chor", districts=["Grünau-Mitte"], topics=["Kultur"])
    await hang(server, "Gartentisch", districts=["Connewitz"], topics=["Umwelt"], kind="Stammtisch")
    await hang(server, "Kochtreff", kind="Stammtisch")  # without a district: for the whole city
    text = re.sub("</?mark>", "", (await client.get("/w/probe", params=query)).text)
    assert [name for name in ("Chor", "Gartentisch", "Kochtreff") if f">{name}</a></h3>" in text] == found
    assert "<script>" not in text
    if query:
        assert f"{len(found)} Netzwerk{'' if len(found) == 1 else 'e'} gefunden" in text
    assert ("Dazu hängt hier noch nichts." in text) == (not found)


async def test_a_browser_that_has_the_page_of_this_revision_gets_304(server: Running, client: Browser) -> None:
    await hang(server, "Eins")
    first = await client.get("/w/probe")
    etag = first.headers["etag"]
    same = await client.get("/w/probe", headers={"if-none-match": etag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    english = await client.get("/w/probe", headers={"if-none-match": etag, "accept-language": "en"})
    assert english.status_code == 200, "another language is another page"
    await hang(server, "Zwei")
    newer = await client.get("/w/probe", headers={"if-none-match": etag})
    assert newer.status_code == 200
    assert "Zwei" in newer.text


async def test_what_a_moderator_sees_is_never_kept(moderator: Browser) -> None:
    page = await moderator.get("/w/probe")
    assert page.headers["cache-control"] == "no-store"
    assert "etag" not in page.headers


WORDS = {
    "name": "Meine Worte",
    "kind": "Netzwerk",
    "section": "s1",
    "description": "Lang überlegt.",
    "key": "key-000001",
}


@pytest.mark.parametrize("phase", ["frozen", "archived"])
async def test_a_wall_that_is_not_open_refuses_guests_with_423_and_keeps_their_words(
    server: Running, client: Browser, phase: str
) -> None:
    await make_wall(server.house.database, "still", phase=phase)
    too_late = await client.get("/w/still/pin")
    assert (too_late.status_code, 'href="/w/still"' in too_late.text) == (423, True)
    assert "<textarea" not in too_late.text, "nobody writes what cannot be sent"
    answer = await client.post("/w/still/pin", data=WORDS)
    assert answer.status_code == 423
    assert "Meine Worte" in answer.text
    assert "Lang überlegt." in answer.text
    assert await names(client, "still") == []
    wall = await client.get("/w/still")
    assert "/w/still/pin" not in wall.text
    assert ("angehalten" if phase == "frozen" else "abgeschlossen") in wall.text


async def test_moderators_pin_on_a_frozen_wall(server: Running, client: Browser) -> None:
    await make_wall(server.house.database, "still", phase="frozen")
    await server.sign_in(client, "mod@beispiel.invalid", "still")
    assert (await client.post("/w/still/pin", data=WORDS)).status_code == 303
    assert await names(client, "still") == ["Meine Worte"]


async def test_on_a_wall_that_shows_at_once_a_guests_card_hangs_at_once(server: Running, client: Browser) -> None:
    await make_wall(server.house.database, "sofort", moderation="after", phase="open")
    answer = await client.post("/w/sofort/pin", data=WORDS)
    assert "Ihre Karte hängt jetzt an der Wand." in (await client.get(answer.headers["location"])).text
    assert await names(client, "sofort") == ["Meine Worte"]


async def test_a_draft_exists_for_its_moderators_only(server: Running, client: Browser) -> None:
    await make_wall(server.house.database, "entwurf", phase="draft")
    pages = ["", "/info", "/pin", "/projector", "/impressum"]
    unknown, draft = await client.get("/w/nirgends"), await client.get("/w/entwurf")
    assert (unknown.status_code, draft.status_code) == (404, 404)
    assert unknown.text.replace("nirgends", "entwurf") == draft.text
    assert [(await client.get(f"/w/entwurf{page}")).status_code for page in pages] == [404] * 5
    assert (await client.get("/api/walls/entwurf")).status_code == 404
    await server.sign_in(client, "mod@beispiel.invalid", "entwurf")
    assert [(await client.get(f"/w/entwurf{page}")).status_code for page in pages] == [200] * 5


async def test_the_info_page_says_what_the_wall_is_and_credits_its_sources(server: Running, client: Browser) -> None:
    about: dict[str, Any] = {
        "intro": "Wo alle *zusammenarbeiten*.",
        "credits": "Dank an [eine Quelle](https://quelle.beispiel.invalid)",
        "contact": "wand@beispiel.invalid",
        "held_on": "2024-09-14",
    }
    await make_wall(server.house.database, "quelle", **about)
    await hang(server, "Eins", slug="quelle")
    text = (await client.get("/w/quelle/info")).text
    assert "<em>zusammenarbeiten</em>" in text
    assert 'href="https://quelle.beispiel.invalid"' in text
    assert 'href="mailto:wand@beispiel.invalid"' in text
    assert "14. September 2024" in text
    assert "<dt>Netzwerke</dt><dd>1</dd>" in text


async def test_the_projector_shows_the_wall_as_a_visitor_sees_it_with_the_way_to_pin(
    server: Running, moderator: Browser
) -> None:
    older, newer = await hang(server, "Eins"), await hang(server, "Zwei")
    waiting = await hang(server, "Wartet", by=GUEST)
    text = (await moderator.get("/w/probe/projector")).text
    assert text.index(f'id="card-{older.id}"') < text.index(f'id="card-{newer.id}"'), "the newest comes last"
    assert waiting.id not in text
    assert "card__menu" not in text
    assert 'class="qr"' in text
    address = f"{server.url.removeprefix('http://')}/w/probe/pin"
    assert address.replace("/", "<wbr>/") in text, "what is to be typed is divided at its slashes"
