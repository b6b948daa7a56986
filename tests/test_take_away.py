"""Taking a wall away and putting it up elsewhere: what comes back is what went, and nobody takes what is not theirs."""

import csv as plain_csv
import json as plain_json
import shutil
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.makers import Running, card_in, hang, hear, make_wall, words
from tests.test_pictures import photo
from wall.actions.edit import edit
from wall.actions.erase import erase
from wall.actions.ledger import Ledger
from wall.actions.merge import merge
from wall.actions.moderate import approve, hide, reject, withdraw
from wall.actions.picture import picture
from wall.actions.pin import pin
from wall.errors import Invalid
from wall.exchange import archive, csv, json, markdown, table, xlsx
from wall.exchange.harmless import harmless, meant
from wall.exchange.portion import Portion, picked, portion
from wall.imaging.workshop import Workshop
from wall.model.board import Board
from wall.model.card import CONTENT
from wall.model.roles import GUEST, SYSTEM
from wall.model.wall import Wall
from wall.store import boards, past
from wall.store.database import Database
from wall.store.images import Images
from wall.text import clean
from wall.text import markdown as rendered
from wall.words import words as sentences

BASE = "https://wand.beispiel.invalid"
FULL: dict[str, Any] = {
    "description": "Wir *singen*.\n\n- dienstags\n- <b>laut</b>\n# keine Überschrift",
    "topics": ["Kultur, Musik", "Jugend"],
    "districts": ["Connewitz", "Grünau-Mitte"],
    "meeting": "jeden 2. Dienstag; 18 Uhr",
    "schedule": {"every": "month", "weekdays": ["tue"], "weeks": [2], "starts": "18:00"},
    "website": "https://beispiel.invalid/?a=1&b=2",
    "members": ["Verein; mit Strichpunkt", "Beispielverein e. V."],
    "offers": "=SUM(A1)",
    "seeks": "+49 341 000000 – Tenöre",
    "newcomers": "ask",
    "english": "We *sing*.",
    "easy": "Wir singen.\n\nSie können mitmachen.",
}


async def board_of(database: Database, wall: Wall) -> Board:
    async with database.read() as connection:
        return await boards.load_board(connection, wall.key)


async def lived_in(ledger: Ledger) -> Wall:
    """A wall with cards in every state, moved, edited and pictured."""
    about = {
        "intro": "*Hallo*",
        "confirm_months": 6,
        "imprint": "Wir",
        "embed_origins": ["https://www.beispiel.invalid"],
    }
    wall = await make_wall(ledger.database, "probe", **about)
    cards = [(await pin(ledger, wall, words(f"Netz {n}", **FULL), f"key-{n:08}", GUEST)).card for n in range(9)]
    for card in cards[:7]:
        await approve(ledger, wall, card.id, SYSTEM)
    await hide(ledger, wall, cards[1].id, SYSTEM)
    await withdraw(ledger, wall, cards[2].id, SYSTEM)
    await reject(ledger, wall, cards[8].id, "advert", SYSTEM)
    await erase(ledger, wall, cards[3].id, SYSTEM)
    await edit(ledger, wall, cards[0].id, words("Umbenannt", section="s2"), 99, SYSTEM)
    kept, gone = await card_in(ledger.database, wall, cards[4].id), await card_in(ledger.database, wall, cards[5].id)
    await merge(ledger, wall, (kept.id, kept.revision), (gone.id, gone.revision), kept.content, SYSTEM)
    if ledger.images is not None:
        made = await Workshop().remake(photo(500, 300))
        await ledger.images.put(cards[6].id, made.name, made.files)
        await picture(ledger, wall, cards[6].id, made.name, "Ein Chor", SYSTEM)
    return wall


@pytest.fixture
async def elsewhere(migrated: Path, tmp_path: Path) -> AsyncIterator[Ledger]:
    """Another installation, with nothing in it and pictures of its own."""
    database = Database(f"sqlite:///{shutil.copy(migrated, tmp_path / 'elsewhere.db')}")
    yield Ledger(database, lambda changes: None, images=Images(str(tmp_path / "elsewhere")))
    await database.close()


@pytest.fixture
def pictured(database: Database, tmp_path: Path) -> Ledger:
    return Ledger(database, lambda changes: None, images=Images(str(tmp_path / "pictures")))


async def copied(ledger: Ledger, wall: Wall) -> bytes:
    """A copy of a wall with its pictures."""
    board = await board_of(ledger.database, wall)
    assert ledger.images is not None
    with await archive.write(portion(board.wall, picked(board, "copy"), "copy", BASE), ledger.images) as file:
        return file.read()


async def emptied(connection: AsyncConnection) -> None:
    for name in ("change", "snapshot", "receipt", "card", "wall"):
        await connection.execute(text(f'DELETE FROM "{name}"'))


async def test_a_copy_put_up_in_an_empty_installation_is_the_very_same_wall(
    pictured: Ledger, elsewhere: Ledger
) -> None:
    """Between SQLite and PostgreSQL, in both directions: ids, positions, revisions, times, states, tombstones"""
    wall = await lived_in(pictured)
    for source, target in ((pictured, elsewhere), (elsewhere, pictured)):
        before = await board_of(source.database, wall)
        if source is elsewhere:  # now the one that the wall came from is empty
            await target.database.write(emptied)
        content = await copied(source, wall)
        copy = json.read(content)
        stored = await json.take(target, copy)
        after = await board_of(target.database, stored)
        assert after.wall.model_copy(update={"id": before.wall.id}) == before.wall
        own = [card.model_copy(update={"wall_id": before.wall.id}) for card in after.cards.values()]
        assert Board(before.wall, own).digest() == before.digest()
        assert json.read(await copied(target, stored)).state == copy.state
        if stored.id == before.wall.id:
            assert after.digest() == before.digest()
        shown = next(card for card in after.cards.values() if card.image)
        assert target.images is not None
        assert source.images is not None
        for width in ("320.webp", "500.webp"):
            assert await target.images.get(shown.id, shown.image, width) == await source.images.get(
                shown.id, shown.image, width
            )
        wall = stored


async def test_a_wall_that_was_put_up_lives_on(server: Running, elsewhere: Ledger) -> None:
    """It takes pins, knows its past from then on, and whoever comes with an older state is sent the whole of it"""
    there = await lived_in(elsewhere)
    house = server.house
    wall = await json.take(house.ledger, json.read(await copied(elsewhere, there)), "umzug")
    room = await house.hub.room("umzug")
    async with server.listen("umzug", since=3, epoch=wall.epoch) as late:
        await hear(late, "reset")
    async with server.listen("umzug", since=wall.revision, epoch=wall.epoch) as now:
        await hear(now, "hello")
        await hang(server, "Neu hier", slug="umzug")
        assert (await hear(now, "change"))["revision"] == wall.revision + 1
    async with house.database.read() as connection:
        then = await past.board_at(connection, wall.key, wall.revision)
    assert then.count() == room.board.count() - 1
    async with server.browser() as owner:
        await server.sign_in(owner, "leitung@beispiel.invalid", "umzug", "owner")
        assert (await owner.get("/w/umzug/history")).status_code == 200
        assert "Umbenannt" in (await owner.get("/w/umzug")).text


async def test_a_copy_finds_no_room_where_its_cards_or_its_address_are(pictured: Ledger, elsewhere: Ledger) -> None:
    copy = json.read(await copied(pictured, await lived_in(pictured)))
    with pytest.raises(Invalid, match="slug"):
        await json.take(pictured, copy)
    with pytest.raises(Invalid, match="id"):
        await json.take(pictured, copy, "zweite")
    await json.take(elsewhere, copy, "anders")
    with pytest.raises(Invalid, match="slug"):
        await json.take(elsewhere, copy, "keine adresse")


async def test_what_everybody_may_take_can_be_put_up_too(ledger: Ledger, elsewhere: Ledger) -> None:
    board = await board_of(ledger.database, await lived_in(ledger))
    content = json.write(portion(board.wall, picked(board, "everybody"), "everybody", BASE))
    stored = await json.take(elsewhere, json.read(content))
    there = await board_of(elsewhere.database, stored)
    assert [card.content for card in there.visible()] == [card.content for card in board.visible()]
    assert [card.id for card in there.visible()] == [card.id for card in board.visible()]
    assert there.wall.imprint == ""


SPOILED = {
    "a word": lambda d: d["cards"][0].update(name="Anders"),
    "a version": lambda d: d.update(version=2),
    "no format": lambda d: d.pop("format"),
    "no cards": lambda d: d.update(cards=None),
    "cards that are none": lambda d: d.update(cards=["x"]),
    "no state": lambda d: d.pop("state"),
}
# With the digest made anew, as somebody would who wants to bring something in.
FORGED = {
    "two of one id": lambda d: d["cards"].append(d["cards"][0]),
    "an id that is a path": lambda d: d["cards"][0].update(id="../../../../etc"),
    "a picture that is a path": lambda d: d["cards"][0].update(image="../../x"),
    "a section that is not there": lambda d: d["cards"][0].update(section="x", status="approved", hidden=False),
    "a revision of tomorrow": lambda d: d["cards"][0].update(revision=10**6),
    "a position that is none": lambda d: d["cards"][0].update(position="a\nb"),
    "a status that is none": lambda d: d["cards"][0].update(status="owner"),
    "a name without end": lambda d: d["cards"][0].update(name="x" * 121),
    "no epoch": lambda d: d["wall"].update(epoch="a b"),
    "a number too large": lambda d: d["wall"].update(revision=2**40),
    "a site that is none": lambda d: d["wall"].update(embed_origins=["*"]),
}


@pytest.mark.parametrize("how", [*SPOILED, *FORGED])
async def test_a_copy_that_was_tampered_with_is_refused_whole(on_sqlite: str, how: str) -> None:
    """ABUSE 35"""
    database = Database(on_sqlite)
    ledger = Ledger(database, lambda changes: None)
    board = await board_of(database, await lived_in(ledger))
    document = plain_json.loads(json.write(portion(board.wall, picked(board, "copy"), "copy", BASE)))
    (SPOILED | FORGED)[how](document)
    if how in FORGED:
        document["state"] = json.digest(document["wall"], document["cards"])
    with pytest.raises(Invalid):
        json.read(plain_json.dumps(document).encode())
    await database.close()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"PK\x03\x04", b"[" * 5000, b'{"format": 1}', b"\xff\xfe{}"])
def test_what_is_no_copy_is_refused(content: bytes) -> None:
    """ABUSE 35"""
    with pytest.raises(Invalid):
        json.read(content)


async def test_a_zip_brings_no_picture_but_its_cards_own(pictured: Ledger) -> None:
    """ABUSE 24, 35: other files are passed by, other bytes refused, and nothing is unpacked beyond measure"""
    content = await copied(pictured, await lived_in(pictured))

    def with_other(name: str, body: bytes) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(BytesIO(content)) as given_, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for info in given_.infolist():
                if info.filename != name:
                    made.writestr(info.filename, given_.read(info))
            made.writestr(name, body)
        return out.getvalue()

    with zipfile.ZipFile(BytesIO(content)) as archive_:
        inside = next(name for name in archive_.namelist() if name.endswith("320.webp"))
    copy = json.read(with_other("images/../../../etc/cron.d/x", b"RIFF"))
    assert sorted(copy.pictures) == sorted((card.id, card.image) for card in copy.cards if card.image)
    for body in (b"<script>alert(1)</script>", b"RIFF0000WEBPnot the picture"):
        with pytest.raises(Invalid, match="image"):
            json.read(with_other(inside, body))
    with pytest.raises(Invalid):
        json.read(with_other(inside, b"\0" * (json.MAX_FILE + 1)))
    with pytest.raises(Invalid):
        json.read(with_other(json.DOCUMENT, b" " * (json.MAX_JSON + 1)))


def rows_of(content: bytes, delimiter: str) -> list[list[str]]:
    return list(plain_csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


async def taken_in(ledger: Ledger, sheet: csv.Sheet, slug: str) -> list[dict[str, Any]]:
    """What a new wall holds that a file was imported into."""
    wall = await make_wall(ledger.database, slug)
    await csv.take(ledger, wall, sheet, SYSTEM)
    return [card.content for card in (await board_of(ledger.database, wall)).visible()]


@pytest.mark.parametrize("language", ["de", "en"])
async def test_tables_and_texts_come_in_again_with_the_same_words(
    ledger: Ledger, database: Database, language: str
) -> None:
    """CSV and XLSX lose no word; Markdown makes commas of semicolons in members and leaves out schedules"""
    wall = await make_wall(database)
    for number, section in enumerate(("s1", "s2", "s1")):
        more = {"newcomers": ("yes", "ask", "no")[number], "offers": ("=1", "'=1", "@x")[number]}
        await pin(ledger, wall, words(f"Netz {number}", **(FULL | more), section=section), f"key-{number:08}", SYSTEM)
    await pin(ledger, wall, words("Nur ein Name"), "key-only-name", SYSTEM)
    board = await board_of(database, wall)
    said = [card.content for card in board.visible()]
    cut, t = portion(board.wall, picked(board, "everybody"), "everybody", BASE), sentences(language)
    assert await taken_in(ledger, csv.read(csv.write(cut, t)), "aus-csv") == said
    book = load_workbook(BytesIO(await xlsx.made(xlsx.order(cut, t))))
    out = StringIO(newline="")
    plain_csv.writer(out).writerows([[cell or "" for cell in row] for row in book.worksheets[0].values])
    assert await taken_in(ledger, csv.read(out.getvalue().encode()), "aus-xlsx") == said
    for content in said:
        content["members"] = [member.replace(";", ",") for member in content["members"]]
    texts = await taken_in(ledger, markdown.read(markdown.write(cut, t)), "aus-md")
    for one, other in zip(texts, said, strict=True):
        assert rendered(one.pop("description")) == rendered(other.pop("description"))
        one.pop("schedule"), other.pop("schedule")
    assert texts == said


def test_every_field_that_somebody_fills_in_has_a_column() -> None:
    """A new field of cards needs a header in wall/words/*/take.toml that the import knows"""
    assert set(table.CONTENT) == set(CONTENT)
    for language in ("de", "en"):
        headers = [sentences(language)(f"column.{name}") for name in table.CONTENT]
        sheet = csv.read(";".join(headers).encode() + b"\n" + b"x;" * len(headers))
        assert list(sheet.columns.values()) == list(table.CONTENT)


def test_german_tables_are_parted_by_semicolons_and_marked_as_utf8(wall_of_formulas: Portion) -> None:
    """So that a double click opens them right where the comma is in numbers"""
    german, english = (csv.write(wall_of_formulas, sentences(language)) for language in ("de", "en"))
    assert german.startswith(b"\xef\xbb\xbfName;Art;Bereich;")
    assert english.startswith(b"\xef\xbb\xbfName,Kind,Section,")


BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "'=", "''@")


@pytest.fixture
def wall_of_formulas() -> Portion:
    """What an export holds of a wall where every word begins like a formula."""
    wall = Wall.model_validate(
        {"id": 1, "slug": "probe", "title": "=Probe", "epoch": "e", "created_at": "2026-11-22T10:00:00Z"}
        | {"sections": [{"id": "s1", "name": "=HYPERLINK(1)"}]}
    )
    cards = []
    for number, begun in enumerate(BEGINNINGS):
        free = ("name", "kind", "description", "meeting", "offers", "seeks", "english", "easy")
        said = dict.fromkeys(free, f"{begun}1+1|cmd")
        said |= {"members": [f"{begun}A1"], "topics": [f"{begun}B1"], "districts": [f"{begun}C1"]}
        said |= {"id": f"{number:012}", "section": "s1", "website": "", "newcomers": "", "revision": 1}
        said |= dict.fromkeys(("created_at", "changed_at", "confirmed_at"), "2026-11-22T10:00:00Z")
        cards.append(said | {"position": "a0", "image": "", "image_alt": ""})
    return Portion("everybody", wall.model_dump(mode="json"), cards, BASE, wall.created_at)


def test_no_cell_of_a_csv_can_be_calculated(wall_of_formulas: Portion) -> None:
    """ABUSE 19"""
    found = 0
    for language, delimiter in (("de", ";"), ("en", ",")):
        for row in rows_of(csv.write(wall_of_formulas, sentences(language)), delimiter)[1:]:
            for cell in row:
                assert not cell.startswith(BEGINNINGS[:7]), cell
                found += cell.startswith("'")
    assert found == 2 * len(BEGINNINGS) * 12


async def test_no_cell_of_a_workbook_can_be_calculated(wall_of_formulas: Portion) -> None:
    """ABUSE 19: text by type, and kept as text when somebody edits it; nothing is put before a telephone number"""
    content = await xlsx.made(xlsx.order(wall_of_formulas, sentences("de")))
    book = load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    risky = [cell for cell in cells if str(cell.value).startswith(BEGINNINGS[:4])]
    assert len(risky) > 30
    assert all(cell.quotePrefix for cell in risky)
    assert risky[0].value == "=1+1|cmd"
    with zipfile.ZipFile(BytesIO(content)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name) or "externalLink" in name]
    assert (sheet.freeze_panes, sheet.title) == ("B2", "=Probe")
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["D"].width > 40


@settings(deadline=None)
@given(st.text(max_size=20) | st.sampled_from(BEGINNINGS).flatmap(lambda begun: st.text(max_size=5).map(begun.__add__)))
def test_a_cell_made_harmless_is_meant_as_it_was(cell: str) -> None:
    assert meant(harmless(cell)) == cell
    assert not harmless(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


COMMON = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PIECES = st.sampled_from(
    [
        *("#", "##", "---", "===", "* * *", "```", "~~~", "|", "<", ">", "<b>", "<script>", "](", "[a]", "[a]: ", "!"),
        *("javascript:x", "(javascript:x)", "(https://a.bc)", "<https://a.bc>", "&lt;", "- ", "1. ", "a", " "),
        *("\\", "`", "*", "_", "\n", "\n\n"),
    ]
)
MORE = ("<script", "<b>", "<h1", "<h2", "<hr", "<table", "<pre><code class", 'href="javascript')


@settings(deadline=None)
@given(st.lists(PIECES, max_size=14).map(lambda pieces: clean("".join(pieces), lines=True)))
def test_what_somebody_wrote_means_no_more_in_other_readers_of_markdown_and_comes_back_alike(said: str) -> None:
    """ABUSE 16, 20"""
    written = markdown.prose(said)
    assert rendered(markdown.meant(written)) == rendered(said)
    page = COMMON.render(written).lower()
    assert not any(mark in page for mark in MORE)


@settings(deadline=None)
@given(st.text(max_size=40).map(clean))
def test_a_line_of_markdown_says_only_its_words(said: str) -> None:
    assert markdown.said(markdown.line(said)) == said
    assert "<" not in COMMON.renderInline(markdown.line(said)).replace("&lt;", "").replace("<br", "")
