"""Undoing: every change can be taken back while it stands as it was left, and the undoing can be undone."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.makers import SECTIONS, Running, card_in, hang, make_wall, words
from wall.actions.configure import configure
from wall.actions.edit import edit, move
from wall.actions.ledger import Ledger
from wall.actions.moderate import approve, hide, reject, show, withdraw
from wall.actions.pin import pin
from wall.actions.undo import undo
from wall.errors import Conflict, Invalid, NotFound
from wall.model.board import Board
from wall.model.card import Card
from wall.model.roles import AUTHOR, GUEST, SYSTEM
from wall.model.wall import Wall
from wall.store import boards, journal
from wall.store.database import Database

Browser = httpx.AsyncClient
Act = Callable[[Ledger, Wall, Card], Awaitable[Any]]


async def pinned(ledger: Ledger, wall: Wall, name: str = "Runder Tisch Klima") -> Card:
    return (await pin(ledger, wall, words(name), f"key {name}", GUEST)).card


async def board_of(database: Database, wall: Wall) -> Board:
    async with database.read() as connection:
        return await boards.load_board(connection, wall.key)


def told(board: Board) -> Any:
    """What a board says, but for the numbers and times that every change moves on."""
    state = board.state()
    moving = ("revision", "changed_at")
    return [
        {key: value for key, value in part.items() if key not in moving} for part in (state["wall"], *state["cards"])
    ]


ACTS: dict[str, tuple[list[Act], Act]] = {
    "approve": ([], lambda ledger, wall, card: approve(ledger, wall, card.id, SYSTEM)),
    "reject": ([], lambda ledger, wall, card: reject(ledger, wall, card.id, "advert", SYSTEM)),
    "hide": ([], lambda ledger, wall, card: hide(ledger, wall, card.id, SYSTEM)),
    "show": (
        [lambda ledger, wall, card: hide(ledger, wall, card.id, SYSTEM)],
        lambda ledger, wall, card: show(ledger, wall, card.id, SYSTEM),
    ),
    "edit": ([], lambda ledger, wall, card: edit(ledger, wall, card.id, words("Anders"), card.revision, AUTHOR)),
    "move": ([], lambda ledger, wall, card: move(ledger, wall, card.id, "s2", "", SYSTEM)),
    "withdraw": (
        [lambda ledger, wall, card: approve(ledger, wall, card.id, SYSTEM)],
        lambda ledger, wall, card: withdraw(ledger, wall, card.id, AUTHOR),
    ),
    "configure": ([], lambda ledger, wall, card: configure(ledger, wall, {"title": "Anders", "phase": "open"}, SYSTEM)),
}


@pytest.mark.parametrize("name", ACTS)
async def test_every_action_can_be_undone_and_the_undoing_too(
    database: Database, ledger: Ledger, wall: Wall, name: str
) -> None:
    before, act = ACTS[name]
    card = await pinned(ledger, wall)
    for each in before:
        await each(ledger, wall, card)
    then = await board_of(database, wall)
    await act(ledger, wall, card)
    done = await board_of(database, wall)
    assert told(done) != told(then)
    [back] = await undo(ledger, wall, [done.revision], SYSTEM)
    undone = await board_of(database, wall)
    assert told(undone) == told(then)
    assert (back.kind, back.was["undoes"], undone.revision) == ("undone", done.revision, done.revision + 1)
    await undo(ledger, wall, [undone.revision], SYSTEM)
    assert told(await board_of(database, wall)) == told(done)
    async with database.read() as connection:
        replayed = Board(then.wall, then.cards.values())
        for change in await journal.changes_since(connection, wall.key, then.revision):
            assert replayed.apply(change)
    assert replayed.digest() == (await board_of(database, wall)).digest()


async def test_a_pin_undone_is_off_the_wall_and_undone_again_it_waits_as_before(
    database: Database, ledger: Ledger, wall: Wall
) -> None:
    card = await pinned(ledger, wall)
    [back] = await undo(ledger, wall, [card.revision], SYSTEM)
    assert (await card_in(database, wall, card.id)).status == "withdrawn"
    await undo(ledger, wall, [back.revision], SYSTEM)
    assert (await card_in(database, wall, card.id)).status == "pending"


async def test_what_was_changed_since_stands_and_the_fields_are_named(
    database: Database, ledger: Ledger, wall: Wall
) -> None:
    card = await pinned(ledger, wall)
    first = await edit(ledger, wall, card.id, words("Zwei", meeting="dienstags"), card.revision, AUTHOR)
    second = await edit(ledger, wall, card.id, words("Drei", meeting="dienstags"), first.revision, AUTHOR)
    with pytest.raises(Conflict) as refused:
        await undo(ledger, wall, [first.revision], SYSTEM)
    assert refused.value.theirs == {"name": "Drei"}
    assert await card_in(database, wall, card.id) == second
    await undo(ledger, wall, [second.revision, first.revision], SYSTEM)
    assert (await card_in(database, wall, card.id)).content == card.content


async def test_only_the_fields_a_change_altered_are_put_back(database: Database, ledger: Ledger, wall: Wall) -> None:
    card = await pinned(ledger, wall)
    first = await edit(ledger, wall, card.id, words("Zwei"), card.revision, AUTHOR)
    await edit(ledger, wall, card.id, words("Zwei", meeting="dienstags"), first.revision, AUTHOR)
    await undo(ledger, wall, [first.revision], SYSTEM)
    stored = await card_in(database, wall, card.id)
    assert (stored.name, stored.meeting) == (card.name, "dienstags")
    await configure(ledger, wall, {"title": "Neu"}, SYSTEM)
    titled = (await board_of(database, wall)).revision
    await configure(ledger, wall, {"place": "Leipzig"}, SYSTEM)
    await undo(ledger, wall, [titled], SYSTEM)
    board = await board_of(database, wall)
    assert (board.wall.title, board.wall.place) == ("Probewand", "Leipzig")


async def test_several_are_undone_as_one_or_not_at_all(database: Database, ledger: Ledger, wall: Wall) -> None:
    cards = [await pinned(ledger, wall, f"Karte {n}") for n in range(3)]
    done = [(await approve(ledger, wall, card.id, SYSTEM)).revision for card in cards]
    await hide(ledger, wall, cards[1].id, SYSTEM)
    await undo(ledger, wall, done, SYSTEM)
    board = await board_of(database, wall)
    assert [board.cards[card.id].status for card in cards] == ["pending"] * 3
    with pytest.raises(Conflict):
        await undo(ledger, wall, done, SYSTEM)
    assert (await board_of(database, wall)).digest() == board.digest()
    with pytest.raises(NotFound):
        await undo(ledger, wall, [board.revision, 999], SYSTEM)


async def test_a_card_does_not_go_back_to_a_column_that_is_gone(database: Database, ledger: Ledger, wall: Wall) -> None:
    card = await pinned(ledger, wall)
    await move(ledger, wall, card.id, "s2", "", SYSTEM)
    moved = (await board_of(database, wall)).revision
    await configure(ledger, wall, {"sections": SECTIONS[1:]}, SYSTEM)
    narrowed = (await board_of(database, wall)).revision
    with pytest.raises(Conflict) as refused:
        await undo(ledger, wall, [moved], SYSTEM)
    assert refused.value.theirs == {"section": "s2"}
    await undo(ledger, wall, [moved, narrowed], SYSTEM)
    assert (await card_in(database, wall, card.id)).section == "s1"
    await configure(ledger, wall, {"sections": [*SECTIONS, {"id": "s3", "name": "Neu"}]}, SYSTEM)
    widened = (await board_of(database, wall)).revision
    await pin(ledger, wall, words("Drei", section="s3"), "key drei", GUEST)
    with pytest.raises(Invalid):
        await undo(ledger, wall, [widened], SYSTEM)


async def test_a_moderator_undoes_from_a_form_and_a_script_learns_what_stands_in_the_way(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server, by=GUEST)
    done = await moderator.post(f"/w/probe/c/{card.id}/approve", headers={"accept": "application/json"})
    form = {"revision": str(done.json()["revisions"][0]), "back": "/w/probe/queue"}
    assert (await client.post("/w/probe/undo", data=form)).status_code == 403
    answer = await moderator.post("/w/probe/undo", data=form)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/w/probe/queue")
    assert (await server.house.hub.room("probe")).board.cards[card.id].status == "pending"
    again = await moderator.post("/w/probe/undo", data=form, headers={"accept": "application/json"})
    assert (again.status_code, again.json()["current"]["status"]) == (409, "pending")
    for odd in ("", "x", "-1", "9" * 30):
        assert (await moderator.post("/w/probe/undo", data={"revision": odd})).status_code == 404


async def test_a_moderator_undoes_nothing_on_another_wall(server: Running, moderator: Browser) -> None:
    await make_wall(server.house.database, "nachbar")
    card = await hang(server, slug="nachbar")
    assert (await moderator.post("/w/nachbar/undo", data={"revision": str(card.revision)})).status_code == 403
