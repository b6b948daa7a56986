"""Redis gone, restarted or lying: pinning goes on, every process comes to the same wall, and the log stays short."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis as RedisClient
from sqlalchemy import event
from structlog.testing import capture_logs

from tests.makers import Running, card_in, hear, make_settings, make_wall, running, until, words
from tests.services import Redis, private_folder
from wall.actions.pin import pin
from wall.live.envelope import Envelope
from wall.model.roles import GUEST
from wall.store import boards, journal


@pytest.fixture
def redis() -> Iterator[Redis]:
    with private_folder() as folder, Redis(os.environ["TEST_REDIS_SERVER"], folder / "redis") as server:
        yield server


Pair = tuple[Running, Running]


@pytest.fixture
async def pair(on_postgres: str, redis: Redis) -> AsyncIterator[Pair]:
    """Two servers of one installation, with the wall "probe" open on both and Redis known to work."""
    settings = [make_settings(on_postgres, redis_url=redis.url) for _ in range(2)]
    async with running(settings[0]) as one, running(settings[1]) as other:
        await make_wall(one.house.database, moderation="after")
        for server in (one, other):
            await server.house.hub.room("probe")
            relay = server.house.hub.relay
            await until(lambda relay=relay: relay.proven)
        yield one, other


async def pin_on(server: Running, name: str) -> None:
    """Pin as a phone does."""
    async with server.browser() as client:
        answer = await client.post("/w/probe/pin", data=words(name) | {"key": f"key of {name}"})
    assert answer.status_code == 303, answer.text


async def agree(pair: Pair, revision: int) -> None:
    """Wait until both servers hold the wall as the database has it.

    Redis counts as proven for 6 s after its last word, and then every room is compared every 2 s.
    """
    rooms = [await server.house.hub.room("probe") for server in pair]
    await until(lambda: {room.board.revision for room in rooms} == {revision}, f"revision {revision} on both")
    async with pair[0].house.database.read() as connection:
        truth = await boards.load_board(connection, rooms[0].wall_id)
    assert [room.board.digest() for room in rooms] == [truth.digest()] * 2


def lines(logs: list[dict[str, object]], *events: str) -> list[str]:
    return [str(entry["event"]) for entry in logs if entry["event"] in events]


async def test_two_servers_without_redis_show_the_same_wall(pair: Pair, redis: Redis) -> None:
    """ABUSE 41: killed in the middle of pinning, away for a while, and back; each end of it logged once a process"""
    one, other = pair
    async with other.listen(epoch=(await other.house.hub.room("probe")).board.epoch) as projector:
        await pin_on(one, "Vorher")
        assert (await hear(projector, "change"))["cards"][0]["name"] == "Vorher"
        with capture_logs() as logs:
            redis.kill()
            await asyncio.gather(
                *(pin_on(one, f"Netz {n}") for n in range(10)), *(pin_on(other, f"Tisch {n}") for n in range(10))
            )
            await agree(pair, 21)
            seen = [(await hear(projector, "change"))["revision"] for _ in range(20)]
            assert seen == list(range(2, 22)), "the projector hears everything once, in order"
            async with other.browser() as client:
                ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["relay"], ready.json()["database"]) == (503, False, True)
            redis.start()
            await until(lambda: all(server.house.hub.relay.proven for server in pair))
            await pin_on(one, "Nachher")
            assert (await hear(projector, "change"))["cards"][0]["name"] == "Nachher"
    assert lines(logs, "relay.down", "relay.up") == ["relay.down"] * 2 + ["relay.up"] * 2


async def test_a_server_that_starts_while_redis_is_away_works(on_postgres: str, redis: Redis) -> None:
    """ABUSE 41"""
    redis.kill()
    async with running(make_settings(on_postgres, redis_url=redis.url)) as server:
        await make_wall(server.house.database, moderation="after")
        await pin_on(server, "Ohne Redis")
        async with server.browser() as client:
            assert ">Ohne Redis</a>" in (await client.get("/w/probe")).text


async def test_a_redis_that_restarts_at_once_loses_nothing(pair: Pair, redis: Redis) -> None:
    """ABUSE 41: what was said on a connection that had just died is found in the database"""
    for round_ in range(2):
        await pin_on(pair[0], f"Vor {round_}")
        redis.restart()
        await pin_on(pair[0], f"Nach {round_}")
        await agree(pair, 2 * round_ + 2)


@contextlib.asynccontextmanager
async def forger(pair: Pair, redis: Redis) -> AsyncIterator[tuple[RedisClient, str]]:
    """Somebody who may publish into the walls' channel, and that channel."""
    room = await pair[0].house.hub.room("probe")
    async with RedisClient.from_url(redis.url) as client:
        yield client, f"wall:{room.wall_id}"


async def settled(pair: Pair) -> list[str]:
    """Wait until both have heard what was published before, for a true message of the other comes after it."""
    revision = (await pair[0].house.hub.room("probe")).board.revision
    names = [f"Wahr {n}" for n in (1, 2)]
    for server, name in zip(pair, names, strict=True):
        await pin_on(server, name)
    await agree(pair, revision + 2)
    return names


async def test_forged_and_garbled_messages_change_nothing(pair: Pair, redis: Redis) -> None:
    """ABUSE 41: unsigned, signed with another secret, altered, repeated, cut, or meant for another wall"""
    room = await pair[0].house.hub.room("probe")
    pinned = (await pin(pair[0].house.ledger, room.board.wall, words("Echt"), "key-00000001", GUEST)).card
    await agree(pair, 1)
    async with pair[0].house.database.read() as connection:
        true = (await journal.changes_since(connection, room.wall_id, 0))[0]
    ours = Envelope(pair[0].house.settings.secrets)
    false = true.model_copy(update={"revision": 2, "card": pinned.model_dump(mode="json") | {"name": "Gefälscht"}})
    content = {"change": false.model_dump(mode="json")}
    genuine = ours.seal(room.wall_id, {"change": true.model_dump(mode="json")})
    lies = [
        b"", b"\0", b"x" * 15, b"x" * 16, b"ping", b"\xff" * 70_000, b"[" * 5000, b"{" + b"x" * 16,
        Envelope(("a strangers secret, 0123456789 abcdef",)).seal(room.wall_id, content),
        bytes(16) + ours.seal(room.wall_id, content)[16:],
        genuine[:16] + ours.seal(room.wall_id, content)[16:],
        ours.seal(room.wall_id, content)[:-1],
        ours.seal(room.wall_id + 1, content),
        ours.seal(room.wall_id, {"change": "nonsense"}),
        ours.seal(room.wall_id, {"change": content["change"] | {"kind": "no such kind"}}),
        ours.seal(room.wall_id, {"change": content["change"] | {"wall_id": room.wall_id + 1}}),
        ours.seal(room.wall_id, {"watching": "many", "from": 3}),
        ours.seal(room.wall_id, {}),
        genuine, genuine,
    ]  # fmt: skip
    async with forger(pair, redis) as (client, channel), pair[1].listen() as projector:
        await hear(projector, "reset")
        for lie in lies:
            await client.publish(channel, lie)
        for odd in ("wall:", "wall:x", "wall:-1", "wall:999999", "wall:٣", "wall:ping:x"):
            await client.publish(odd, genuine)
        true_names = await settled(pair)
        change = await hear(projector, "change")
    assert (change["revision"], [card["name"] for card in change["cards"]]) == (2, true_names[:1])
    assert await card_in(pair[0].house.database, room.board.wall, pinned.id) == pinned
    for server in pair:
        board = (await server.house.hub.room("probe")).board
        assert [card.name for card in board.visible()] == ["Echt", *true_names]


async def test_a_flood_of_lies_is_a_line_in_the_log_and_a_look_or_two_at_the_database(pair: Pair, redis: Redis) -> None:
    """ABUSE 41: about several walls, and still one look a second at most, and one line a process"""
    more = [await make_wall(pair[0].house.database, f"wand-{n}") for n in range(5)]
    for wall in more:
        await pair[1].house.hub.room(wall.slug)
    looks: list[str] = []
    engine = pair[1].house.database._reader.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *said: looks.append(said[2]))
    async with forger(pair, redis) as (client, channel):
        began = asyncio.get_running_loop().time()
        with capture_logs() as logs:
            for _ in range(20):
                async with client.pipeline(transaction=False) as pipe:
                    for _ in range(100):
                        pipe.publish(channel, os.urandom(200))
                    for wall in more:
                        pipe.publish(f"wall:{wall.id}", os.urandom(200))
                    await pipe.execute()
            await settled(pair)
        seconds = asyncio.get_running_loop().time() - began
    assert lines(logs, "relay.unreadable") == ["relay.unreadable"] * 2, "two processes, once each"
    asked = [statement for statement in looks if "wall.revision" in statement and "wall.title" not in statement]
    assert 1 <= len(asked) <= 2 + 1.5 * seconds, "for the lies once a second, and every two seconds anyway"
