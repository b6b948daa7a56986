"""Pinning: one form, one card, whoever sends it and however often."""

import httpx

from tests.makers import Running, card_in, words
from wall.actions.ledger import Ledger
from wall.actions.pin import pin
from wall.model.roles import GUEST
from wall.model.wall import Wall
from wall.store.database import Database


async def test_a_pin_waits_for_a_moderator(ledger: Ledger, database: Database, wall: Wall) -> None:
    pinned = await pin(ledger, wall, words(), "key-00000001", GUEST)
    assert (await card_in(database, wall, pinned.card.id)).status == "pending"


async def test_a_phone_pins_without_javascript(client: httpx.AsyncClient, server: Running) -> None:
    form = await client.get("/w/probe/pin")
    assert form.status_code == 200
    assert 'name="key"' in form.text
    answer = await client.post("/w/probe/pin", data=words() | {"key": "key-00000001"})
    assert answer.status_code == 303
    mine = await client.get(answer.headers["location"])
    assert "Runder Tisch Klima" in mine.text
    room = await server.house.hub.room("probe")
    assert [card.name for card in room.board.with_status("pending")] == ["Runder Tisch Klima"]
