"""The history: who changed what, the wall at any time in the past, former states, and what of it the public is told."""

import re
from datetime import timedelta

import httpx
import pytest

from tests.makers import Running, hang, make_wall, words
from wall.actions.configure import configure, renew_epochs
from wall.actions.edit import edit, move
from wall.actions.erase import erase
from wall.actions.ledger import Ledger
from wall.actions.moderate import approve, hide, reject, withdraw
from wall.actions.pin import pin
from wall.actions.restore import restore_to
from wall.actions.undo import undo
from wall.errors import NotFound
from wall.model.board import Board
from wall.model.card import Card
from wall.model.differences import compared, pieces
from wall.model.roles import AUTHOR, GUEST, SYSTEM
from wall.model.wall import Wall
from wall.store import boards, journal, past
from wall.store.database import Database
from wall.words import words as sentences

t = sentences("de")
Browser = httpx.AsyncClient


async def now(database: Database, wall: Wall) -> Board:
    async with database.read() as connection:
        return await boards.load_board(connection, wall.key)


async def at(database: Database, wall: Wall, revision: int) -> Board:
    async with database.read() as connection:
        return await past.board_at(connection, wall.key, revision)


async def a_long_day(database: Database, wall: Wall) -> dict[int, str]:
    """Many things happen to a wall; returns what its board was after each, by revision."""
    ledger = Ledger(database, lambda changes: None, snapshot_every=4)
    seen = {0: (await now(database, wall)).digest()}

    async def note() -> None:
        board = await now(database, wall)
        seen[board.revision] = board.digest()

    cards: list[Card] = []
    for n in range(5):
        cards.append((await pin(ledger, wall, words(f"Karte {n}"), f"key {n}", GUEST)).card)
        await note()
    for card in cards[:4]:
        await approve(ledger, wall, card.id, SYSTEM)
        await note()
    await reject(ledger, wall, cards[4].id, "advert", SYSTEM)
    await note()
    await configure(ledger, wall, {"title": "Zweiter Titel", "place": "Leipzig"}, SYSTEM)
    await note()
    await move(ledger, wall, cards[0].id, "s2", "", SYSTEM)
    await note()
    await restore_to(ledger, wall, 6, SYSTEM)
    await note()
    await hide(ledger, wall, cards[0].id, SYSTEM)
    await note()
    await edit(ledger, wall, cards[1].id, words("Anders"), 20, AUTHOR)
    await note()
    await undo(ledger, wall, [(await now(database, wall)).revision], SYSTEM)
    await note()
    await renew_epochs(database)
    await note()
    await withdraw(ledger, wall, cards[2].id, AUTHOR)
    await note()
    return seen


async def test_the_wall_at_any_revision_is_what_it_was_then(database: Database, wall: Wall) -> None:
    seen = await a_long_day(database, wall)
    assert list(seen) == list(range(len(seen))), "not one revision was left out"
    for revision, digest in seen.items():
        assert (await at(database, wall, revision)).digest() == digest, revision
    for never in (len(seen), 10_000):
        with pytest.raises(NotFound):
            await at(database, wall, never)


async def test_the_wall_at_a_time_is_that_of_the_last_change_before(database: Database, wall: Wall) -> None:
    await a_long_day(database, wall)
    async with database.read() as connection:
        changes = await journal.changes_since(connection, wall.key, 0)
        for change in changes:
            assert await past.revision_at(connection, wall.key, change.at) >= change.revision
        assert await past.revision_at(connection, wall.key, changes[0].at - timedelta(hours=1)) == 0


async def test_going_back_is_a_change_that_can_be_taken_back(database: Database, ledger: Ledger, wall: Wall) -> None:
    card = (await pin(ledger, wall, words(), "key 1", SYSTEM)).card
    await edit(ledger, wall, card.id, words("Anders"), card.revision, SYSTEM)
    late = (await pin(ledger, wall, words("Später"), "key 2", SYSTEM)).card
    today = await now(database, wall)
    await restore_to(ledger, wall, 1, SYSTEM)
    board = await now(database, wall)
    assert [card.name for card in board.visible()] == ["Runder Tisch Klima"]
    assert board.cards[late.id].status == "withdrawn"
    await restore_to(ledger, wall, board.revision - 1, SYSTEM)
    again = await now(database, wall)
    assert again.cards == today.cards
    assert len({today.epoch, board.epoch, again.epoch}) == 3


async def test_an_erased_card_is_not_in_the_past_either(database: Database, wall: Wall) -> None:
    ledger = Ledger(database, lambda changes: None, snapshot_every=2)
    card = (await pin(ledger, wall, words("Geheim"), "key 1", SYSTEM)).card
    await pin(ledger, wall, words("Anderes"), "key 2", SYSTEM)
    await hide(ledger, wall, card.id, SYSTEM)
    await erase(ledger, wall, card.id, SYSTEM)
    for revision in range(5):
        board = await at(database, wall, revision)
        assert "Geheim" not in str(board.state())
    await restore_to(ledger, wall, 2, SYSTEM)
    assert [card.name for card in (await now(database, wall)).visible()] == ["Anderes"]


async def test_two_states_are_compared_card_by_card(database: Database, ledger: Ledger, wall: Wall) -> None:
    kept = (await pin(ledger, wall, words("Bleibt"), "key 1", SYSTEM)).card
    gone = (await pin(ledger, wall, words("Geht"), "key 2", SYSTEM)).card
    then = await now(database, wall)
    await hide(ledger, wall, gone.id, SYSTEM)
    await edit(ledger, wall, kept.id, words("Bleibt", meeting="dienstags"), kept.revision, SYSTEM)
    await pin(ledger, wall, words("Kommt"), "key 3", SYSTEM)
    await configure(ledger, wall, {"title": "Neu"}, SYSTEM)
    found = compared(then, await now(database, wall))
    assert [card.name for card in found.added] == ["Kommt"]
    assert [card.name for card in found.removed] == ["Geht"]
    assert [(c.name, [d.field for d in fields]) for c, fields in found.changed] == [("Bleibt", ["meeting"])]
    assert [(d.field, d.before, d.after) for d in found.settings] == [("title", "Probewand", "Neu")]
    same = compared(then, then)
    assert [same.added, same.removed, same.changed, same.settings] == [[], [], [], []]


def test_texts_are_compared_word_by_word() -> None:
    said = [
        (piece.kind, piece.text.strip()) for piece in pieces("Wir treffen uns montags.", "Wir treffen uns dienstags.")
    ]
    assert said == [("same", "Wir treffen uns"), ("gone", "montags"), ("new", "dienstags"), ("same", ".")]
    long = "wort " * 4000
    assert [piece.kind for piece in pieces(long, long + "mehr")] == ["gone", "new"]


async def test_the_team_reads_who_did_what_and_undoes_it_there(server: Running, moderator: Browser) -> None:
    card = await hang(server, by=GUEST)
    await moderator.post(f"/w/probe/c/{card.id}/reject", data={"reason": "advert", "words": "Nur ein Shop"})
    story = (await moderator.get("/w/probe/history")).text
    for said in (
        "mod@beispiel.invalid",
        t("who.guest"),
        t("reason_short.advert"),
        "Nur ein Shop",
        "Runder Tisch Klima",
    ):
        assert said in story
    undo_it = {"revision": str(card.revision + 1), "back": "/w/probe/history"}
    assert (await moderator.post("/w/probe/undo", data=undo_it)).headers["location"] == "/w/probe/history"
    assert (await server.house.hub.room("probe")).board.cards[card.id].status == "pending"
    after = (await moderator.get("/w/probe/history")).text
    assert t("history.undoes", n=card.revision + 1) in after
    # what no longer stands has no button: the pin and the undoing do, the rejection does not
    assert re.findall(r'name="revision" value="(\d+)"', after) == [str(card.revision + 2), str(card.revision)]


async def test_the_history_is_sifted_and_turned_page_by_page(server: Running, moderator: Browser) -> None:
    cards = [await hang(server, f"Karte {n:03}", by=GUEST) for n in range(60)]
    await moderator.post(f"/w/probe/c/{cards[0].id}/approve")

    async def lines(query: str, of: str = "/w/probe") -> list[int]:
        text = (await moderator.get(f"{of}/history{query}")).text
        return [int(number) for number in re.findall(r'class="story__line" id="n(\d+)"', text)]

    assert await lines("") == list(range(61, 11, -1))
    assert await lines("?before=12") == list(range(11, 0, -1))
    assert await lines("?kind=approved") == [61]
    assert await lines("?who=guest&before=3") == [2, 1]
    assert await lines("", f"/w/probe/c/{cards[0].id}") == [61, 1]
    assert await lines("?kind=x&who=y&before=z") == []


async def test_a_state_is_kept_under_a_name_looked_at_compared_and_gone_back_to(
    server: Running, client: Browser, moderator: Browser, owner: Browser
) -> None:
    await hang(server, "Eins")
    kept = await moderator.post("/w/probe/history/keep", data={"name": "Nach der Veranstaltung"})
    assert kept.status_code == 303
    assert "Nach der Veranstaltung" in (await moderator.get("/w/probe/history")).text
    await hang(server, "Zwei")
    then = (await moderator.get("/w/probe/history?at=1")).text
    assert "Eins" in then
    assert "Zwei" not in then
    assert "Zwei" in (await moderator.get("/w/probe/history/compare?from=1")).text
    assert "Zwei" not in (await moderator.get("/w/probe/history/compare?from=0&to=1")).text
    assert (await moderator.post("/w/probe/history/restore", data={"revision": "1"})).status_code == 403
    assert (await owner.post("/w/probe/history/restore", data={"revision": "1"})).status_code == 303
    assert [card["name"] for card in (await client.get("/api/walls/probe/cards")).json()["cards"]] == ["Eins"]
    assert t("history.before_restore") in (await moderator.get("/w/probe/history")).text
    for query in ("at=morgen", "at=999", "at=2026-13-40"):
        assert (await moderator.get(f"/w/probe/history?{query}")).status_code == 404
    assert (await moderator.get("/w/probe/history?at=2020-01-01")).status_code == 200
    for odd in ("", "x", "999"):
        assert (await owner.post("/w/probe/history/restore", data={"revision": odd})).status_code == 404


async def test_the_history_is_for_the_team_of_this_wall_only(server: Running, client: Browser) -> None:
    card = await hang(server)
    await make_wall(server.house.database, "nachbar")
    async with server.browser() as neighbour:
        await server.sign_in(neighbour, "nachbar@beispiel.invalid", "nachbar")
        for path in ("history", "history?at=1", "history/compare?from=0", f"c/{card.id}/history"):
            assert (await client.get(f"/w/probe/{path}")).status_code == 401
            assert (await neighbour.get(f"/w/probe/{path}")).status_code == 403
        for path in ("history/keep", "history/restore"):
            for who in (client, neighbour):
                assert (await who.post(f"/w/probe/{path}", data={"revision": "0", "name": "x"})).status_code == 403
        assert "Runder Tisch" not in (await neighbour.get(f"/w/nachbar/c/{card.id}/history")).text


async def test_everybody_reads_how_many_were_approved_and_rejected_and_nothing_more(
    server: Running, client: Browser, moderator: Browser
) -> None:
    assert t("note.title") not in (await client.get("/w/probe/info")).text
    cards = [await hang(server, f"Geheimnis {n}", by=GUEST) for n in range(5)]
    verbs = (("approve", ""), ("approve", ""), ("reject", "advert"), ("reject", "advert"), ("reject", "unclear"))
    for card, (verb, reason) in zip(cards, verbs, strict=True):
        data = {"reason": reason, "words": "vertraulich"}
        await moderator.post(f"/w/probe/c/{card.id}/{verb}", data=data)
    await moderator.post("/w/probe/undo", data={"revision": "7"})
    text = (await client.get("/w/probe/info")).text
    assert t.n("note.approved", 1) in text
    assert t.n("note.rejected", 3) in text
    assert f"{t('reason_short.advert')}: 2" in text
    assert f"{t('reason_short.unclear')}: 1" in text
    for secret in ("Geheimnis", "vertraulich", "mod@", *(card.id for card in cards)):
        assert secret not in text
