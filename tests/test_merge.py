"""Merging: two cards become one, the old address leads to it, and all of it can be taken back as one."""

from typing import Any

import httpx
import pytest

from tests.makers import Running, card_in, hang, names, words
from wall.actions.edit import edit, move
from wall.actions.erase import erase
from wall.actions.ledger import Ledger
from wall.actions.merge import merge
from wall.actions.moderate import approve, withdraw
from wall.actions.pin import pin
from wall.actions.undo import undo
from wall.errors import BadRequest, Conflict, Gone, Invalid
from wall.model.board import Board
from wall.model.card import Card
from wall.model.change import Change
from wall.model.roles import AUTHOR, GUEST, SYSTEM
from wall.model.wall import Wall
from wall.store import boards, journal
from wall.store.database import Database
from wall.words import words as sentences

Browser = httpx.AsyncClient
T = sentences("de")


async def board_of(database: Database, wall: Wall) -> Board:
    async with database.read() as connection:
        return await boards.load_board(connection, wall.key)


async def pinned(ledger: Ledger, wall: Wall, name: str, shown: bool = True, **more: Any) -> Card:
    card = (await pin(ledger, wall, words(name, **more), f"key {name}", GUEST)).card
    return await approve(ledger, wall, card.id, SYSTEM) if shown else card


async def united(ledger: Ledger, wall: Wall, kept: Card, gone: Card, **written: Any) -> list[Change]:
    read = [(card.id, card.revision) for card in (kept, gone)]
    return await merge(ledger, wall, read[0], read[1], kept.content | written, SYSTEM)


async def test_one_card_stays_with_the_chosen_words_and_the_other_leads_to_it(
    database: Database, ledger: Ledger, wall: Wall
) -> None:
    kept, gone = await pinned(ledger, wall, "AK Klima"), await pinned(ledger, wall, "Arbeitskreis Klima", members=["A"])
    changes = await united(ledger, wall, kept, gone, name=gone.name, members=gone.members, section="s2")
    assert [change.kind for change in changes] == ["edited", "merged"]
    assert [change.revision for change in changes] == [gone.revision + 1, gone.revision + 2], "one change, one revision"
    stays, goes = await card_in(database, wall, kept.id), await card_in(database, wall, gone.id)
    assert (stays.name, stays.members, stays.section, stays.status) == (gone.name, ["A"], "s2", "approved")
    assert (goes.status, goes.merged_into, goes.content) == ("merged", kept.id, gone.content)


@pytest.mark.parametrize("written", [{}, {"name": "Neuer Name", "topics": ["Jugend"]}], ids=["as it is", "changed"])
async def test_a_merge_is_undone_as_a_whole_by_any_of_its_changes_and_done_again(
    database: Database, ledger: Ledger, wall: Wall, written: dict[str, Any]
) -> None:
    kept, gone = await pinned(ledger, wall, "Eins"), await pinned(ledger, wall, "Zwei")
    changes = await united(ledger, wall, kept, gone, **written)
    merged = [await card_in(database, wall, card.id) for card in (kept, gone)]
    for change in changes:
        undone = await undo(ledger, wall, [change.revision], SYSTEM)
        cards = [await card_in(database, wall, card.id) for card in (kept, gone)]
        assert [(card.content, card.status) for card in cards] == [(c.content, "approved") for c in (kept, gone)]
        changes = await undo(ledger, wall, [undone[0].revision], SYSTEM)
        again = [await card_in(database, wall, card.id) for card in (kept, gone)]
        assert [(c.content, c.status, c.merged_into) for c in again] == [
            (c.content, c.status, c.merged_into) for c in merged
        ]
    async with database.read() as connection:
        replayed = Board(wall, [])
        for each in await journal.changes_since(connection, wall.key, 0):
            assert replayed.apply(each)
    assert replayed.digest() == (await board_of(database, wall)).digest()


async def test_a_merge_is_not_undone_where_a_field_it_wrote_was_changed_since(
    database: Database, ledger: Ledger, wall: Wall
) -> None:
    kept, gone = await pinned(ledger, wall, "Eins"), await pinned(ledger, wall, "Zwei")
    changes = await united(ledger, wall, kept, gone, name="Drei")
    await edit(ledger, wall, kept.id, kept.content | {"name": "Vier"}, changes[0].revision, SYSTEM)
    before = (await board_of(database, wall)).digest()
    with pytest.raises(Conflict) as refused:
        await undo(ledger, wall, [changes[1].revision], SYSTEM)
    assert refused.value.theirs == {"name": "Vier"}
    assert (await board_of(database, wall)).digest() == before


async def test_what_changed_since_it_was_read_is_named_and_nothing_is_merged(
    database: Database, ledger: Ledger, wall: Wall
) -> None:
    kept, gone = await pinned(ledger, wall, "Eins"), await pinned(ledger, wall, "Zwei")
    await edit(ledger, wall, gone.id, gone.content | {"meeting": "dienstags"}, gone.revision, SYSTEM)
    with pytest.raises(Conflict) as refused:
        await united(ledger, wall, kept, gone)
    assert refused.value.theirs == {"meeting": "dienstags"}
    await move(ledger, wall, kept.id, "s1", "", SYSTEM)
    await united(ledger, wall, kept, await card_in(database, wall, gone.id))
    with pytest.raises(Conflict) as refused:
        await united(ledger, wall, kept, gone)
    assert refused.value.theirs == {"status": "merged"}


async def test_words_that_cannot_be_taken_merge_nothing(database: Database, ledger: Ledger, wall: Wall) -> None:
    kept, gone = await pinned(ledger, wall, "Eins"), await pinned(ledger, wall, "Zwei")
    before = (await board_of(database, wall)).digest()
    with pytest.raises(Invalid):
        await united(ledger, wall, kept, gone, name="")
    with pytest.raises(BadRequest):
        await united(ledger, wall, kept, kept)
    assert (await board_of(database, wall)).digest() == before


async def test_a_waiting_card_that_takes_the_place_of_a_shown_one_is_shown(
    database: Database, ledger: Ledger, wall: Wall
) -> None:
    shown, waits = await pinned(ledger, wall, "Eins"), await pinned(ledger, wall, "Zwei", shown=False)
    other = await pinned(ledger, wall, "Drei", shown=False)
    await united(ledger, wall, waits, other)
    assert (await card_in(database, wall, waits.id)).status == "pending"
    await united(ledger, wall, waits, shown)
    assert (await card_in(database, wall, waits.id)).status == "approved"


async def test_old_addresses_lead_through_later_merges_to_the_card_that_stays(
    server: Running, client: Browser, moderator: Browser
) -> None:
    first, second, third = [await hang(server, name) for name in ("Eins", "Zwei", "Drei")]
    room = await server.house.hub.room("probe")
    ledger, wall = server.house.ledger, room.board.wall
    await united(ledger, wall, second, first)
    changes = await united(ledger, wall, third, second)
    assert await names(client) == ["Drei"]
    for gone in (first, second):
        answer = await client.get(f"/w/probe/c/{gone.id}")
        assert (answer.status_code, answer.headers["location"]) == (308, f"/w/probe/c/{third.id}")
        assert answer.headers["cache-control"] == "no-cache", "it may be undone"
        program = await client.get(f"/api/walls/probe/cards/{gone.id}")
        assert (program.status_code, program.headers["location"]) == (308, f"/api/walls/probe/cards/{third.id}")
    await moderator.post(f"/w/probe/c/{third.id}/hide")
    assert (await client.get(f"/w/probe/c/{first.id}")).status_code == 404
    await moderator.post(f"/w/probe/c/{third.id}/show")
    await undo(ledger, wall, [changes[-1].revision], SYSTEM)
    assert (await client.get(f"/w/probe/c/{first.id}")).headers["location"] == f"/w/probe/c/{second.id}"
    await withdraw(ledger, wall, second.id, AUTHOR)
    assert (await client.get(f"/w/probe/c/{first.id}")).status_code == 410


async def test_erasing_a_card_erases_those_that_lead_to_it(server: Running, client: Browser) -> None:
    """45"""
    first, second, third = [await hang(server, name) for name in ("Geheimwort Eins", "Geheimwort Zwei", "Drei")]
    room = await server.house.hub.room("probe")
    ledger, wall = server.house.ledger, room.board.wall
    await united(ledger, wall, second, first)
    [last] = await united(ledger, wall, third, second)
    await erase(ledger, wall, third.id, SYSTEM)
    for card in (first, second, third):
        assert (await client.get(f"/w/probe/c/{card.id}")).status_code == 410
        assert (await card_in(server.house.database, wall, card.id)).name == ""
    async with server.house.database.read() as connection:
        told = await journal.changes_since(connection, wall.key, 0)
    assert not [change for change in told if "Geheimwort" in str(change.card) + str(change.was)]
    with pytest.raises(Gone):
        await undo(ledger, wall, [last.revision], SYSTEM)


async def test_the_author_of_a_merged_card_is_told_where_it_went(server: Running, client: Browser) -> None:
    first, second = await hang(server, "Eins"), await hang(server, "Zwei")
    room = await server.house.hub.room("probe")
    await united(server.house.ledger, room.board.wall, second, first)
    link = f"/mine/{server.house.edit_links.token(first.id)}"
    mine = await client.get(link)
    assert mine.status_code == 200
    assert T("mine.merged") in mine.text
    assert f'href="/w/probe/c/{first.id}"' in mine.text
    assert "<textarea" not in mine.text
    assert (await client.post(link, data=words("Anders"))).status_code == 410


async def compare(moderator: Browser, first: Card, second: Card, **more: str) -> httpx.Response:
    form = {"with": second.id, f"base_{first.id}": str(first.revision), f"base_{second.id}": str(second.revision)}
    return await moderator.post(f"/w/probe/c/{first.id}/merge", data=form | more)


async def test_a_moderator_chooses_field_by_field(server: Running, client: Browser, moderator: Browser) -> None:
    old = await hang(server, "AK Klima", topics=["Umwelt"], description="Alt.", meeting="montags")
    new = await hang(
        server,
        "Arbeitskreis Klima",
        by=GUEST,
        topics=["Jugend"],
        description="Neu.",
        website="neu.example",
        section="s2",
    )
    page = (await moderator.get(f"/w/probe/c/{new.id}/merge?with={old.id}")).text
    assert page.index("AK Klima") < page.index("Arbeitskreis Klima"), "the card that hangs is on the left"
    assert f'value="{old.id}" checked' in page
    assert page.count('name="section"') == 2, "a card has one section, never both"
    answer = await compare(moderator, new, old, keep=old.id, name="right", topics="both", description="left")
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/w/probe/queue")
    [card] = (await client.get("/api/walls/probe/cards")).json()["cards"]
    assert (card["id"], card["name"], card["topics"]) == (old.id, "Arbeitskreis Klima", ["Umwelt", "Jugend"])
    assert (card["description"], card["meeting"], card["website"]) == ("Alt.", "montags", "https://neu.example")
    queue = await moderator.get(answer.headers["location"])
    assert T("done.merge") in queue.text
    revisions = httpx.QueryParams(answer.headers["location"].split("?")[1]).get_list("undo")
    assert (await moderator.post("/w/probe/undo", data={"revision": revisions})).status_code == 303
    assert await names(client) == ["AK Klima"]


async def test_a_comparison_overtaken_by_a_change_comes_back_with_what_stands_now(
    server: Running, moderator: Browser
) -> None:
    one, two = await hang(server, "AK Klima"), await hang(server, "Arbeitskreis Klima")
    room = await server.house.hub.room("probe")
    await edit(
        server.house.ledger, room.board.wall, two.id, two.content | {"meeting": "freitags"}, two.revision, SYSTEM
    )
    answer = await compare(moderator, one, two, keep=two.id)
    assert answer.status_code == 409
    assert T("merge.conflict", fields=T("field.meeting.label")) in answer.text
    assert ("freitags" in answer.text, f'value="{two.id}" checked' in answer.text) == (True, True)
    assert (await compare(moderator, one, room.board.cards[two.id])).status_code == 303


async def test_a_choice_that_fits_on_no_card_is_named(server: Running, moderator: Browser) -> None:
    one, two = await hang(server, "Eins", description="a" * 800), await hang(server, "Zwei", description="b" * 800)
    page = (await moderator.get(f"/w/probe/c/{one.id}/merge?with={two.id}")).text
    assert 'name="description" value="both"' not in page, "both together are too long"
    assert (await compare(moderator, one, two, description="both")).status_code == 303
    assert (await server.house.hub.room("probe")).board.cards[one.id].description == "a" * 800


async def test_the_other_card_is_chosen_from_likely_ones_first(server: Running, moderator: Browser) -> None:
    one, twin = await hang(server, "AK Klima"), await hang(server, "Arbeitskreis Klima")
    other, waits = await hang(server, "Stadtjugendring"), await hang(server, "Seniorenrat", by=GUEST)
    page = (await moderator.get(f"/w/probe/c/{one.id}/merge")).text
    assert f'href="/w/probe/c/{one.id}/merge?with={twin.id}"' in page
    assert f'href="/w/probe/c/{one.id}/merge?with={other.id}"' not in page
    assert [f'<option value="{card.id}">' in page for card in (one, twin, other, waits)] == [False, True, True, True]
    assert (await moderator.get(f"/w/probe/c/{one.id}/merge?with={one.id}")).status_code == 404
    assert (await moderator.get(f"/w/probe/c/{one.id}/merge?with=none")).status_code == 404


async def test_only_moderators_merge(server: Running, client: Browser) -> None:
    """8"""
    one, two = await hang(server, "Eins"), await hang(server, "Zwei")
    assert (await client.get(f"/w/probe/c/{one.id}/merge?with={two.id}")).status_code == 401
    assert (await compare(client, one, two)).status_code == 403
    assert await names(client) == ["Eins", "Zwei"]
