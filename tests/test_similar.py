"""While somebody pins: what hangs already is shown to them, and nothing that they may not see (W8)."""

from collections.abc import Mapping

import httpx
import pytest

from tests.makers import Running, hang, names
from wall.model.roles import GUEST
from wall.words import words

Browser = httpx.AsyncClient
T = words("de")
ASK = T("error.looks_like.message")


async def shown(client: Browser, name: str, slug: str = "probe") -> str:
    answer = await client.get(f"/w/{slug}/similar", params={"name": name})
    assert answer.status_code == 200
    return answer.text


async def pin(client: Browser, name: str, key: str, **more: str) -> httpx.Response:
    form: Mapping[str, str] = {"name": name, "kind": "Netzwerk", "section": "s1", "key": key, **more}
    return await client.post("/w/probe/pin", data=form)


async def test_while_typing_the_likely_cards_appear_with_ways_to_see_and_to_add(
    server: Running, client: Browser
) -> None:
    card = await hang(server, "Arbeitskreis Mädchen", districts=["Connewitz"])
    part = await shown(client, "AK Mädchen e. V.")
    assert f'href="/w/probe/c/{card.id}"' in part
    assert f'href="/w/probe/c/{card.id}/suggest"' in part
    assert "Netzwerk · Connewitz" in part
    assert T.n("twins.said", 1) in part


@pytest.mark.parametrize(
    "name", ["", "AK", "Bürgerverein Gohlis", "Arbeitskreis Jungen", "<script>alert(1)</script>", "x" * 9000]
)
async def test_where_nothing_is_alike_the_part_is_empty(server: Running, client: Browser, name: str) -> None:
    await hang(server, "Arbeitskreis Mädchen")
    await hang(server, "Bürgerverein Möckern")
    assert (await shown(client, name)).strip() == ""


async def test_a_visitor_never_hears_of_a_card_that_waits_or_is_hidden(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """W8"""
    await hang(server, "Geheimer Arbeitskreis Mädchen", by=GUEST)
    hidden = await hang(server, "Verborgener Runder Tisch")
    await moderator.post(f"/w/probe/c/{hidden.id}/hide")
    for name in ("Geheimer Arbeitskreis Mädchen", "Verborgener Runder Tisch"):
        assert (await shown(client, name)).strip() == ""
        assert name in await shown(moderator, name)
    again = await pin(client, "Geheimer Arbeitskreis Mädchen", "key-00000001")
    assert (again.status_code, ASK in again.text) == (303, False)


async def test_a_draft_wall_answers_like_none(server: Running, client: Browser) -> None:
    assert (await client.get("/w/nirgends/similar?name=Chor")).status_code == 404


async def test_a_pin_of_the_very_same_name_is_asked_back_once_with_the_words_kept(
    server: Running, client: Browser
) -> None:
    card = await hang(server, "Arbeitskreis Mädchen")
    asked = await pin(client, "AK  mädchen", "key-00000001", description="Wir sind andere.")
    assert asked.status_code == 409
    assert (ASK in asked.text, "Wir sind andere." in asked.text, card.id in asked.text) == (True, True, True)
    assert 'name="anyway" value="1"' in asked.text
    assert 'value="key-00000001"' in asked.text
    room = await server.house.hub.room("probe")
    assert len(room.board.cards) == 1
    sent = await pin(client, "AK  mädchen", "key-00000001", description="Wir sind andere.", anyway="1")
    assert sent.status_code == 303
    assert [c.name for c in room.board.with_status("pending")] == ["AK mädchen"]


async def test_a_pin_sent_twice_is_not_asked_whether_it_exists(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """11"""
    first = await pin(client, "Arbeitskreis Mädchen", "key-00000001")
    room = await server.house.hub.room("probe")
    [card] = room.board.with_status("pending")
    await moderator.post(f"/w/probe/c/{card.id}/approve")
    again = await pin(client, "Arbeitskreis Mädchen", "key-00000001")
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert await names(client) == ["Arbeitskreis Mädchen"]


async def test_a_program_is_told_of_cards_of_the_same_name_and_its_pin_is_taken(
    server: Running, client: Browser
) -> None:
    card, waiting = await hang(server, "Arbeitskreis Mädchen"), await hang(server, "AK Mädchen", by=GUEST)
    content = {"name": "AK Mädchen e.V.", "kind": "Netzwerk", "section": "s1"}
    answer = await client.post("/api/walls/probe/cards", json=content, headers={"idempotency-key": "key-00000001"})
    assert answer.status_code == 201
    assert answer.json()["similar"] == [f"{server.url}/w/probe/c/{card.id}"]
    assert waiting.id not in answer.text
