"""The live protocol from a client's seat; each test names its rule."""

import asyncio
import gc
import json
import weakref
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.makers import Running, hear, make_settings, make_wall, running, until, words
from wall.actions.edit import edit
from wall.actions.moderate import approve, hide, reject
from wall.actions.pin import pin, pin_all
from wall.actions.restore import restore
from wall.live import hub
from wall.live.protocol import NO_WALL, RESTART, TOO_FAR
from wall.model.audience import PUBLIC_CARD
from wall.model.roles import GUEST, SYSTEM
from wall.store import boards, snapshots


async def pinned(server: Running, name: str, *, approved: bool = True) -> str:
    """Pin a card to "probe"; returns its id."""
    room = await server.house.hub.room("probe")
    done = await pin(server.house.ledger, room.board.wall, words(name), f"key {name}", GUEST)
    if approved:
        await approve(server.house.ledger, room.board.wall, done.card.id, SYSTEM)
    return done.card.id


async def read_to(socket: ClientConnection, revision: int) -> list[dict[str, Any]]:
    """All change frames up to a revision."""
    frames: list[dict[str, Any]] = []
    while not frames or frames[-1]["revision"] != revision:
        frames.append(await hear(socket, "change"))
    return frames


async def test_w1_a_hundred_pins_at_once_give_a_hundred_revisions_without_a_gap(server: Running) -> None:
    await asyncio.gather(*(pinned(server, f"Netz {n}", approved=False) for n in range(100)))
    room = await server.house.hub.room("probe")
    async with server.house.database.read() as connection:
        stored = await boards.load_board(connection, room.wall_id)
    assert room.board.revision == stored.revision == 100
    assert sorted(card.revision for card in stored.cards.values()) == list(range(1, 101))
    assert room.board.digest() == stored.digest()


async def test_w2_a_late_projector_receives_every_card_it_missed(server: Running) -> None:
    first = await pinned(server, "Vorher")
    room = await server.house.hub.room("probe")
    since, epoch = room.board.revision, room.board.epoch
    missed = [await pinned(server, f"Verpasst {n}") for n in range(5)]
    async with server.listen(since=since, epoch=epoch) as socket:
        assert (await hear(socket))["type"] == "hello"
        frames = await read_to(socket, room.board.revision)
    assert [frame["revision"] for frame in frames] == list(range(since + 1, room.board.revision + 1))
    seen = [card["id"] for frame in frames for card in frame["cards"]]
    assert seen == missed
    assert first not in seen


async def test_w2_what_the_room_forgot_comes_from_the_journal(server: Running) -> None:
    room = await server.house.hub.room("probe")
    ids = [await pinned(server, f"Netz {n}") for n in range(4)]
    room._recent.clear()
    async with server.listen(since=2, epoch=room.board.epoch) as socket:
        frames = await read_to(socket, room.board.revision)
    assert [frame["revision"] for frame in frames] == [3, 4, 5, 6, 7, 8]
    assert [card["id"] for frame in frames for card in frame["cards"]] == ids[1:]


@pytest.mark.parametrize(("since", "epoch"), [("99", None), ("-1", None), ("x", None), ("0", "other"), ("0", "")])
async def test_w2_a_client_of_another_time_starts_anew(server: Running, since: str, epoch: str | None) -> None:
    await pinned(server, "Netz")
    room = await server.house.hub.room("probe")
    address = f"since={since}&epoch={room.board.epoch if epoch is None else epoch}"
    async with server.listen(since=0, epoch=f"{epoch or ''}&{address}") as socket:
        assert (await hear(socket))["type"] == "hello"
        frame = await hear(socket)
    assert frame == {"type": "reset", "revision": room.board.revision, "epoch": room.board.epoch}


async def test_w2_a_client_too_far_behind_starts_anew(server: Running) -> None:
    room = await server.house.hub.room("probe")
    await pin_all(server.house.ledger, room.board.wall, [words(f"Netz {n}") for n in range(TOO_FAR + 1)], SYSTEM)
    room._recent.clear()
    async with server.listen(since=0, epoch=room.board.epoch) as socket:
        await hear(socket, "hello")
        assert (await hear(socket))["type"] == "reset"


async def test_w3_a_change_told_twice_is_sent_once(server: Running) -> None:
    room = await server.house.hub.room("probe")
    async with server.listen(since=0, epoch=room.board.epoch) as socket:
        await pinned(server, "Netz")
        again = list(room._recent)
        server.house.hub.publish(again)
        await pinned(server, "Letztes")
        frames = await read_to(socket, 4)
    assert [frame["revision"] for frame in frames] == [1, 2, 3, 4]


async def test_w5_a_tick_carries_the_revision(server: Running) -> None:
    await pinned(server, "Netz")
    room = await server.house.hub.room("probe")
    async with server.listen(since=2, epoch=room.board.epoch) as socket:
        await hear(socket, "hello")
        room.tick()
        assert await hear(socket, "tick") == {"type": "tick", "revision": 2}


async def test_w7_an_unknown_wall_says_do_not_come_back(server: Running) -> None:
    async with server.listen("nirgends") as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == NO_WALL


async def test_w7_a_server_that_ends_says_come_back(on_sqlite: str) -> None:
    async with running(make_settings(on_sqlite)) as server:
        await make_wall(server.house.database)
        socket = await server.listen()
        await hear(socket, "hello")
    with pytest.raises(ConnectionClosed) as closed:
        await hear(socket, "never")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == RESTART


@pytest.mark.parametrize("form", ["html", "json"])
async def test_w8_visitors_hear_nothing_of_what_waits_is_rejected_or_hidden(server: Running, form: str) -> None:
    room = await server.house.hub.room("probe")
    wall, ledger = room.board.wall, server.house.ledger
    async with server.listen(since=0, epoch=room.board.epoch, form=form) as socket:
        refused = await pinned(server, "Geheim Wartend", approved=False)
        await reject(ledger, wall, refused, "Geheimer Grund", SYSTEM)
        shown = await pinned(server, "Geheim Später")
        await hide(ledger, wall, shown, SYSTEM)
        frames = await read_to(socket, 5)
    quiet = [frame for frame in frames if not frame["cards"] and not frame["removed"]]
    assert [frame["revision"] for frame in quiet] == [1, 2, 3]
    assert "Geheim" not in json.dumps(quiet)
    assert refused not in json.dumps(frames)
    assert frames[-1]["removed"] == [shown]
    assert all("waiting" not in frame for frame in frames)
    if form == "json":
        assert set(frames[3]["cards"][0]) == set(PUBLIC_CARD)


@pytest.mark.parametrize("form", ["html", "json"])
async def test_w8_whoever_comes_late_hears_nothing_that_was_hidden_or_corrected_meanwhile(
    server: Running, client: httpx.AsyncClient, form: str
) -> None:
    room = await server.house.hub.room("probe")
    wall, ledger = room.board.wall, server.house.ledger
    gone, stays = await pinned(server, "Geheim Verborgen"), await pinned(server, "Geheime Nummer")
    await edit(ledger, wall, stays, words("Ohne Nummer"), room.board.cards[stays].revision, SYSTEM)
    await hide(ledger, wall, gone, SYSTEM)
    await edit(ledger, wall, gone, words("Geheim, geändert"), room.board.cards[gone].revision, SYSTEM)
    async with server.listen(since=0, epoch=room.board.epoch, form=form) as socket:
        frames = await read_to(socket, 7)
    program = await client.get("/api/walls/probe/changes?since=0")
    for told in (frames, program.json()["changes"]):
        assert [frame["revision"] for frame in told] == list(range(1, 8))
        assert "Geheim" not in json.dumps(told)
        assert [frame["removed"] for frame in told] == [[], [], [], [], [], [gone], []]
        assert [card["id"] for frame in told for card in frame["cards"]] == [stays]
        assert "Ohne Nummer" in json.dumps(told[4]["cards"])


async def test_moderators_hear_what_waits(server: Running, moderator: httpx.AsyncClient) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in moderator.cookies.items())
    headers = {"cookie": cookie, "origin": server.url}
    room = await server.house.hub.room("probe")
    async with server.listen(since=0, epoch=room.board.epoch, headers=headers) as socket:
        await pinned(server, "Wartet", approved=False)
        frame = await hear(socket, "change")
    assert frame["waiting"] == 1
    assert [card["name"] for card in frame["cards"]] == ["Wartet"]


async def test_w10_restoring_a_snapshot_starts_a_new_epoch_and_every_page_anew(server: Running) -> None:
    await pinned(server, "Bleibt")
    room = await server.house.hub.room("probe")
    epoch = room.board.epoch
    async with server.house.database.read() as connection:
        board = await boards.load_board(connection, room.wall_id)
    kept = await server.house.database.write(lambda connection: snapshots.keep(connection, board))
    later = await pinned(server, "Verschwindet")
    async with server.listen(since=4, epoch=epoch) as socket:
        await hear(socket, "hello")
        await restore(server.house.ledger, room.board.wall, kept, SYSTEM)
        frame = await hear(socket, "reset")
    assert frame["revision"] == 5
    assert frame["epoch"] != epoch
    assert [card.name for card in room.board.visible()] == ["Bleibt"]
    assert room.board.cards[later].status == "withdrawn"


async def test_the_page_tells_its_socket_where_to_begin(server: Running, client: httpx.AsyncClient) -> None:
    await pinned(server, "Netz")
    room = await server.house.hub.room("probe")
    page = (await client.get("/w/probe")).text
    assert f'"{room.board.revision}"' in page
    assert room.board.epoch in page


async def test_a_wall_that_nobody_has_open_is_closed_and_its_drawings_go(
    server: Running, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_id = await pinned(server, "Netz")
    assert ">Netz</a>" in (await client.get("/w/probe")).text
    fragments = server.house.drawing._fragments
    assert card_id in fragments
    monkeypatch.setattr(hub, "IDLE", -1.0)
    await until(lambda: server.house.hub.opened("probe") is None, "the closing")
    assert card_id not in fragments
    monkeypatch.undo()
    assert ">Netz</a>" in (await client.get("/w/probe")).text


async def test_what_is_over_is_out_of_memory_at_once(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost socket, and a wall that is closed: in no circle that waits for the garbage collector"""
    gc.disable()
    try:
        room = await server.house.hub.room("probe")
        async with server.listen(epoch=room.board.epoch) as socket:
            await hear(socket, "hello")
            (row,) = room._rows.values()
            (seat,) = row._seats[0]
            remembered = [weakref.ref(thing) for thing in (seat.wire, row, room, room.board)]
            del seat, row
        room.repair()
        await room.repair.done()
        await until(lambda: [ref() is None for ref in remembered[:2]] == [True, True], "the socket's end")
        del room
        monkeypatch.setattr(hub, "IDLE", -1.0)
        await until(lambda: [ref() is None for ref in remembered[2:]] == [True, True], "the room's end")
    finally:
        gc.enable()
