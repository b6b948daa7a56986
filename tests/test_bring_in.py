"""Files brought in on the wall's own page: matched, tried, shown row by row, done at once, undone at once."""

import asyncio
import json
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from openpyxl import Workbook
from sqlalchemy import func, select, update

from tests.makers import Running, card_in, hang, make_settings, make_wall, names, running, until
from wall.actions.bring import forgetting
from wall.actions.edit import edit
from wall.actions.moderate import withdraw
from wall.exchange import intake, reader, trial, unpack
from wall.model.board import Board
from wall.model.change import changes
from wall.model.roles import SYSTEM
from wall.model.types import now
from wall.model.upload import SILENCE, uploads
from wall.store import boards
from wall.web import guard

FILE = (
    "Titel;Art;Spalte;Beschreibung;Stadtteile;E-Mail;Bemerkung\n"
    "Chor Beispiel;Lesekreis;Neue Spalte;<p>Wir <b>singen</b></p>;Plagwitz;a@beispiel.invalid;x\n"
    "Garten Beispiel;netzwerk;;;;b@beispiel.invalid;\n"
    ";Netzwerk;;;;;\n"
    "Runder Tisch Klima;Netzwerk;;Wir treffen uns;;;\n"
)


BOTH = pytest.mark.parametrize("database_url", ["on_sqlite", "on_postgres"], indirect=True)


async def in_this_process(
    module: str, data: bytes, patience: float, come: Callable[[int], None] | None = None
) -> tuple[int, bytes]:
    """What the process would answer, without waiting for Python to start."""
    if module.endswith("reader"):
        return 0, await asyncio.to_thread(reader.answer, data)
    return 0, await asyncio.to_thread(trial.answer, data, come or (lambda rows: None))


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "apart" not in request.fixturenames:
        monkeypatch.setattr(intake, "worked", in_this_process)


@pytest.fixture
def apart() -> None:
    """Files are read and tried in processes of their own, as always but in these tests."""


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite; both where a test asks for both."""
    url: str = request.getfixturevalue(getattr(request, "param", "on_sqlite"))
    return url


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[Running]:
    async with running(make_settings(database_url, rate_limits=100)) as server:
        await make_wall(server.house.database)
        yield server


@pytest.fixture
async def owner(server: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with server.browser() as client:
        client.timeout = httpx.Timeout(60)  # a process of its own takes its time to start
        await server.sign_in(client, "leitung@beispiel.invalid", "probe", "owner")
        yield client


async def board_of(server: Running) -> Board:
    async with server.house.database.read() as connection:
        return await boards.load_board(connection, (await boards.find_wall(connection, "probe")).key)


async def sent(client: httpx.AsyncClient, content: bytes | str, name: str = "karten.csv") -> str:
    """The address of the page that matches its columns."""
    body = content.encode() if isinstance(content, str) else content
    answer = await client.post("/w/probe/import", files={"file": (name, body)})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def passed(client: httpx.AsyncClient, here: str) -> str:
    """The page that follows once the work is done."""

    async def come() -> str:
        text = (await client.get(here)).text
        return "" if "<progress" in text else text

    page: str = await until(come, "the end of the work")
    return page


async def tried(client: httpx.AsyncClient, here: str, *targets: str, **more: str) -> str:
    """The page that shows what would happen."""
    form = {f"column-{at}": target for at, target in enumerate(targets)}
    answer = await client.post(here, data={"do": "columns", "unknown": "add", "section": "s1"} | form | more)
    assert answer.status_code == 303, answer.text
    return await passed(client, here)


async def brought(client: httpx.AsyncClient, here: str, **more: str) -> str:
    """The report."""
    assert (await client.post(here, data={"do": "bring"} | more)).status_code == 303
    return await passed(client, here)


@BOTH
async def test_a_table_is_matched_tried_pinned_and_taken_back_as_one(
    apart: None, server: Running, owner: httpx.AsyncClient
) -> None:
    """ABUSE 35: nothing hangs before it was shown, and all of it is undone by one button"""
    there = await hang(server, "Runder Tisch Klima")
    before = await board_of(server)
    here = await sent(owner, FILE)
    page = (await owner.get(here)).text
    assert "Spalte „Bemerkung“" in page
    assert '<option value="name" selected>' in page
    assert "weil es um Personen geht: E-Mail" in page
    assert "beispiel.invalid" not in page
    shown = await tried(owner, here, "name", "kind", "section", "description", "districts", "", unknown="add")
    assert (await board_of(server)).digest() == before.digest(), "nothing before the last click"
    for part in ("2 Karten anpinnen", "Zeile 4", "Bitte ausfüllen", "Neue Spalte", "Lesekreis", "Plagwitz", "Zeile 5"):
        assert part in shown, part
    report = await brought(owner, here, twins="supplement")
    assert "2 Karten angepinnt." in report
    assert "1 Karte ergänzt." in report
    assert "1 Zeile ging so nicht." in report
    board = await board_of(server)
    new = {card.name: card for card in board.cards.values() if card.id != there.id}
    assert set(new) == {"Chor Beispiel", "Garten Beispiel"}
    assert new["Chor Beispiel"].description == "Wir **singen**"
    assert new["Garten Beispiel"].section == "s1"
    assert board.cards[there.id].description == "Wir treffen uns"
    assert [section.name for section in board.wall.sections][-1] == "Neue Spalte"
    undone = await owner.post(here, data={"do": "undo"})
    assert undone.status_code == 303
    assert "Rückgängig gemacht" in (await owner.get(here)).text
    after = await board_of(server)
    assert [card.name for card in after.cards.values() if card.visible] == ["Runder Tisch Klima"]
    assert after.cards[there.id].content == before.cards[there.id].content
    assert after.wall.settings == before.wall.settings


async def test_the_history_undoes_a_whole_import_too(server: Running, owner: httpx.AsyncClient) -> None:
    here = await sent(owner, "Name\nChor\nGarten\nWerkstatt\n")
    await tried(owner, here, "name")
    await brought(owner, here)
    assert await names(owner) == ["Chor", "Garten", "Werkstatt"]
    revision = (await board_of(server)).revision
    assert (await owner.post("/w/probe/undo", data={"revision": str(revision - 1)})).status_code == 303
    await until(lambda: _hangs(owner, []), "an empty wall")


async def _hangs(client: httpx.AsyncClient, expected: list[str]) -> bool:
    return await names(client) == expected


async def test_what_somebody_did_since_stays_when_an_import_is_undone(
    server: Running, owner: httpx.AsyncClient
) -> None:
    here = await sent(owner, "Name\nChor\nGarten\n")
    await tried(owner, here, "name")
    await brought(owner, here)
    board = await board_of(server)
    chor, garten = sorted(board.cards.values(), key=lambda card: card.name)
    await withdraw(server.house.ledger, board.wall, chor.id, SYSTEM)
    await edit(server.house.ledger, board.wall, garten.id, garten.content | {"seeks": "Hilfe"}, garten.revision, SYSTEM)
    await owner.post(here, data={"do": "undo"})
    assert "1 Karte blieb, wie sie ist" in (await owner.get(here)).text
    assert {card.status for card in (await board_of(server)).cards.values()} == {"withdrawn"}


@pytest.mark.parametrize(
    ("verb", "expected", "said"),
    [
        ("skip", "", "1 Zeile ausgelassen"),
        ("supplement", "Wir lesen", "1 Karte ergänzt"),
        ("pin", "", "1 Karte angepinnt"),
    ],
)
async def test_what_is_probably_there_is_skipped_supplemented_or_pinned(
    server: Running, owner: httpx.AsyncClient, verb: str, expected: str, said: str
) -> None:
    there = await hang(server, "Lesekreis Beispielstraße", meeting="montags")
    here = await sent(owner, "Name,Beschreibung,Treffen\nLesekreis Beispielstrasse,Wir lesen,dienstags\n")
    shown = await tried(owner, here, "name", "description", "meeting")
    assert f"/w/probe/c/{there.id}" in shown
    assert said in await brought(owner, here, twins="skip", **{"twin-2": verb})
    wall = (await board_of(server)).wall
    card = await card_in(server.house.database, wall, there.id)
    assert (card.description, card.meeting) == (expected, "montags"), "nothing is overwritten"
    assert len((await board_of(server)).cards) == (2 if verb == "pin" else 1)


async def test_a_row_that_repeats_another_is_left_out(server: Running, owner: httpx.AsyncClient) -> None:
    here = await sent(owner, "Name\nChor\nGarten\nCHOR\n")
    assert "wie Zeile 2 dieser Datei" in await tried(owner, here, "name")
    await brought(owner, here)
    assert await names(owner) == ["Chor", "Garten"]


@BOTH
async def test_two_clicks_bring_it_in_once(server: Running, owner: httpx.AsyncClient) -> None:
    here = await sent(owner, "Name\nChor\n")
    await tried(owner, here, "name")
    for _ in range(3):
        assert (await owner.post(here, data={"do": "bring"})).status_code == 303
    await passed(owner, here)
    assert await names(owner) == ["Chor"]


@BOTH
async def test_two_clicks_take_it_back_once(server: Running, owner: httpx.AsyncClient) -> None:
    here = await sent(owner, "Name\nChor\nGarten\n")
    await tried(owner, here, "name")
    await brought(owner, here)
    clicks = await asyncio.gather(*(owner.post(here, data={"do": "undo"}) for _ in range(3)))
    assert [click.status_code for click in clicks] == [303, 303, 303]
    assert await names(owner) == []
    page = (await owner.get(here)).text
    assert ("Rückgängig gemacht" in page, "blieb" in page) == (True, False)


async def test_the_wall_need_not_learn_anything(server: Running, owner: httpx.AsyncClient) -> None:
    text = "Name,Art,Spalte,Stadtteil\nChor,Lesekreis,Woanders,Plagwitz\n"
    here = await sent(owner, text)
    shown = await tried(owner, here, "name", "kind", "section", "districts", unknown="refuse")
    assert "Bitte aus der Liste auswählen" in shown
    assert "Keine Zeile lässt sich so anpinnen" in shown
    assert (await owner.post(here, data={"do": "back"})).status_code == 303
    await tried(owner, here, "name", "kind", "section", "districts", unknown="default", section="s2", kind="Forum")
    await brought(owner, here)
    board = await board_of(server)
    (card,) = board.cards.values()
    assert (card.kind, card.section, card.districts) == ("Forum", "s2", [])
    assert len(board.wall.sections) == 2


async def test_more_than_a_wall_can_hold_leads_back_to_the_columns(server: Running, owner: httpx.AsyncClient) -> None:
    here = await sent(owner, "\n".join(["Name,Art", *(f"Karte {n},Art {n}" for n in range(40))]))
    assert "Das wären 50 Arten" in await tried(owner, here, "name", "kind")
    assert (await board_of(server)).revision == 0


async def test_long_texts_are_shortened_only_if_asked_for(server: Running, owner: httpx.AsyncClient) -> None:
    here = await sent(owner, f"Name,Text\nChor,{'Wir singen. ' * 200}\n")
    assert "Keine Zeile" in await tried(owner, here, "name", "description")
    await owner.post(here, data={"do": "back"})
    assert "1 Zeile wurde gekürzt." in await tried(owner, here, "name", "description", shorten="1")
    await brought(owner, here)
    (card,) = (await board_of(server)).cards.values()
    assert card.description.endswith("…")
    assert len(card.description) <= 1500


async def test_a_workbook_is_read_with_its_row_numbers(server: Running, owner: httpx.AsyncClient) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Netze")
    sheet.append(["Netzwerke der Stadt"])
    sheet.append(["Titel", "Treffen", "Telefon", "Bietet"])
    sheet.append(["Chor", 42, "0341 1234567", "=1+1"])
    sheet.append(["", 7, "", ""])
    out = BytesIO()
    book.save(out)
    here = await sent(owner, out.getvalue(), "karten.xlsx")
    assert "weil es um Personen geht: Telefon" in (await owner.get(here)).text
    assert "Zeile 4" in await tried(owner, here, "name", "meeting")
    await brought(owner, here)
    (card,) = (await board_of(server)).cards.values()
    assert (card.name, card.meeting) == ("Chor", "42")


@BOTH
async def test_a_file_is_only_for_whoever_sent_it_and_for_an_hour(server: Running, owner: httpx.AsyncClient) -> None:
    """ABUSE 35: and no table keeps anything of it afterwards"""
    here = await sent(owner, FILE)
    database = server.house.database
    async with server.browser() as other:
        await server.sign_in(other, "zweite@beispiel.invalid", "probe", "owner")
        assert "Chor" not in (await other.get(here, follow_redirects=True)).text
    async with server.browser() as part:
        await server.sign_in(part, "teil@beispiel.invalid", "probe", "moderator", ["s1"])
        assert (await part.get("/w/probe/import")).status_code == 403
        assert (await part.post("/w/probe/import", files={"file": ("x.csv", b"Name\nx\n")})).status_code == 403
    async with database.read() as connection:
        (content,) = (await connection.execute(select(uploads.c.content))).scalars()
    assert b"beispiel.invalid" not in zlib.decompress(content)
    await forgetting(database)(now() + timedelta(minutes=61))
    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(uploads))).scalar_one() == 0
    assert "Diese Datei ist nicht mehr da" in (await owner.get(here, follow_redirects=True)).text


async def test_what_was_pinned_or_forgotten_is_kept_no_longer(server: Running, owner: httpx.AsyncClient) -> None:
    here = await sent(owner, "Name\nChor\n")
    await tried(owner, here, "name")
    await brought(owner, here)
    async with server.house.database.read() as connection:
        row = (await connection.execute(select(uploads.c.content, uploads.c.plan))).one()
    assert tuple(row) == (b"", b"")
    assert (await owner.post(here, data={"do": "forget"})).status_code == 303
    assert "gone=1" in (await owner.get(here)).headers["location"]


async def test_work_that_a_crash_broke_off_can_be_begun_again(server: Running, owner: httpx.AsyncClient) -> None:
    here = await sent(owner, "Name\nChor\n")
    past = now() - SILENCE * 2
    await server.house.database.write(
        lambda c: c.execute(update(uploads).values(stage="checking", beat_at=past))  # as a process leaves it that dies
    )
    assert "Die Arbeit wurde unterbrochen" in (await owner.get(here)).text
    await tried(owner, here, "name")
    await brought(owner, here)
    assert await names(owner) == ["Chor"]


@BOTH
async def test_a_large_import_makes_open_screens_load_anew(server: Running, owner: httpx.AsyncClient) -> None:
    """W2: rather than hundreds of single changes"""
    room = await server.house.hub.room("probe")
    here = await sent(owner, "Name\n" + "".join(f"Netzwerk Nummer {n}\n" for n in range(600)))
    await tried(owner, here, "name")
    await brought(owner, here, twins="pin")
    await until(lambda: len(room.board.cards) == 600, "the room's repair")
    async with server.house.database.read() as connection:
        longest = (await connection.execute(select(func.max(changes.c.revision)))).scalar_one()
    assert longest == 600
    await owner.post(here, data={"do": "undo"})
    await until(lambda: not any(card.visible for card in room.board.cards.values()), "an empty wall")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Bitte wählen Sie eine Datei"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "Diese Datei können wir nicht lesen"),
        (b"Name\n", "keine Zeilen gefunden"),
        (b"\x00\x01\x02", "keine Zeilen gefunden"),
        (b"Name\n" + b"x" * 200_000, "keine Zeilen gefunden"),
        (b"Name\n" + b"Chor\n" * 20_001, "mehr als 20000 Zeilen"),
        (",".join(f"Spalte {n}" for n in range(80)).encode() + b"\nx", "80 Spalten"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "Diese Datei können wir nicht lesen"),
        (b"PK\x03\x04 no archive", "Diese Datei können wir nicht lesen"),
        (b'{"format": "something else"}', "Diese Datei können wir nicht lesen"),
    ],
    ids=["none", "png", "header", "noise", "cell", "rows", "columns", "xls", "zip", "json"],
)
async def test_a_file_that_is_none_is_refused_in_words(on_sqlite: str, content: bytes, said: str) -> None:
    """ABUSE 35"""
    async with running(make_settings(on_sqlite, rate_limits=100)) as server, server.browser() as client:
        await make_wall(server.house.database)
        await server.sign_in(client, "leitung@beispiel.invalid", "probe", "owner")
        answer = await client.post("/w/probe/import", files={"file": ("../../x\x00.csv", content)})
        assert answer.status_code == 422
        assert said in answer.text


async def test_a_digipads_hidden_posts_wait_for_a_moderator(server: Running, owner: httpx.AsyncClient) -> None:
    posts = [{"titre": "Chor", "visibilite": "visible"}, {"titre": "Garten", "visibilite": "masquee"}]
    here = await sent(owner, json.dumps({"pad": {"titre": "Wand"}, "blocs": posts}), "donnees.json")
    assert "1 Karte wartet danach" in await tried(owner, here, "name")
    await brought(owner, here)
    assert await names(owner) == ["Chor"]
    assert {card.name: card.status for card in (await board_of(server)).cards.values()}["Garten"] == "pending"


async def test_only_this_address_takes_large_files_and_not_more_than_twenty_megabytes(
    server: Running, owner: httpx.AsyncClient
) -> None:
    """ABUSE 35: also where the body does not say how long it is"""
    large = b"Name,Text\n" + b"".join(b"Karte %d,%b\n" % (n, b"x" * 900) for n in range(1000))
    assert "import/" in await sent(owner, large.decode())
    form = {"content-type": "multipart/form-data; boundary=x"}
    assert (await owner.post("/w/probe/settings", content=large, headers=form)).status_code == 413
    too_large = b"x" * (guard.MOST_OF_FILES + 1)

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(too_large), 2**20):
            yield too_large[start : start + 2**20]

    for content in (too_large, in_pieces()):
        answer = await owner.post("/w/probe/import", content=content, headers=form)
        assert answer.status_code in (400, 413)
    assert (await board_of(server)).revision == 0


async def test_a_file_that_kills_its_reader_is_refused_and_the_server_lives(
    server: Running, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ABUSE 35: one that needs more memory or time than the process may have"""

    async def killed(*_: Any) -> tuple[int, bytes]:
        return -9, b""

    monkeypatch.setattr(intake, "worked", killed)
    answer = await owner.post("/w/probe/import", files={"file": ("x.csv", b"Name\nChor\n")})
    assert answer.status_code == 422
    assert "Diese Datei können wir nicht lesen" in answer.text


async def test_a_plan_whose_process_dies_leads_back_to_the_columns(
    server: Running, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await sent(owner, "Name\nChor\n")

    async def killed(*_: Any) -> tuple[int, bytes]:
        return -9, b""

    monkeypatch.setattr(intake, "worked", killed)
    assert "Diese Datei können wir nicht lesen" in await tried(owner, here, "name")
    assert "column-0" in (await owner.get(here)).text


async def test_a_bomb_meets_the_limits_of_its_own_process(
    apart: None, server: Running, owner: httpx.AsyncClient
) -> None:
    """ABUSE 35: 60 kB that would unpack to 60 MB and more"""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (unpack.MAX_MEMBER + 1))
        archive.writestr("[Content_Types].xml", "<Types/>")
    answer = await owner.post("/w/probe/import", files={"file": ("karten.xlsx", out.getvalue())})
    assert answer.status_code == 422
    assert "Ausgepackt ist diese Datei größer als 120 MB" in answer.text


async def test_addresses_within_texts_are_pointed_out(server: Running, owner: httpx.AsyncClient) -> None:
    """They are no column that could be left out: whoever leads the wall decides"""
    here = await sent(owner, "Name,Text\nChor,Wir singen\nGarten,Mehr bei garten@beispiel.invalid\n")
    shown = await tried(owner, here, "name", "description")
    assert "die an der Wand alle sehen: 3. Ist das so gewollt?" in shown
