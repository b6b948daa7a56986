"""Erasing: what was erased is found nowhere, every screen takes it down, and it never comes back."""

import asyncio
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import asyncpg
import httpx
from sqlalchemy import text

from tests.conftest import Relays
from tests.makers import Running, card_in, hang, hear, make_settings, make_wall, running, until, words
from wall.actions.edit import edit
from wall.actions.erase import erase, scrub
from wall.actions.ledger import Ledger
from wall.actions.moderate import hide, reject
from wall.actions.pin import pin
from wall.actions.restore import restore
from wall.model.audience import Audience
from wall.model.roles import AUTHOR, GUEST, SYSTEM
from wall.model.wall import Wall
from wall.store import boards, journal, snapshots
from wall.store.database import Database

CANARY = "Kanarienvogel"


def pinned(name: str = f"Netz {CANARY}") -> dict[str, object]:
    """Words that say the canary's name in every field that takes free words."""
    said = {f: f"{CANARY} in {f}" for f in ("description", "meeting", "offers", "seeks")}
    return words(name, **said, website=f"https://{CANARY}.invalid", members=[CANARY], topics=[CANARY])


async def dump(database: Database) -> str:
    """Every cell of every table, as text."""
    found = []
    async with database.read() as connection:
        tables = (
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            if database.sqlite
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        for table in (await connection.execute(text(tables))).scalars().all():
            found += [str(tuple(row)) for row in await connection.execute(text(f'SELECT * FROM "{table}"'))]
    return "\n".join(found)


async def lived(ledger: Ledger, wall: Wall) -> str:
    """A card that was pinned, edited twice and kept in snapshots; its number."""
    card = (await pin(ledger, wall, pinned(), "key-canary", SYSTEM)).card
    for text_ in (f"Neu {CANARY}", f"Neuer {CANARY}"):
        board = await stored(ledger.database, wall)
        await ledger.database.write(lambda connection, board=board: snapshots.keep(connection, board))
        await edit(ledger, wall, card.id, pinned() | {"description": text_ * 60}, board.revision, SYSTEM)
    return card.id


async def stored(database: Database, wall: Wall) -> boards.Board:
    async with database.read() as connection:
        return await boards.load_board(connection, wall.key)


async def test_no_table_holds_a_word_of_an_erased_card(ledger: Ledger, wall: Wall) -> None:
    other = (await pin(ledger, wall, words("Bleibt"), "key-other", SYSTEM)).card
    card_id = await lived(ledger, wall)
    assert CANARY in await dump(ledger.database)
    erased = await erase(ledger, wall, card_id, AUTHOR)
    assert CANARY not in await dump(ledger.database)
    assert erased.status == "erased"
    async with ledger.database.read() as connection:
        told = await journal.changes_since(connection, wall.key, 0)
    assert [change.revision for change in told] == list(range(1, len(told) + 1))
    assert [change.kind for change in told if (change.card or {})["id"] == card_id][-1] == "erased"
    assert (await card_in(ledger.database, wall, other.id)).name == "Bleibt"


async def test_the_files_of_sqlite_hold_no_byte_of_an_erased_card(on_sqlite: str) -> None:
    """ABUSE 45: the database file, its write-ahead log and what lies beside them"""
    database = Database(on_sqlite)
    ledger = Ledger(database, lambda changes: None, snapshot_every=3)
    wall = await make_wall(database)
    folder = Path(on_sqlite.removeprefix("sqlite:///")).parent

    def hits() -> list[str]:
        return [file.name for file in folder.iterdir() if file.is_file() and CANARY.encode() in file.read_bytes()]

    for number in range(40):
        await pin(ledger, wall, words(f"Nachbar {number}", description="x" * 900), f"key-{number:08}", SYSTEM)
    card_id = await lived(ledger, wall)
    assert hits()
    await erase(ledger, wall, card_id, AUTHOR)
    assert hits() == []
    await database.close()


async def test_the_tables_of_postgresql_hold_no_byte_of_an_erased_card_once_tidied(on_postgres: str) -> None:
    """ABUSE 45: the pages of the tables, read as they lie"""
    database = Database(on_postgres)
    ledger = Ledger(database, lambda changes: None, snapshot_every=3)
    wall = await make_wall(database)

    async def hits() -> list[str]:
        """Tables, with what they keep beside them for long values, whose files hold the canary."""
        files = text(
            "SELECT relname, pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 't') AND oid >= 16384"
        )
        read = text("SELECT pg_read_binary_file(:file)")
        connection = await asyncpg.connect(on_postgres)
        await connection.execute("CHECKPOINT")
        await connection.close()
        async with database.read() as transaction:
            named = (await transaction.execute(files)).all()
            kept = [(name, (await transaction.execute(read, {"file": file})).scalar_one()) for name, file in named]
        return [name for name, content in kept if CANARY.encode() in content]

    for number in range(40):
        await pin(ledger, wall, words(f"Nachbar {number}", description="x" * 900), f"key-{number:08}", SYSTEM)
    card_id = await lived(ledger, wall)
    assert await hits()
    await erase(ledger, wall, card_id, AUTHOR)
    assert CANARY not in await dump(database)
    assert await scrub(ledger, thoroughly=True)  # what `wall tidy` does every night
    assert await hits() == []
    await database.close()


async def test_an_erased_card_is_gone_at_every_address(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient
) -> None:
    """ABUSE 31, 45: page, program, edit link, and the moderators' forms"""
    card = await hang(server, f"Netz {CANARY}")
    mine = f"/mine/{server.house.edit_links.token(card.id)}"
    here = f"/w/probe/c/{card.id}"
    assert (await client.get(here)).status_code == 200
    assert (await client.post(f"{mine}/erase")).status_code == 422  # nobody erases by accident
    assert (await client.post(f"{mine}/erase", data={"sure": "yes"})).status_code == 303
    for address in (here, mine, f"/api/walls/probe/cards/{card.id}"):
        gone = await client.get(address)
        assert (gone.status_code, CANARY in gone.text) == (410, False)
    gone = [await client.post(mine, data=words()), await client.post(f"{mine}/withdraw")]
    gone += [await moderator.get(f"{here}/edit"), await moderator.post(f"{here}/approve")]
    gone += [await moderator.post(f"{here}/hide"), await moderator.post(f"{here}/move", data={"section": "s2"})]
    assert [answer.status_code for answer in gone] == [410] * len(gone)
    for address in ("/w/probe", "/w/probe?q=Kanarienvogel", "/api/walls/probe/changes?since=0", "/w/probe/projector"):
        assert "Netz" not in (await client.get(address)).text.replace("Netzwerk", "")
    unknown = await client.get("/mine/unfug")
    spent = await client.get(mine)
    assert unknown.text.replace("/mine/unfug", mine) == spent.text


async def test_nothing_to_take_away_holds_an_erased_card(
    server: Running, client: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    """ABUSE 45: files that were taken before are made anew, the whole copy too, and no drawing of it is kept"""
    await hang(server, "Bleibt")
    card = await hang(server, f"Netz {CANARY}", description=CANARY, topics=[CANARY])
    here = f"/w/probe/c/{card.id}"
    files = [f"/w/probe/take/{kind}" for kind in ("xlsx", "csv", "md", "json")]
    places = [*files, *(f"{file}?of=team" for file in files), "/w/probe/take/json?of=copy", "/w/probe/take/zip?of=copy"]
    places += ["/w/probe/feed.atom", "/w/probe/embed", "/w/probe/poster.png", "/sitemap.xml"]

    async def holding() -> list[str]:
        """The places that show the card, asked for as by somebody who has been there before."""
        found = []
        for place in places:
            answer = await owner.get(place, headers={"if-none-match": etags.get(place, "")})
            etags[place] = answer.headers.get("etag", "")
            body = b"".join(unpacked(answer.content))
            found += [place] if CANARY.encode() in body or f"/c/{card.id}".encode() in body else []
        return found

    etags: dict[str, str] = {}
    assert (await client.get(f"{here}/poster.png")).status_code == 200
    assert len(await holding()) == len(places) - 1, "a wall's poster names no card"
    room = await server.house.hub.room("probe")
    await erase(server.house.ledger, room.board.wall, card.id, AUTHOR)
    assert await holding() == []
    assert (await client.get(f"{here}/poster.png")).status_code == 410
    assert card.id not in server.house.posters._kept


def unpacked(content: bytes) -> Iterator[bytes]:
    """What a file holds; of an archive, what is in it."""
    yield content
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as archive:
            yield from map(archive.read, archive.namelist())


async def test_an_edit_link_of_an_erased_card_is_answered_like_any_other_that_is_no_good(
    server: Running, client: httpx.AsyncClient
) -> None:
    """ABUSE 31"""
    card = await hang(server)
    mine = f"/mine/{server.house.edit_links.token(card.id)}"
    await client.post(f"{mine}/erase", data={"sure": "yes"})
    spent, unknown = await client.get(mine), await client.get("/mine/unfug")
    assert spent.status_code == unknown.status_code == 410
    assert spent.text == unknown.text.replace("/mine/unfug", mine)


async def test_moderators_erase_and_others_do_not(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient
) -> None:
    card = await hang(server)
    here = f"/w/probe/c/{card.id}"
    assert (await client.post(f"{here}/erase", data={"sure": "yes"})).status_code == 403
    assert (await moderator.post(f"{here}/erase")).status_code == 422
    assert (await moderator.post(f"{here}/erase", data={"sure": "yes"})).status_code == 303
    assert (await client.get(here)).status_code == 410


async def test_every_open_screen_of_every_process_takes_an_erased_card_down(database_url: str, relays: Relays) -> None:
    """ABUSE 45: and no process keeps its words for latecomers"""
    first, second = make_settings(database_url), make_settings(database_url)
    async with running(first, relays()) as one, running(second, relays()) as two:
        await make_wall(one.house.database)
        card = await hang(one, f"Netz {CANARY}")
        room = await two.house.hub.room("probe")
        await until(lambda: room.board.revision == 1)
        epoch = room.board.epoch
        async with two.listen(since=1, epoch=epoch) as open_tab, one.listen(since=1, epoch=epoch) as other_tab:
            await hear(open_tab, "hello")
            await hear(other_tab, "hello")
            await erase(one.house.ledger, room.board.wall, card.id, AUTHOR)
            for tab in (open_tab, other_tab):
                frame = await hear(tab, "change")
                assert (frame["removed"], frame["cards"]) == ([card.id], [])
        async with two.listen(since=0, epoch=epoch) as late:
            heard = [await hear(late, "change", "reset") for _ in range(2)]
        assert CANARY not in str(heard)
        for server in (one, two):
            kept = await server.house.hub.room("probe")
            assert CANARY not in str([change.model_dump() for change in kept._recent])
            assert CANARY not in str(kept.board.state())
            assert CANARY not in str(server.house.drawing._fragments)


async def test_a_page_that_missed_the_hiding_before_still_takes_the_card_down(server: Running) -> None:
    card = await hang(server, f"Netz {CANARY}")
    room = await server.house.hub.room("probe")
    epoch, seen = room.board.epoch, room.board.revision
    await hide(server.house.ledger, room.board.wall, card.id, SYSTEM)
    await erase(server.house.ledger, room.board.wall, card.id, SYSTEM)
    async with server.listen(since=seen, epoch=epoch) as late:
        heard = [await hear(late, "change") for _ in range(2)]
    assert card.id in heard[0]["removed"] + heard[1]["removed"]
    frames = server.house.frames
    once = frames.catch_up(list(room._recent), room.board, Audience("visitor", "de", "json"))
    assert card.id.encode() in once
    assert CANARY.encode() not in once


async def test_no_repetition_and_no_snapshot_brings_an_erased_card_back(
    server: Running, client: httpx.AsyncClient
) -> None:
    """ABUSE 45: a phone that sends its old form again, and a wall that is put back to when the card was there"""
    form = words(f"Netz {CANARY}") | {"key": "key-00000001"}
    mine = (await client.post("/w/probe/pin", data=form)).headers["location"].partition("?")[0]
    house, room = server.house, await server.house.hub.room("probe")
    number = await house.database.write(lambda connection: snapshots.keep(connection, room.board))
    await client.post(f"{mine}/erase", data={"sure": "yes"})
    assert (await client.post("/w/probe/pin", data=form)).status_code == 409
    await restore(house.ledger, room.board.wall, number, SYSTEM)
    board = await stored(house.database, room.board.wall)
    assert [card.status for card in board.cards.values()] == ["erased"]
    assert CANARY not in await dump(house.database)
    assert (await client.get(mine)).status_code == 410


async def test_what_was_erased_stays_so_in_a_race_with_an_edit(ledger: Ledger, wall: Wall) -> None:
    card = (await pin(ledger, wall, pinned(), "key-canary", GUEST)).card
    acts = (
        erase(ledger, wall, card.id, AUTHOR),
        edit(ledger, wall, card.id, pinned(f"Neu {CANARY}"), card.revision, AUTHOR),
        reject(ledger, wall, card.id, CANARY, SYSTEM),
    )
    await asyncio.gather(*acts, return_exceptions=True)
    assert (await card_in(ledger.database, wall, card.id)).status == "erased"
    assert CANARY not in await dump(ledger.database)
