"""CSV files as people really send them: which are understood, what the report says, and that it is all or nothing."""

import pytest

from wall.actions.ledger import Ledger
from wall.errors import Invalid
from wall.exchange import csv
from wall.model.board import Board
from wall.model.roles import SYSTEM
from wall.model.wall import Wall
from wall.store import boards
from wall.store.database import Database
from wall.words import words

GERMAN = (
    "Titel,Art,Bereich,Beschreibung,Themen,Stadtteile,Treffen,Webseite,Mitglieder,Bietet,Sucht,Offen für Neue,Zeitplan,"
    "Englisch,Leichte Sprache"
)
ENGLISH = (
    "name,kind,section,description,topics,districts,meeting,website,members,offers,seeks,newcomers,schedule,"
    "english,easy"
)
LABELS = (
    "Wie heißt das Netzwerk?,Was ist es?,In welchen Bereich gehört es?,Was machen Sie zusammen?,Themen,Stadtteile,"
    "Wann und wo treffen Sie sich?,Internet-Seite,Wer ist dabei?,Wir bieten,Wir suchen,Offen für Neue?,"
    "Als Termin eintragen,Text auf Englisch,Text in Leichter Sprache"
)
CELLS = (
    "Chor,Netzwerk,Stammtische,Wir singen,Umwelt;Kultur,Connewitz,dienstags,chor.example.org,A;B,Raum,Tenor,ja,"
    '"{""every"": ""week"", ""weekdays"": [""tue""]}",We sing,Wir singen'
)
MEANT = {
    "name": "Chor",
    "kind": "Netzwerk",
    "section": "s2",
    "description": "Wir singen",
    "topics": ["Umwelt", "Kultur"],
    "districts": ["Connewitz"],
    "meeting": "dienstags",
    "schedule": {"every": "week", "weekdays": ["tue"]},
    "website": "https://chor.example.org",
    "members": ["A", "B"],
    "offers": "Raum",
    "seeks": "Tenor",
    "newcomers": "yes",
    "english": "We sing",
    "easy": "Wir singen",
}


async def board_of(database: Database, wall: Wall) -> Board:
    async with database.read() as connection:
        return await boards.load_board(connection, wall.key)


@pytest.mark.parametrize("header", [GERMAN, ENGLISH, LABELS, GERMAN.upper(), ENGLISH.replace(",", " : ,")])
async def test_columns_are_found_by_their_headers(ledger: Ledger, database: Database, wall: Wall, header: str) -> None:
    assert await csv.take(ledger, wall, csv.read(f"{header}\n{CELLS}\n".encode()), SYSTEM) == 1
    (card,) = (await board_of(database, wall)).cards.values()
    assert card.content == MEANT
    assert (card.status, card.confirmed_at) == ("approved", None)


@pytest.mark.parametrize(
    "content",
    [
        "Name,Ort\nBürgertreff,hier".encode(),
        "Name;Ort\r\nBürgertreff;hier\r\n".encode(),
        "Name\tOrt\nBürgertreff\thier".encode(),
        "\n\nName,Ort\nBürgertreff,hier".encode(),
        "Ort\tName\n\tBürgertreff".encode(),
        "\tName\n1\tBürgertreff".encode(),
        "Name,Ort\nBürgertreff,hier".encode("utf-8-sig"),
        "Name;Ort\nBürgertreff;hier".encode("cp1252"),
        "Name;Ort\nBürgertreff;hier".encode("utf-16"),
        b"\xfe\xff" + "Name;Ort\nBürgertreff;hier".encode("utf-16-be"),
        "sep=;\r\nName;Ort, Straße, Haus\r\nBürgertreff;hier".encode(),
        "Name;Ort\rBürgertreff;hier, da, dort\r".encode(),
        '"Ort, Straße, Haus";Name\nhier;Bürgertreff'.encode(),
    ],
)
def test_delimiter_and_encoding_are_recognised(content: bytes) -> None:
    """ABUSE 35"""
    assert [row["name"] for row in csv.read(content).rows] == ["Bürgertreff"]


def test_a_quoted_cell_may_hold_line_breaks_and_delimiters_and_line_numbers_stay_right() -> None:
    text = '\nName;Text\n"Chor; der große";"eins\n\nzwei"\n\n;;\nGarten;drei\n'
    sheet = csv.read(text.encode())
    assert [row["name"] for row in sheet.rows] == ["Chor; der große", "Garten"]
    assert sheet.rows[0]["description"] == "eins\n\nzwei"
    assert sheet.lines == [3, 8], "as an editor counts the lines of this very file"


async def test_the_report_names_line_and_reason_of_every_row(wall: Wall) -> None:
    """ABUSE 35"""
    sheet = csv.read(b"Name,Art,Webseite\nChor,Netzwerk,\n,Zirkel,kein Link\n")
    good, bad = [row.report(words("de")) for row in csv.check(sheet, wall)]
    assert good == "    2  ✓  Chor"
    assert bad.startswith("    3  ✗  ? — ")
    for part in ("Bitte ausfüllen.", "Was ist es?: Bitte aus der Liste auswählen.", "Das ist keine Internet-Adresse"):
        assert part in bad


def test_columns_that_are_not_taken_are_named() -> None:
    """ABUSE 35"""
    header = "id,Name,E-Mail,Telefon,status,owner,wall_id,role,Kontakt"
    sheet = csv.read(f"{header}\n7,Chor,a@beispiel.invalid,0341,approved,x,9,admin,y\n".encode())
    assert sheet.rows == [{"name": "Chor"}]
    assert sheet.columns == {"Name": "name"}
    assert sheet.ignored == ["id", "E-Mail", "Telefon", "status", "owner", "wall_id", "role", "Kontakt"]


async def test_one_bad_row_and_nothing_is_imported(ledger: Ledger, database: Database, wall: Wall) -> None:
    """ABUSE 35"""
    sheet = csv.read(b"Name,Art,Spalte\nChor,Netzwerk,Neue Spalte\nGarten,Forum,\n,Forum,\n")
    before = await board_of(database, wall)
    for extend in (False, True):
        with pytest.raises(Invalid):
            await csv.take(ledger, wall, sheet, SYSTEM, extend=extend)
    assert (await board_of(database, wall)).digest() == before.digest()


async def test_with_extend_the_wall_learns_what_the_rows_name(ledger: Ledger, database: Database, wall: Wall) -> None:
    text = "Name,Art,Spalte,Stadtteil\nChor,Lesekreis,Neue Spalte,Plagwitz\nGarten,netzwerk,bündnisse,CONNEWITZ\n"
    assert await csv.take(ledger, wall, csv.read(text.encode()), SYSTEM, extend=True) == 2
    board = await board_of(database, wall)
    assert [section.name for section in board.wall.sections] == ["Bündnisse", "Stammtische", "Neue Spalte"]
    assert [kind.name for kind in board.wall.kinds][-1] == "Lesekreis"
    assert len({kind.hue for kind in board.wall.kinds}) == len(board.wall.kinds)
    assert board.wall.districts == ["Grünau-Mitte", "Connewitz", "Plagwitz"]
    found = {card.name: (card.kind, card.section, card.districts) for card in board.cards.values()}
    assert found["Garten"] == ("Netzwerk", "s1", ["Connewitz"])
    assert found["Chor"] == ("Lesekreis", board.wall.sections[2].id, ["Plagwitz"])


async def test_a_wall_does_not_learn_more_than_it_can_hold(ledger: Ledger, database: Database, wall: Wall) -> None:
    sheet = csv.read("\n".join(["Name,Art", *(f"Karte {n},Art {n}" for n in range(40))]).encode())
    with pytest.raises(Invalid) as refused:
        await csv.take(ledger, wall, sheet, SYSTEM, extend=True)
    assert [complaint.field for complaint in refused.value.complaints] == ["kinds"]
    assert (await board_of(database, wall)).revision == 0


@pytest.mark.parametrize(
    ("content", "field", "code"),
    [
        (b"", "name", "missing"),
        (b"\n \n", "name", "missing"),
        (b"Name;Art\n", "file", "blank"),
        (b"Name;Art\n;;;\n\n", "file", "blank"),
        (b"Stadt,Land\nLeipzig,Sachsen\n", "name", "missing"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", "file", "blank"),
        (b"Name\n\x81\x8d\x8f\n", "file", "blank"),
        (b"\xff\xfeN", "file", "blank"),
        (b"Name\n" + b"x" * 200_000, "file", "blank"),
        (b"Name\n" + b"Chor\n" * 20_001, "file", "too_many"),
        (b"Name\n" + b"x" * 20_000_001, "file", "too_long"),
    ],
    ids=["empty", "blank", "header", "no_words", "no_name", "png", "noise", "half", "cell", "rows", "bytes"],
)
def test_a_file_that_holds_no_cards_is_refused_with_the_reason(content: bytes, field: str, code: str) -> None:
    """ABUSE 35: broken, not text, a header alone, too long, or too large"""
    with pytest.raises(Invalid) as refused:
        csv.read(content)
    assert [(c.field, c.code) for c in refused.value.complaints] == [(field, code)]


def test_twenty_thousand_rows_are_read() -> None:
    assert len(csv.read(b"Name\n" + b"Chor\n" * 20_000).rows) == 20_000
