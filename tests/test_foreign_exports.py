"""Exports of other services, as they really look: what is recognised, what becomes of it, what stays behind."""

import io
import zipfile
from typing import Any

import orjson
import pytest

from tests.makers import make_wall, words
from tests.test_take_away import FULL
from wall.actions.ledger import Ledger
from wall.actions.pin import pin
from wall.errors import Invalid
from wall.exchange import csv, html, json, spreadsheet, unpack, xlsx
from wall.exchange import markdown as markdown_file
from wall.exchange.columns import Table
from wall.exchange.plan import Choices, planned
from wall.exchange.portion import picked, portion
from wall.exchange.recognise import recognised
from wall.model.board import Board
from wall.model.card import CONTENT
from wall.model.roles import SYSTEM
from wall.store import boards
from wall.text import markdown
from wall.words import words as sentences

OLD_PADLET = (
    "Subject,Body,Attachment,Author,Created At,Updated At\n"
    'Chor Beispiel,"Wir singen.\n\nDienstags &amp; donnerstags.",https://chor.beispiel.invalid/,Erika Beispiel,'
    "2023-04-01 10:00:00 UTC,2023-04-02 11:00:00 UTC\n"
    ",Nur ein Text,https://padlet-uploads.storage.googleapis.com/1/foto.jpg,,2023-04-01 10:00:00 UTC,\n"
)
NEW_PADLET = (
    "Abschnitt,Titel,Textkörper,Anhang-Link,Anhangbeschriftung,Anhang-Alternativtext,Beitragsfarbe,Autor,"
    "Erstellt am (UTC),Aktualisiert am (UTC)\n"
    "Stammtische,Chor,<p>Wir <strong>singen</strong></p><ul><li>eins</li><li>zwei</li></ul>,"
    "https://chor.beispiel.invalid,,,red,Erika Beispiel,2024-05-01 10:00,2024-05-02 10:00\n"
    "Bündnisse,Garten,,attachments/foto.jpg,Unser Garten,Beete,,,2024-05-01 10:00,2024-05-02 10:00\n"
)
ENGLISH_PADLET = NEW_PADLET.replace(
    NEW_PADLET.partition("\n")[0],
    "Section,Title,Body,Attachment link,Attachment caption,Attachment alt text,Post color,Author,"
    "Created at (UTC),Updated at (UTC)",
)
PADLET_TEXT = """# Netzwerk-Wand Beispielstadt

Eine Wand für alle.

## Stammtische

### 1. Chor Beispiel

**Author:** Erika Beispiel
**Created:** 2024-05-01

<p>Wir <em>singen</em> &amp; lachen.</p><ol><li>erstens</li><li>zweitens</li></ol>

[Attachment](https://chor.beispiel.invalid/seite)

#### Comments (2)

- **Max Beispiel:** Schön! Mehr unter max@beispiel.invalid
- **Erika Beispiel:** Danke

#### Reactions

- 5 likes

#### Additional Information

- **Color:** red

---

## Bündnisse

### 2. Garten

Nur Text.

[Attachment](attachments/plan.pdf)

---

### 3.

<p>Ein Beitrag ohne Titel, der nur aus Text besteht</p>

---
"""


def zipped(**files: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), body)
    return out.getvalue()


def cards(table: Table) -> list[dict[str, str]]:
    """The rows by the field that is suggested for each column."""
    return [
        {field: cell for field, cell in zip(table.suggested, row, strict=True) if field and cell} for row in table.rows
    ]


def test_an_old_padlet_keeps_words_and_links_and_no_authors() -> None:
    table = recognised(OLD_PADLET.encode("utf-8-sig"))
    assert table.format == "padlet"
    assert cards(table)[0] == {
        "name": "Chor Beispiel",
        "description": "Wir singen.\n\nDienstags &amp; donnerstags.",
        "website": "https://chor.beispiel.invalid/",
    }
    assert table.left_out == ["Author"]
    assert table.counts == {"files": 1}
    assert table.lines == [2, 5]
    assert b"Erika" not in table.dump()


@pytest.mark.parametrize("first", ["Rat", ""])
def test_posts_without_a_title_are_called_as_they_begin(first: str) -> None:
    head = "Subject,Body,Attachment,Author,Created At,Updated At"
    table = recognised(f"{head}\n{first},Tagt,,,,\n,<p>Wir <b>singen</b></p><p>laut</p>,,,,\n".encode())
    assert [card["name"] for card in cards(table)] == [first or "Tagt", "Wir singen"]


def test_headers_may_stand_below_a_title() -> None:
    for title in ("Vereine der Stadt;;", "Vereine der Stadt", '"Vereine, Chöre, Räte";;'):
        table = recognised(f"{title}\n;;\nOrt;Name;Text\nhier;Chor;singt, laut\n".encode())
        assert (cards(table), table.lines) == ([{"name": "Chor", "description": "singt, laut"}], [4])


@pytest.mark.parametrize("text", [NEW_PADLET, ENGLISH_PADLET], ids=["de", "en"])
def test_a_newer_padlet_is_read_whatever_the_language_of_its_headers(text: str) -> None:
    table = recognised(text.encode())
    assert table.format == "padlet"
    chor, garten = cards(table)
    assert chor == {
        "section": "Stammtische",
        "name": "Chor",
        "description": "Wir **singen**\n\n- eins\n- zwei",
        "website": "https://chor.beispiel.invalid",
    }
    assert garten == {"section": "Bündnisse", "name": "Garten"}
    assert table.counts == {"files": 1}
    assert b"Erika" not in table.dump()
    assert not [name for name in table.headers if "color" in name.lower() or "farbe" in name.lower()]


def test_what_others_wrote_under_posts_stays_behind() -> None:
    head, first, *rest = NEW_PADLET.splitlines()
    text = "\n".join([f"{head},Kommentare,Reaktionen", f"{first},Max: schön!,5", *(f"{line},," for line in rest)])
    table = recognised(text.encode())
    assert table.counts == {"comments": 1, "reactions": 1, "files": 1}
    assert cards(table) == cards(recognised(NEW_PADLET.encode()))
    assert b"Max" not in table.dump()


def test_a_padlet_in_a_zip_is_the_table_in_it() -> None:
    content = zipped(padlet_dot_csv=NEW_PADLET, __MACOSX__padlet_dot_csv="x", attachments__foto_dot_jpg=b"\xff\xd8")
    assert cards(recognised(content)) == cards(recognised(NEW_PADLET.encode()))


def test_padlets_markdown_loses_comments_and_reactions_and_says_how_many() -> None:
    table = recognised(PADLET_TEXT.encode())
    assert (table.format, table.title) == ("padlet", "Netzwerk-Wand Beispielstadt")
    chor, garten, nameless = cards(table)
    assert chor == {
        "section": "Stammtische",
        "name": "Chor Beispiel",
        "description": "Wir *singen* & lachen.\n\n1. erstens\n2. zweitens",
        "website": "https://chor.beispiel.invalid/seite",
    }
    assert garten == {"section": "Bündnisse", "name": "Garten", "description": "Nur Text."}
    assert nameless["name"] == "Ein Beitrag ohne Titel, der nur aus Text besteht"
    assert table.counts == {"comments": 2, "reactions": 1, "files": 1}
    assert table.left_out == ["Author"]
    assert table.lines == [7, 33, 41]
    assert b"beispiel.invalid/seite" in table.dump()
    assert b"max@" not in table.dump()


def pad(**more: Any) -> dict[str, Any]:
    post = {
        "titre": "Chor",
        "texte": "<p>Wir <b>singen</b></p>",
        "media": "https://chor.beispiel.invalid",
        "colonne": 1,
    }
    posts = [
        post | {"visibilite": "visible", "commentaires": 2, "evaluations": 1, "nom": "Erika Beispiel"},
        post | {"titre": "Geheim", "visibilite": "privee"},
        post | {"titre": "Später", "visibilite": "masquee", "media": "foto.jpg", "colonne": 0},
        "kaputt",
    ]
    about = {"titre": "Wand", "colonnes": '["Bündnisse", "Stammtische"]', "code": "1234", "motdepasse": "geheim"}
    return {"pad": about, "blocs": posts, "activite": [], **more}


@pytest.mark.parametrize("packed", [True, False])
def test_a_digipad_leaves_private_posts_and_secrets_out_and_lets_hidden_ones_wait(packed: bool) -> None:
    document = orjson.dumps(pad())
    table = recognised(zipped(donnees_dot_json=document, fichiers__foto_dot_jpg=b"\xff") if packed else document)
    assert (table.format, table.title) == ("digipad", "Wand")
    assert cards(table) == [
        {
            "section": "Stammtische",
            "name": "Chor",
            "description": "Wir **singen**",
            "website": "https://chor.beispiel.invalid",
        },
        {"section": "Bündnisse", "name": "Später", "description": "Wir **singen**"},
    ]
    assert (table.lines, table.waiting) == ([1, 3], [3])
    assert table.counts == {"private": 1, "comments": 2, "reactions": 1, "files": 1}
    for secret in (b"1234", b"geheim", b"Geheim", b"Erika"):
        assert secret not in table.dump()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a<br>b</div>", "a\nb"),
        ("<b>fett: </b>normal", "**fett:** normal"),
        ("<strong><em>beides</em></strong>", "***beides***"),
        ("<b><p>eins</p><p>zwei</p></b>", "**eins**\n\n**zwei**"),
        ("<h2>Kopf</h2>Text", "**Kopf**\n\nText"),
        ('<a href="https://beispiel.invalid/a">hier</a>', "[hier](https://beispiel.invalid/a)"),
        ('<a href="javascript:alert(1)">hier</a>', "hier"),
        ("<p>2*3*4 und [x](y)</p>", r"2\*3\*4 und \[x](y)"),
        ("<p>- kein Punkt</p><p>1. auch nicht</p>", "\\- kein Punkt\n\n1\\. auch nicht"),
        ("<script>alert(1)</script><style>x</style><p>da</p>", "da"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n- b"),
        ("<p>offen <b>und nie zu", "offen **und nie zu**"),
        ("</p></b></ul><p>x</p>", "x"),
        ("<p>&lt;b&gt; &amp;amp;</p>", r"\<b> \&amp;"),
        ("Zahlen 3 < 4 > 2", "Zahlen 3 < 4 > 2"),
    ],
)
def test_html_becomes_the_tiny_markdown_and_nothing_more(written: str, meant: str) -> None:
    """ABUSE 17"""
    assert html.words_of(written) == meant
    assert "<script" not in markdown(html.words_of(written))


def test_ten_thousand_open_tags_are_read_to_the_end() -> None:
    """ABUSE 35"""
    assert html.reduced("<b><i><ul><li>" * 2500 + "da") == "- ***da***"


def bomb(size: int) -> bytes:
    return zipped(padlet_dot_csv=b"Name\n" + b"\0" * size)


@pytest.mark.parametrize(
    "content",
    [
        bomb(unpack.MAX_MEMBER + 10),
        zipped(karten_dot_csv=zipped(karten_dot_csv="Name\nx\n")),
        zipped(bild_dot_png=b"\x89PNG"),
        zipped(donnees_dot_json=b'{"blocs": '),
        b"PK\x03\x04" + b"\0" * 100,
    ],
    ids=["bomb", "nested", "nothing", "broken", "no zip"],
)
def test_archives_that_hold_no_table_are_refused(content: bytes) -> None:
    """ABUSE 35: a small file that would unpack to a large one, archives in archives, damaged ones"""
    with pytest.raises(Invalid):
        recognised(content)


def test_a_workbook_that_defines_entities_is_not_opened() -> None:
    """ABUSE 35: a billion laughs"""
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
    for encoding in ("utf-8", "utf-16"):
        parts: dict[str, str | bytes] = {
            "[Content_Types]_dot_xml": "<Types/>",
            "xl__workbook_dot_xml": laughs.encode(encoding),
        }
        with pytest.raises(Invalid):
            spreadsheet.read(zipped(**parts))


@pytest.mark.parametrize("header", ["E-Mail", "Telefon", "Kontakt", "Ansprechpartnerin", "Autor/in", "Mobil", "?"])
def test_columns_about_persons_are_dropped_before_anything_is_kept(header: str) -> None:
    """ABUSE 35: by their name, or by what stands in them"""
    table = recognised(f"Name;{header};Ort\nChor;a@beispiel.invalid;hier\nGarten;+49 341 1234567;da\n".encode())
    assert table.left_out == [header]
    assert table.headers == ["Name", "Ort"]
    assert b"beispiel.invalid" not in table.dump()
    assert b"1234567" not in table.dump()


@pytest.mark.parametrize("kind", ["json", "csv", "xlsx", "md"])
async def test_what_we_wrote_ourselves_comes_in_again_as_it_was(ledger: Ledger, kind: str) -> None:
    wall = await make_wall(ledger.database)
    card = (await pin(ledger, wall, words("Netz", **FULL), "key-00000001", SYSTEM)).card
    async with ledger.database.read() as connection:
        board = await boards.load_board(connection, wall.key)
    cut = portion(board.wall, picked(board, "everybody"), "everybody", "https://wand.beispiel.invalid")
    t = sentences("de")
    if kind == "xlsx":
        content = await xlsx.made(xlsx.order(cut, t))
    else:
        content = {"json": json.write(cut), "csv": csv.write(cut, t), "md": markdown_file.write(cut, t)}[kind]
    table = recognised(content)
    (row,) = planned(table, Choices(tuple(table.suggested)), board.wall, Board(board.wall)).rows
    assert not row.complaints
    lost = {"md": ("members", "schedule")}.get(kind, ())
    known = set(table.suggested)
    said = {name: value for name, value in card.content.items() if name in known and name not in lost}
    assert {name: row.raw[name] for name in said} == said
    assert len(said) >= len(CONTENT) - 5


@pytest.mark.parametrize("kind", ["json", "csv", "md"])
async def test_an_apostrophe_that_somebody_wrote_is_none_that_we_put_before_a_formula(
    ledger: Ledger, kind: str
) -> None:
    wall = await make_wall(ledger.database)
    said = {"name": "'=Netz", "topics": ["'=1+1", "-"], "members": ["''@Verein"], "offers": "'- Räume"}
    await pin(ledger, wall, words(**said), "key-00000001", SYSTEM)
    async with ledger.database.read() as connection:
        board = await boards.load_board(connection, wall.key)
    cut = portion(board.wall, picked(board, "everybody"), "everybody", "https://wand.beispiel.invalid")
    t = sentences("de")
    table = recognised({"json": json.write(cut), "csv": csv.write(cut, t), "md": markdown_file.write(cut, t)}[kind])
    (row,) = planned(table, Choices(tuple(table.suggested)), board.wall, Board(board.wall)).rows
    assert {name: row.raw[name] for name in said} == said
