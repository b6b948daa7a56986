"""Paper: the documentation and the cards to hang up, as readers, screen readers and printers find them."""

import asyncio
import io
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pypdfium2
import pytest
from pypdf import PdfReader

from tests.makers import Running, hang, make_settings, make_wall
from wall.exchange.prose import blocks
from wall.settings import Settings

Browser = httpx.AsyncClient
GERMAN = {"accept-language": "de"}
LONG = "Wir treffen uns jeden Monat und planen gemeinsam, was im Stadtteil zu tun ist. " * 18


@pytest.fixture
def settings(on_sqlite: str) -> Settings:
    """Documents are made of a board in memory: one database is enough."""
    return make_settings(on_sqlite)


async def fetched(client: Browser, path: str) -> PdfReader:
    answer = await client.get(path, headers=GERMAN)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    return PdfReader(io.BytesIO(answer.content))


def text_of(reader: PdfReader) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages)).replace("\u00ad", "")


def tags_of(element: Any) -> Iterator[str]:
    """The structure's names from the root on, as a screen reader walks them."""
    element = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(element, list):
        for child in element:
            yield from tags_of(child)
    elif isinstance(element, dict):
        if "/S" in element:
            yield element["/S"]
        if "/K" in element:
            yield from tags_of(element["/K"])


async def test_the_documentation_holds_every_visible_card_in_its_section_with_indexes(
    server: Running, client: Browser
) -> None:
    await make_wall(server.house.database, "papier", title="Wand auf Papier", intro="Ein *Anfang*.")
    card = await hang(server, slug="papier", name="Runder Tisch Grünau", topics=["Umwelt"], districts=["Connewitz"])
    await hang(server, slug="papier", name="Stammtisch der Lesepaten", section="s2", description="Mit **Büchern**.")
    reader = await fetched(client, "/w/papier/documentation.pdf")
    text = text_of(reader)
    for expected in ("Wand auf Papier", "2 Netzwerke", "Bündnisse", "Stammtische", "Mit Büchern.", "Nach Themen"):
        assert expected in text
    assert text.count("Runder Tisch Grünau") == 3  # itself, under its topic and under its district
    outline = [item.title for item in reader.outline if not isinstance(item, list)]
    assert outline[:3] == ["Bündnisse", "Stammtische", "Nach Themen"]
    assert reader.outline[1][0].title == "Runder Tisch Grünau"
    links = {
        note.get_object()["/A"]["/URI"]
        for page in reader.pages
        for note in page.get("/Annots", [])
        if "/URI" in note.get_object().get("/A", {})
    }
    assert f"{server.url}/w/papier/c/{card.id}" in links


@pytest.mark.parametrize("kind", ["documentation", "cards"])
async def test_a_document_is_tagged_and_says_its_language_and_title(
    server: Running, client: Browser, kind: str
) -> None:
    await make_wall(server.house.database, "papier", title="Wand auf Papier")
    await hang(server, slug="papier", name="Runder Tisch", description="- eins\n- zwei")
    reader = await fetched(client, f"/w/papier/{kind}.pdf")
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "de"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert "Wand auf Papier" in str(reader.metadata.title if reader.metadata else "")
    tags = set(tags_of(root["/StructTreeRoot"]["/K"]))
    assert {"/H1", "/Figure", "/P"} <= tags
    if kind == "documentation":
        assert {"/L", "/LI", "/TOC", "/TOCI", "/Link"} <= tags


async def test_paper_shows_what_visitors_see_even_to_moderators_and_only_what_was_asked_for(
    server: Running, client: Browser, moderator: Browser
) -> None:
    await hang(server, name="Sichtbares Netz", topics=["Umwelt"])
    await hang(server, name="Anderes Netz", topics=["Jugend"])
    pinned = await client.post("/w/probe/pin", data={"name": "Wartendes Netz", "kind": "Netzwerk", "section": "s1"})
    assert pinned.status_code == 303
    for kind in ("documentation", "cards"):
        text = text_of(await fetched(moderator, f"/w/probe/{kind}.pdf?topic=Umwelt"))
        assert "Sichtbares Netz" in text
        assert "Anderes Netz" not in text
        assert "Wartendes" not in text


async def test_what_people_wrote_is_never_layout_code(server: Running, client: Browser) -> None:
    """ABUSE 20: markup of the layout's own language stays text on paper."""
    tricks = '#panic("x") $x$ @label <a> *b* #{1+1} \\ ] } " \u200d'
    await make_wall(server.house.database, "papier", title=tricks)
    await hang(
        server, slug="papier", name=tricks, description=tricks, meeting=tricks, members=[tricks], topics=[tricks]
    )
    for kind in ("documentation", "cards"):
        text = text_of(await fetched(client, f"/w/papier/{kind}.pdf"))
        assert '#panic("x") $x$ @label <a> *b* #{1+1}' in text


async def test_signs_that_no_font_here_has_cost_nobody_the_document(server: Running, client: Browser) -> None:
    await hang(server, name="Fest \U0001f389 und \U0001f469\u200d\U0001f467", topics=["\u2620\ufe0f Umwelt"])
    for kind in ("documentation", "cards"):
        reader = await fetched(client, f"/w/probe/{kind}.pdf")
        assert "Fest" in text_of(reader)
        assert b"<pdfuaid:part>1</pdfuaid:part>" in reader.root_object["/Metadata"].get_object().get_data()
    await hang(server, name="\U00012000\U00012001 Keilschrift")  # letters are not left out, so it is no PDF/UA there
    for kind in ("documentation", "cards"):
        reader = await fetched(client, f"/w/probe/{kind}.pdf")
        assert "Keilschrift" in text_of(reader)
        assert reader.root_object["/MarkInfo"]["/Marked"]


async def test_printed_cards_are_four_to_a_page_and_the_longest_stays_on_its_own(
    server: Running, client: Browser
) -> None:
    await make_wall(server.house.database, "papier")
    longest = "Arbeitsgemeinschaft" + "verbandsvorsitzenden" * 5
    for name in (longest, "A " * 60, "C", "D", "E"):
        await hang(server, slug="papier", name=name.strip(), description=LONG, offers=LONG[:500], seeks=LONG[:500])
    answer = await client.get("/w/papier/cards.pdf")
    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == 2
    page = document[0].render(scale=1).to_pil().convert("L")
    width, height = page.size
    # nothing is printed between two cards but the coloured band at the top of each and the short marks
    gutter = [page.getpixel((width // 2 + dx, y)) for dx in (-6, 6) for y in range(height // 20, height // 2 - 20, 3)]
    assert set(gutter) == {255}


async def test_an_unchanged_document_is_not_laid_out_again(server: Running, client: Browser) -> None:
    first = await client.get("/w/probe/cards.pdf", headers=GERMAN)
    again = await client.get("/w/probe/cards.pdf", headers=GERMAN | {"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    server.house.assets.release = "anders"
    upgraded = await client.get("/w/probe/cards.pdf", headers=GERMAN | {"if-none-match": first.headers["etag"]})
    assert upgraded.status_code == 200
    await hang(server, name="Neu")
    changed = await client.get("/w/probe/cards.pdf", headers=GERMAN | {"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_a_draft_has_no_documents(server: Running, client: Browser) -> None:
    await make_wall(server.house.database, "entwurf", phase="draft")
    for kind in ("documentation", "cards"):
        assert (await client.get(f"/w/entwurf/{kind}.pdf")).status_code == 404


async def test_too_many_who_want_paper_at_once_are_asked_to_come_back(server: Running, client: Browser) -> None:
    answers = await asyncio.gather(*(client.get("/w/probe/cards.pdf", timeout=60) for _ in range(9)))
    codes = sorted(answer.status_code for answer in answers)
    assert set(codes) == {200, 503}
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["retry-after"]


def test_the_tiny_markdown_becomes_plain_nodes() -> None:
    text = {"t": "text", "v": "eins"}
    assert blocks("eins") == [{"t": "p", "c": [text]}]
    assert blocks("*eins*")[0]["c"] == [{"t": "em", "c": [text]}]
    assert blocks("3. eins") == [{"t": "ol", "start": 3, "items": [[{"t": "p", "c": [text]}]]}]
    assert blocks("[eins](https://example.org)")[0]["c"] == [{"t": "link", "href": "https://example.org", "c": [text]}]
    assert blocks("[eins](ftp://example.org)")[0]["c"] == [text]
