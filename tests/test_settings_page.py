"""The wall's settings: written by those who lead it, kept in the journal as one change, never at a card's cost."""

import html
import re

import httpx
import pytest

from tests.makers import Running, hang, make_wall
from wall.model.change import Change
from wall.store import journal
from wall.web.settings import CONTROLS

Browser = httpx.AsyncClient
PAGE = "/w/probe/settings"


async def written(client: Browser, language: str = "de") -> dict[str, str]:
    """The settings form as a browser would send it back untouched."""
    page = (await client.get(PAGE, headers={"accept-language": language})).text
    form = dict.fromkeys(CONTROLS, "")
    for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL):
        form[name] = html.unescape(text)
    for tag in re.findall(r"<input[^>]*>", page):
        kind, name = re.search(r'type="(\w+)"', tag), re.search(r'name="(\w+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if (
            name
            and value
            and name[1] in form
            and (kind is None or kind[1] not in ("radio", "checkbox") or "checked" in tag)
        ):
            form[name[1]] = html.unescape(value[1])
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        form[name] = html.unescape(chosen[1]) if chosen else ""
    return form


async def changes(server: Running) -> list[Change]:
    room = await server.house.hub.room("probe")
    async with server.house.database.read() as connection:
        return await journal.changes_since(connection, room.wall_id, 0)


async def test_the_form_sent_back_untouched_changes_nothing(server: Running, owner: Browser) -> None:
    answer = await owner.post(PAGE, data=await written(owner))
    assert (answer.status_code, answer.headers.get("location")) == (303, f"{PAGE}?saved=1")
    assert await changes(server) == []
    assert "Gespeichert." in (await owner.get(f"{PAGE}?saved=1")).text


NEW = {
    "title": "Neue Wand",
    "intro": "Zwei Sätze. Mit *Betonung*.",
    "place": "Grünau",
    "held_on": "2026-11-22",
    "language": "en",
    "address": "ihr",
    "moderation": "after",
    "listed": "0",
    "embed_origins": "https://www.beispiel.invalid\nhttps://beispiel.invalid:8443",
    "accent": "150",
    "sections": "Bündnisse\nStammtische\nForen",
    "kinds": "Netzwerk; Jade\nLesekreis; Türkis",
    "topics": "Umwelt\nKultur",
    "districts": "Grünau-Mitte\nPlagwitz",
    "contact": "wand@beispiel.invalid",
    "contact_months": "6",
    "rejected_days": "30",
    "confirm_months": "24",
    "lapse_months": "6",
    "credits": "Dank",
    "imprint": "Impressum",
    "privacy": "Datenschutz",
}


async def test_every_setting_is_kept_and_all_of_them_are_one_change(server: Running, owner: Browser) -> None:
    assert set(NEW) == set(CONTROLS)
    assert (await owner.post(PAGE, data=NEW)).status_code == 303
    assert await written(owner) == NEW
    stored = await changes(server)
    assert [(change.revision, change.kind) for change in stored] == [(1, "configured")]
    assert stored[0].actor.startswith("owner:")
    assert stored[0].was["title"] == "Probewand"
    assert "Neue Wand" in (await owner.get("/w/probe")).text


async def test_a_renamed_section_keeps_its_cards_and_their_addresses(server: Running, owner: Browser) -> None:
    card = await hang(server)
    form = await written(owner) | {"sections": "Runde Tische\nStammtische"}
    assert (await owner.post(PAGE, data=form)).status_code == 303
    board = (await server.house.hub.room("probe")).board
    assert [section.name for section in board.wall.sections] == ["Runde Tische", "Stammtische"]
    assert [section.id for section in board.wall.sections] == ["s1", "s2"]
    assert [shown.id for shown in board.visible()] == [card.id]


async def test_sections_change_places_with_their_cards(server: Running, owner: Browser) -> None:
    first, second = await hang(server, "Eins", section="s1"), await hang(server, "Zwei", section="s2")
    await owner.post(PAGE, data=await written(owner) | {"sections": "Stammtische\nBündnisse"})
    board = (await server.house.hub.room("probe")).board
    assert [card.id for card in board.visible()] == [second.id, first.id]


async def test_a_section_with_cards_cannot_be_dropped(server: Running, owner: Browser) -> None:
    await hang(server, section="s2")
    form = await written(owner)
    refused = await owner.post(PAGE, data=form | {"sections": "Bündnisse", "title": "Mein neuer Titel"})
    assert refused.status_code == 422
    assert "In diesen Bereichen hängen noch Karten: Stammtische" in refused.text
    assert "Mein neuer Titel" in refused.text
    assert (await owner.post(PAGE, data=form | {"sections": "Stammtische"})).status_code == 303


async def test_a_kind_has_the_colour_written_behind_it_or_keeps_its_own(server: Running, owner: Browser) -> None:
    """By its name in either language; a number, as older lists have it, means a hue."""
    lines = "Netzwerk\nLesekreis; 205\nStammtisch; OCKER\nForum;720\nRat; blue\nTreff; Blau"
    assert (await owner.post(PAGE, data=await written(owner) | {"kinds": lines})).status_code == 303
    kinds = (await server.house.hub.room("probe")).board.wall.kinds
    assert [(kind.name, kind.hue) for kind in kinds] == [
        ("Netzwerk", 170),
        ("Lesekreis", 200),
        ("Stammtisch", 70),
        ("Forum", 0),
        ("Rat", 260),
        ("Treff", 260),
    ]


async def test_a_colour_that_has_no_name_is_shown_as_the_nearest_and_stays(server: Running, owner: Browser) -> None:
    assert (await owner.post(PAGE, data=await written(owner) | {"kinds": "Netzwerk; 0\nForum; 120"})).status_code == 303
    for language, names in (("de", ("Pink", "Moos")), ("en", ("Pink", "Moss"))):
        form = await written(owner, language)
        assert form["kinds"] == f"Netzwerk; {names[0]}\nForum; {names[1]}"
        assert (await owner.post(PAGE, data=form)).status_code == 303
        kinds = (await server.house.hub.room("probe")).board.wall.kinds
        assert [kind.hue for kind in kinds] == [0, 120]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "Bitte ausfüllen."),
        ("title", "x" * 121, "Bitte höchstens 120 Zeichen, es sind 121."),
        ("held_on", "gestern", "Das ist kein Datum."),
        ("moderation", "verzaubert", "Bitte aus der Liste auswählen."),
        ("sections", "  \n ", "Bitte ausfüllen."),
        ("sections", "\n".join(f"Spalte {n}" for n in range(21)), "Bitte höchstens 20 auswählen."),
        ("kinds", "\n", "Bitte ausfüllen."),
        ("kinds", "Netzwerk; Bunt", "Diese Farbe gibt es hier nicht: Bunt."),
        ("topics", "\n".join(f"Thema {n}" for n in range(101)), "Bitte höchstens 100 auswählen."),
    ],
)
async def test_what_cannot_be_set_is_named_and_every_word_stays(
    server: Running, owner: Browser, field: str, value: str, sentence: str
) -> None:
    form = await written(owner) | {"credits": "Lange Danksagung", field: value}
    refused = await owner.post(PAGE, data=form)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert f'href="#{field}"' in refused.text
    assert "Lange Danksagung" in refused.text
    assert field == "moderation" or value.strip() in html.unescape(refused.text)
    assert await changes(server) == []


async def test_hints_on_the_page_are_those_of_a_wall_not_of_a_card(server: Running, owner: Browser) -> None:
    await make_wall(server.house.database, "andere")
    page = (await owner.get(PAGE)).text
    assert "Je Zeile eines." in page
    assert "Bis zu acht." not in page
    assert "Ohne Auswahl: die ganze Stadt." not in page
