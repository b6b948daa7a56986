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

from tests.makers import Running, hang, make_settings, make_wall, until
from wall.actions.edit import edit
from wall.exchange import press
from wall.exchange.prose import blocks
from wall.model.roles import SYSTEM
from wall.settings import Settings
from wall.web import documents, take
from wall.words import words

Browser = httpx.AsyncClient
t = words("de")
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


async def test_a_word_without_an_end_stays_within_its_column(server: Running, client: Browser) -> None:
    endless = "w" * 110
    await make_wall(server.house.database, "papier")
    said = {"description": endless, "members": [endless], "topics": ["w" * 60], "meeting": endless}
    await hang(server, slug="papier", name=endless, website=f"https://beispiel.invalid/{endless}", **said)
    half = 297.6  # of A4, in points: one card stands on the left
    for kind in ("documentation", "cards"):
        document = pypdfium2.PdfDocument((await client.get(f"/w/papier/{kind}.pdf")).content)
        for page in document:
            words = page.get_textpage()
            boxes = [words.get_charbox(at) for at in range(words.count_chars()) if words.get_text_range(at, 1) == "w"]
            assert all(right < half for _, _, right, _ in boxes)


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


async def ready(client: Browser, address: str) -> httpx.Response:
    """What a waiting page becomes, looked at again and again as its reader's browser does."""

    async def looked() -> httpx.Response | None:
        answer = await client.get(address, headers=GERMAN)
        return None if answer.status_code == 202 else answer

    answer: httpx.Response = await until(looked, "the document")
    return answer


@pytest.fixture
def none_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every document is one that is waited for."""
    monkeypatch.setattr(documents, "QUICK", 0)


@pytest.mark.usefixtures("none_is_quick")
@pytest.mark.parametrize("kind", ["documentation", "cards"])
async def test_a_large_document_is_waited_for_on_a_page_that_says_what_is_made_and_becomes_it(
    server: Running, client: Browser, kind: str
) -> None:
    await hang(server, name="Sichtbares Netz", topics=["Umwelt"])
    await hang(server, name="Anderes Netz")
    answer = await client.get(f"/w/probe/{kind}.pdf?topic=Umwelt", headers=GERMAN)
    assert answer.status_code == 303
    address = answer.headers["location"]
    page = await client.get(address, headers=GERMAN)
    assert (page.status_code, page.headers["cache-control"]) == (202, "no-store")
    assert '<meta http-equiv="refresh"' in page.text
    for said in (t("paper.waiting"), t(f"take.kind.{'pdf' if kind != 'cards' else kind}.title"), t.n("count.cards", 1)):
        assert said in page.text
    assert t("paper.waiting") not in (await client.get(address, headers={"accept-language": "en"})).text
    made = await ready(client, address)
    text = text_of(PdfReader(io.BytesIO(made.content)))
    assert ("Sichtbares Netz" in text, "Anderes Netz" in text) == (True, False)
    again = await client.get(f"/w/probe/{kind}.pdf?topic=Umwelt", headers=GERMAN, follow_redirects=True)
    assert again.content == made.content, "what is kept comes at once"


@pytest.mark.usefixtures("none_is_quick")
async def test_who_waits_gets_it_though_the_wall_has_changed_but_no_card_that_went_or_said_something_else(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """ABUSE 45"""
    gone, wrong = await hang(server, name="Verschwundenes Netz"), await hang(server, name="Falschgeschriebenes Netz")
    address = (await client.get("/w/probe/cards.pdf", headers=GERMAN)).headers["location"]
    await hang(server, name="Neues Netz")
    made = await ready(client, address)
    assert "Neues" not in text_of(PdfReader(io.BytesIO(made.content)))
    wall = (await server.house.hub.room("probe")).board.wall
    said = wrong.content | {"name": "Richtiges Netz"}
    await edit(server.house.ledger, wall, wrong.id, said, wrong.revision, SYSTEM)
    answer = await client.get(address, headers=GERMAN)
    assert (answer.status_code, answer.headers["location"] != address) == (303, True)
    made = await ready(client, answer.headers["location"])
    assert "Falschgeschriebenes" not in text_of(PdfReader(io.BytesIO(made.content)))
    address = answer.headers["location"]
    assert (await moderator.post(f"/w/probe/c/{gone.id}/hide", data={})).status_code in (200, 303)
    answer = await client.get(address, headers=GERMAN)
    assert (answer.status_code, answer.headers["location"] != address) == (303, True)
    text = text_of(PdfReader(io.BytesIO((await ready(client, answer.headers["location"])).content)))
    assert ("Neues Netz" in text, "Verschwundenes" in text) == (True, False)
    await make_wall(server.house.database, "andere")
    order = answer.headers["location"].partition("?")[2]
    assert "Neues" not in text_of(await fetched(client, f"/w/andere/cards.pdf?{order}"))


@pytest.mark.usefixtures("none_is_quick")
async def test_a_program_waits_for_the_document_itself(server: Running, client: Browser) -> None:
    await hang(server, name="Sichtbares Netz")
    answer = await client.get("/w/probe/cards.pdf", headers={"accept": "*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")


@pytest.mark.usefixtures("none_is_quick")
async def test_a_document_that_cannot_be_made_is_said_to_who_waits_and_may_be_tried_again(
    server: Running, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hang(server, name="Sichtbares Netz")
    with monkeypatch.context() as patch:
        patch.setattr(press, "PATIENCE", 0.0)
        address = (await client.get("/w/probe/cards.pdf", headers=GERMAN)).headers["location"]
        assert (await ready(client, address)).status_code == 503
    again = await client.get(address, headers=GERMAN, follow_redirects=True)
    assert again.status_code == 202
    assert (await ready(client, str(again.url))).status_code == 200


async def test_more_than_one_document_holds_is_taken_in_parts_and_said_before_anybody_asks(
    server: Running, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (documents, take):
        monkeypatch.setattr(module, "MOST", 2)
    for number in range(3):
        await hang(server, name=f"Netz {number}", section="s2" if number else "s1", topics=["Umwelt"])
    shelves = (await client.get("/w/probe/take", headers=GERMAN)).text
    assert shelves.count(t("take.parts", most=2, count=3)) == 2
    page = await client.get("/w/probe/documentation.pdf", headers=GERMAN)
    assert page.status_code == 422
    assert t("paper.parts_lead", most=2) in page.text
    parts = re.findall(r'href="(/w/probe/documentation\.pdf\?[^"]+)"', page.text)
    assert parts == [f"/w/probe/documentation.pdf?section={name}" for name in ("s2", "s1")]
    text = text_of(await fetched(client, parts[0]))
    assert ("Netz 0" in text, "Netz 1" in text, "Netz 2" in text) == (False, True, True)
    assert t("take.in_parts") not in (await client.get("/w/probe/take?section=s2", headers=GERMAN)).text


def test_the_tiny_markdown_becomes_plain_nodes() -> None:
    text = {"t": "text", "v": "eins"}
    assert blocks("eins") == [{"t": "p", "c": [text]}]
    assert blocks("*eins*")[0]["c"] == [{"t": "em", "c": [text]}]
    assert blocks("3. eins") == [{"t": "ol", "start": 3, "items": [[{"t": "p", "c": [text]}]]}]
    assert blocks("[eins](https://example.org)")[0]["c"] == [{"t": "link", "href": "https://example.org", "c": [text]}]
    assert blocks("[eins](ftp://example.org)")[0]["c"] == [text]
