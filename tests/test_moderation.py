"""What moderators do to cards, seen from outside, and who may not do it."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest

from tests.makers import SECTIONS, Running, card_in, hang, make_wall, names
from wall.model.card import Card
from wall.model.roles import GUEST
from wall.store import journal

Browser = httpx.AsyncClient


async def act(client: Browser, card: Card, verb: str, data: Mapping[str, str] | None = None, **more: str) -> int:
    """What the server answers to one action on a card of the wall "probe"."""
    answer = await client.post(f"/w/probe/c/{card.id}/{verb}", data=data, headers=more)
    return answer.status_code


async def test_an_approved_card_hangs_on_the_wall(server: Running, client: Browser, moderator: Browser) -> None:
    card = await hang(server, by=GUEST)
    assert await names(client) == []
    assert (await client.get(f"/w/probe/c/{card.id}")).status_code == 404
    assert await act(moderator, card, "approve") == 303
    assert await names(client) == ["Runder Tisch Klima"]
    assert (await client.get(f"/w/probe/c/{card.id}")).status_code == 200
    assert f"card-{card.id}" not in (await moderator.get("/w/probe/queue")).text


async def test_a_rejected_card_leaves_the_queue_and_the_journal_says_why(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server, by=GUEST)
    assert f"card-{card.id}" in (await moderator.get("/w/probe/queue")).text
    assert await act(moderator, card, "reject", {"reason": "advert", "words": "Nur ein Shop."}) == 303
    assert f"card-{card.id}" not in (await moderator.get("/w/probe/queue")).text
    assert await names(client) == []
    async with server.house.database.read() as connection:
        last = (await journal.changes_of_card(connection, card.wall_id, card.id))[-1]
    assert (last.kind, last.was["reason"], last.was["words"]) == ("rejected", "advert", "Nur ein Shop.")


async def test_a_hidden_card_is_seen_by_the_team_only_until_it_is_shown_again(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server)
    assert await act(moderator, card, "hide") == 303
    assert await names(client) == []
    assert (await client.get(f"/w/probe/c/{card.id}")).status_code == 404
    assert f"card-{card.id}" in (await moderator.get("/w/probe")).text
    assert await act(moderator, card, "hide") == 409
    assert await act(moderator, card, "show") == 303
    assert await names(client) == ["Runder Tisch Klima"]


async def test_a_card_moves_to_the_top_of_a_section_or_behind_another_card(
    server: Running, client: Browser, moderator: Browser
) -> None:
    first, second, third = [await hang(server, name) for name in ("Eins", "Zwei", "Drei")]
    assert await act(moderator, third, "move", {"section": "s1", "after": ""}) == 303
    assert await names(client) == ["Drei", "Eins", "Zwei"]
    assert await act(moderator, third, "move", {"section": "s1", "after": first.id}) == 303
    assert await names(client) == ["Eins", "Drei", "Zwei"]
    assert await act(moderator, first, "move", {"section": "s2", "after": ""}) == 303
    assert await names(client) == ["Drei", "Zwei", "Eins"]
    wall = (await server.house.hub.room("probe")).board
    assert [card.name for card in wall.column("s2")] == ["Eins"]
    assert await act(moderator, second, "move", {"section": "none"}) == 409


async def test_a_card_steps_over_one_visible_neighbour_at_a_time(
    server: Running, client: Browser, moderator: Browser
) -> None:
    first, hidden, _, last = [await hang(server, name) for name in ("Eins", "Verborgen", "Zwei", "Drei")]
    await act(moderator, hidden, "hide")
    assert await act(moderator, first, "move", {"section": "s1", "step": "down"}) == 303
    assert await names(client) == ["Zwei", "Eins", "Drei"]
    assert await act(moderator, last, "move", {"section": "s1", "step": "up"}) == 303
    assert await names(client) == ["Zwei", "Drei", "Eins"]
    assert await act(moderator, first, "move", {"section": "s1", "step": "down"}) == 303
    assert await names(client) == ["Zwei", "Drei", "Eins"], "the last card stays where it is"


async def test_a_moderators_words_replace_the_cards(server: Running, client: Browser, moderator: Browser) -> None:
    card = await hang(server)
    form = {"name": "Klimatisch", "kind": "Netzwerk", "section": "s1", "base": str(card.revision)}
    answer = await moderator.post(f"/w/probe/c/{card.id}/edit", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/w/probe/c/{card.id}")
    assert await names(client) == ["Klimatisch"]
    refused = await moderator.post(f"/w/probe/c/{card.id}/edit", data=form | {"name": "", "website": "kein Link"})
    assert refused.status_code == 422
    assert "kein Link" in refused.text
    assert await names(client) == ["Klimatisch"]


@pytest.mark.parametrize("meanwhile", ["", "approve", "reject"])
async def test_editing_and_approving_is_one_deed(server: Running, moderator: Browser, meanwhile: str) -> None:
    """Stored as one and taken back as one; who was faster with the decision keeps it, and the words are kept."""
    card = await hang(server, by=GUEST)
    room = await server.house.hub.room("probe")
    if meanwhile:
        await act(moderator, card, meanwhile)
    before = room.board.revision
    form = {"name": "Klimatisch", "kind": "Netzwerk", "section": "s1", "base": str(card.revision), "then": "approve"}
    if meanwhile == "reject":  # a rejected card is no page of the team's any more
        assert await act(moderator, card, "edit", form) == 404
        return
    told = await moderator.post(f"/w/probe/c/{card.id}/edit", data=form, headers={"accept": "application/json"})
    revisions = [before + 1] if meanwhile else [before + 1, before + 2]
    assert (told.json()["revisions"], told.json()["missed"]) == (revisions, int(bool(meanwhile)))
    stored = room.board.cards[card.id]
    assert (stored.name, stored.status) == ("Klimatisch", "approved")
    if meanwhile:
        return
    async with server.house.database.read() as connection:
        made = await journal.changes_of_card(connection, card.wall_id, card.id, since=before)
    assert [change.was["together"] for change in made] == [revisions, revisions]
    await moderator.post("/w/probe/undo", data={"revision": str(revisions[1])})
    back = room.board.cards[card.id]
    assert (back.name, back.status) == (card.name, "pending")
    refused = await moderator.post(f"/w/probe/c/{card.id}/edit", data=form | {"name": "", "base": str(back.revision)})
    assert (refused.status_code, room.board.cards[card.id].status) == (422, "pending")


async def test_a_moderators_own_pin_hangs_at_once(client: Browser, moderator: Browser) -> None:
    await moderator.post("/w/probe/pin", data={"name": "Forum", "kind": "Forum", "section": "s1", "key": "key-000001"})
    assert await names(client) == ["Forum"]


async def test_a_script_is_answered_in_json_with_the_new_revision(server: Running, moderator: Browser) -> None:
    card = await hang(server, by=GUEST)
    answer = await moderator.post(f"/w/probe/c/{card.id}/approve", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["revisions"]) == (200, [card.revision + 1])
    again = await moderator.post(f"/w/probe/c/{card.id}/approve", headers={"accept": "application/json"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert again.json()["current"] == {"status": "approved"}


@pytest.mark.parametrize(
    ("back", "goal"),
    [
        ("", "/w/probe"),
        ("/w/probe/queue", "/w/probe/queue?done=hide&undo=2"),
        ("https://beispiel.invalid/", "/w/probe"),
        ("//beispiel.invalid/", "/w/probe"),
        ("/\\beispiel.invalid/", "/w/probe"),
        ("w/probe", "/w/probe"),
        ("/w/probe\r\nset-cookie: a=b", "/w/probe"),
    ],
)
async def test_after_an_action_the_browser_goes_on_to_a_page_of_ours(
    server: Running, moderator: Browser, back: str, goal: str
) -> None:
    card = await hang(server)
    answer = await moderator.post(f"/w/probe/c/{card.id}/hide", data={"back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, goal)


ACTIONS = ["approve", "reject", "hide", "show", "move", "edit"]


@pytest.mark.parametrize("page", ["queue", "settings", "c/{card}/edit"])
async def test_a_guest_is_asked_to_sign_in_before_a_teams_page(server: Running, client: Browser, page: str) -> None:
    card = await hang(server)
    answer = await client.get(f"/w/probe/{page.format(card=card.id)}")
    assert answer.status_code == 401
    assert 'href="/sign-in"' in answer.text


async def test_a_guest_cannot_act(server: Running, client: Browser) -> None:
    card = await hang(server, by=GUEST)
    assert [await act(client, card, verb) for verb in ACTIONS] == [403] * len(ACTIONS)
    assert (await client.post("/w/probe/settings", data={"title": "Meine"})).status_code == 403
    room = await server.house.hub.room("probe")
    assert room.board.revision == card.revision


async def test_a_moderator_of_another_wall_is_a_guest_here(server: Running, client: Browser) -> None:
    await make_wall(server.house.database, "nachbar")
    await server.sign_in(client, "nachbar@beispiel.invalid", "nachbar")
    card = await hang(server, by=GUEST)
    assert [await act(client, card, verb) for verb in ACTIONS] == [403] * len(ACTIONS)
    assert (await client.get("/w/probe/queue")).status_code == 403
    assert (await client.get("/w/nachbar/queue")).status_code == 200
    foreign = await client.post(f"/w/nachbar/c/{card.id}/approve")
    assert foreign.status_code == 404, "a card is reached through its own wall only"


async def test_the_operator_moderates_every_wall(server: Running, client: Browser) -> None:
    await server.sign_in(client, "betrieb@beispiel.invalid", None)
    await make_wall(server.house.database, "nachbar", sections=SECTIONS)
    assert (await client.get("/w/nachbar/queue")).status_code == 200
    card = await hang(server, by=GUEST)
    assert await act(client, card, "approve") == 303
    assert await names(client) == ["Runder Tisch Klima"]


async def test_of_two_moderators_who_decide_at_once_one_is_told_that_the_other_was_faster(
    server: Running, moderator: Browser
) -> None:
    room = await server.house.hub.room("probe")
    async with server.browser() as other:
        await server.sign_in(other, "zweite@beispiel.invalid", "probe")
        for _ in range(5):
            card = await hang(server, by=GUEST)
            approved, rejected = await asyncio.gather(act(moderator, card, "approve"), act(other, card, "reject"))
            stored = await card_in(server.house.database, room.board.wall, card.id)
            assert (approved, rejected, stored.status) in [(303, 409, "approved"), (409, 303, "rejected")]
            assert room.board.cards[card.id].status == stored.status
