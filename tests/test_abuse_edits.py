"""Twice, at once, over one another: nothing doubles, nothing gets lost, and everybody is told."""

import asyncio
from typing import Any

import httpx

from tests.makers import Running, card_in, hear, words
from tests.pages import looked_at
from wall.store import boards

KEY = "key-00000001"


async def names(server: Running) -> list[str]:
    async with server.house.database.read() as connection:
        return [card.name for card in (await boards.load_board(connection, 1)).cards.values()]


async def test_the_same_pin_sent_many_times_at_once_is_one_card_with_one_answer(
    server: Running, client: httpx.AsyncClient
) -> None:
    """ABUSE 11, by form and by JSON"""
    form = words("Form") | {"key": KEY}
    forms = await asyncio.gather(*(client.post("/w/probe/pin", data=form) for _ in range(5)))
    assert {(answer.status_code, answer.headers["location"]) for answer in forms} == {
        (303, forms[0].headers["location"])
    }
    headers = {"idempotency-key": "key-00000002"}
    sent = await asyncio.gather(
        *(client.post("/api/walls/probe/cards", json=words("JSON"), headers=headers) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in sent) == [200, 200, 200, 200, 201]
    assert all(answer.json() == sent[0].json() for answer in sent)
    assert sorted(await names(server)) == ["Form", "JSON"]


async def test_the_same_pin_is_answered_alike_after_the_wall_has_moved_on(
    server: Running, client: httpx.AsyncClient, owner: httpx.AsyncClient
) -> None:
    """ABUSE 11: frozen or approved meanwhile, a phone that was offline hears what it would have heard"""
    form = words() | {"key": KEY}
    first = await client.post("/w/probe/pin", data=form)
    card = (await server.house.hub.room("probe")).board.with_status("pending")[0]
    assert (await owner.post(f"/w/probe/c/{card.id}/approve")).status_code == 303
    settings = {"title": "Probe", "sections": "Bündnisse\nStammtische", "kinds": "Anderes; 30"}
    settings |= {"language": "de", "address": "sie", "moderation": "before", "accent": "260"}
    assert (await owner.post("/w/probe/settings", data=settings)).status_code == 303
    assert (await owner.post("/w/probe/phase", data={"to": "freeze"})).status_code == 303
    again = await client.post("/w/probe/pin", data=form)
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    fresh = await client.post("/w/probe/pin", data=form | {"key": "key-00000002"})
    assert fresh.status_code == 423
    assert len(await names(server)) == 1


async def test_the_same_key_with_other_words_is_refused_with_the_words_kept(
    server: Running, client: httpx.AsyncClient
) -> None:
    """ABUSE 12: and what comes back can be sent as a card of its own"""
    form = words("Erste") | {"key": KEY}
    assert (await client.post("/w/probe/pin", data=form)).status_code == 303
    other = await client.post("/w/probe/pin", data=form | {"name": "Zweite", "description": "Lange getippt"})
    assert other.status_code == 409
    assert 'value="Zweite"' in other.text
    assert "Lange getippt" in other.text
    key = fields(other.text)["key"]
    assert key != KEY
    sent = await client.post("/api/walls/probe/cards", json=words("Dritte"), headers={"idempotency-key": KEY})
    assert (sent.status_code, sent.json()["code"]) == (409, "key_reused")
    assert await names(server) == ["Erste"]
    again = await client.post("/w/probe/pin", data=form | {"name": "Zweite", "key": key})
    assert again.status_code == 303
    assert sorted(await names(server)) == ["Erste", "Zweite"]


async def test_two_moderators_who_decide_at_once_get_one_outcome_and_both_see_it(
    server: Running, client: httpx.AsyncClient, moderator: httpx.AsyncClient
) -> None:
    """ABUSE 13: by answer and on their live queues"""
    cookie = "; ".join(f"{name}={value}" for name, value in moderator.cookies.items())
    headers = {"Cookie": cookie, "Origin": server.house.settings.origin}
    room = await server.house.hub.room("probe")
    async with server.listen(headers=headers) as one, server.listen(headers=headers) as other:
        for number in range(6):
            await client.post("/w/probe/pin", data=words(f"Netz {number}") | {"key": f"key-{number:08}"})
            card = room.board.with_status("pending")[0]
            acts = [f"/w/probe/c/{card.id}/{act}" for act in ("approve", "reject")]
            ask = {"accept": "application/json"}
            answers = await asyncio.gather(*(moderator.post(act, headers=ask) for act in acts))
            stored = await card_in(server.house.database, room.board.wall, card.id)
            assert [a.status_code for a in answers] == ([200, 409] if stored.status == "approved" else [409, 200])
            loser = next(answer for answer in answers if answer.status_code == 409)
            assert loser.json()["current"] == {"status": stored.status}
            for socket in (one, other):
                while (frame := await hear(socket, "change"))["revision"] < stored.revision:
                    pass
                shown = [found["status"] for found in frame["cards"]]
                assert (shown, frame["removed"]) in ((["approved"], []), ([], [card.id]))
                assert bool(shown) == (stored.status == "approved")


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the card form on this page, had its reader changed nothing."""
    return looked_at(page).fields


async def pinned(client: httpx.AsyncClient) -> str:
    card = words("Alter Name", description="Alter Text", meeting="montags")
    answer = await client.post("/w/probe/pin", data=card | {"key": KEY})
    return answer.headers["location"].partition("?")[0]


async def form_on(client: httpx.AsyncClient, mine: str) -> dict[str, Any]:
    return fields((await client.get(mine)).text)


async def test_two_who_change_different_fields_are_both_kept(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 14"""
    mine = await pinned(client)
    one, other = await form_on(client, mine), await form_on(client, mine)
    assert (await client.post(mine, data=one | {"description": "Neuer Text"})).status_code == 303
    assert (await client.post(mine, data=other | {"meeting": "dienstags", "topics": "Umwelt"})).status_code == 303
    card = (await server.house.hub.room("probe")).board.with_status("pending")[0]
    assert (card.description, card.meeting, card.topics) == ("Neuer Text", "dienstags", ["Umwelt"])
    assert card.name == "Alter Name"


async def test_of_two_who_change_the_same_field_the_later_sees_both_versions(
    server: Running, client: httpx.AsyncClient
) -> None:
    """ABUSE 15"""
    mine = await pinned(client)
    one, other = await form_on(client, mine), await form_on(client, mine)
    assert (await client.post(mine, data=one | {"name": "Name von A"})).status_code == 303
    refused = await client.post(mine, data=other | {"name": "Name von B", "offers": "Lange getippt"})
    assert refused.status_code == 409
    assert "<q>Name von A</q>" in refused.text
    kept = fields(refused.text)
    assert (kept["name"], kept["offers"]) == ("Name von B", "Lange getippt")
    card = (await server.house.hub.room("probe")).board.with_status("pending")[0]
    assert (card.name, card.offers) == ("Name von A", "")
    assert (await client.post(mine, data=kept)).status_code == 303
    card = (await server.house.hub.room("probe")).board.with_status("pending")[0]
    assert (card.name, card.offers) == ("Name von B", "Lange getippt")


async def test_sending_a_refused_form_again_undoes_nothing_else(server: Running, client: httpx.AsyncClient) -> None:
    """ABUSE 15: fields that the later editor left alone keep the newer words"""
    mine = await pinned(client)
    one, other = await form_on(client, mine), await form_on(client, mine)
    changed = {"name": "Name von A", "description": "Text von A", "topics": "Jugend"}
    assert (await client.post(mine, data=one | changed)).status_code == 303
    refused = await client.post(mine, data=other | {"name": "Name von B"})
    assert refused.status_code == 409
    assert (await client.post(mine, data=fields(refused.text))).status_code == 303
    card = (await server.house.hub.room("probe")).board.with_status("pending")[0]
    assert (card.name, card.description, card.topics) == ("Name von B", "Text von A", ["Jugend"])
