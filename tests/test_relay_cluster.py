"""The relay on a Redis cluster of three servers: sharded channels, each with the owner of its slot (W4)."""

import asyncio
import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis as Client
from redis.crc import key_slot
from structlog.testing import capture_logs

from tests.makers import hang, hear, make_settings, make_wall, running, until
from tests.services import PATIENCE, Redis, free_port, private_folder
from tests.test_relay import Ear
from wall.live.redis_line import channel_of
from wall.live.redis_relay import SLOTS, RedisRelay
from wall.web.limits import Limits

PART = SLOTS // 3 + 1


class Node(Redis):
    """A server of a cluster, which also needs a port to talk to the others."""

    def __init__(self, program: str, folder: Path) -> None:
        super().__init__(program, folder)
        self.bus = free_port()

    def command(self) -> list[str]:
        cluster = {"cluster-enabled": "yes", "cluster-port": str(self.bus), "cluster-node-timeout": "2000"}
        return [*super().command(), *(word for name, value in cluster.items() for word in (f"--{name}", value))]

    def ask(self, *command: str | int) -> Any:
        client: Any = Client(port=self.port)
        try:
            return client.execute_command(*command)
        finally:
            client.close()

    @property
    def ready(self) -> bool:
        return b"cluster_state:ok" in self.ask("CLUSTER", "INFO") and self.ask("CLUSTER", "NODES").count(b"\n") == 3


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Node]]:
    """Three servers with a third of the slots each."""
    with private_folder() as folder:
        nodes = [Node(os.environ["TEST_REDIS_SERVER"], folder / f"node-{n}") for n in range(3)]
        try:
            for n, node in enumerate(nodes):
                node.start().ask("CLUSTER", "ADDSLOTSRANGE", n * PART, min((n + 1) * PART, SLOTS) - 1)
                node.ask("CLUSTER", "SET-CONFIG-EPOCH", n + 1)
            for node in nodes[1:]:
                node.ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, nodes[0].bus)
            deadline = time.monotonic() + PATIENCE
            while not all(node.ready for node in nodes):
                assert time.monotonic() < deadline, "the cluster did not form"
                time.sleep(0.05)
            yield nodes
        finally:
            for node in nodes:
                node.kill()


def owner(nodes: list[Node], wall_id: int) -> Node:
    return nodes[key_slot(channel_of(wall_id).encode()) // PART]


def one_each(nodes: list[Node]) -> list[int]:
    """A wall for each server."""
    return [next(wall for wall in range(1, 1000) if owner(nodes, wall) is node) for node in nodes]


async def listening(node: Node, *walls: int) -> tuple[RedisRelay, Ear]:
    relay, ear = RedisRelay(node.url), Ear()
    await relay.start(ear)
    await until(lambda: relay.proven, "all its lines")
    for wall_id in walls:
        await relay.join(wall_id)
    return relay, ear


async def test_every_wall_is_told_through_the_server_that_owns_its_slot_alone(nodes: list[Node]) -> None:
    walls = one_each(nodes)
    here, mine = await listening(nodes[0], *walls)
    there, theirs = await listening(nodes[2], *walls[:2])
    assert await here.reachable()
    for node, wall_id in zip(nodes, walls, strict=True):
        channels = {channel for channel in node.ask("PUBSUB", "SHARDCHANNELS") if b"ping" not in channel}
        assert channels == {channel_of(wall_id).encode()}
        assert node.ask("PUBSUB", "CHANNELS") == []
    for wall_id in walls:
        there.send(wall_id, b"%d" % wall_id)
    await until(lambda: len(mine.heard) == 3 and len(theirs.heard) == 2)
    assert sorted(mine.heard) == sorted((wall_id, b"%d" % wall_id) for wall_id in walls)
    await here.leave(walls[0])
    there.send(walls[0], b"missed")
    there.send(walls[1], b"heard")
    await until(lambda: (walls[1], b"heard") in mine.heard and (walls[0], b"missed") in theirs.heard)
    assert (walls[0], b"missed") not in mine.heard
    await asyncio.gather(here.stop(), there.stop())
    for node in nodes:
        assert node.ask("PUBSUB", "SHARDCHANNELS") == []


async def test_a_server_that_was_killed_and_comes_back_is_heard_again(nodes: list[Node]) -> None:
    walls = one_each(nodes)
    (here, _), (there, ear) = await listening(nodes[0], *walls), await listening(nodes[0], *walls)
    nodes[1].kill()
    await until(lambda: not here.proven and not there.proven, "the loss to be noticed")
    assert not await there.reachable()
    here.send(walls[1], b"the last word")
    nodes[1].start()
    await until(lambda: nodes[1].ready and nodes[0].ready, "the cluster")
    await until(lambda: here.proven and there.proven, "both to be proven again")
    for wall_id in walls:
        here.send(wall_id, b"back")
    await until(lambda: {(wall_id, b"back") for wall_id in walls} <= set(ear.heard))
    await asyncio.gather(here.stop(), there.stop())


async def test_a_wall_whose_slot_goes_to_another_server_is_heard_there(nodes: list[Node]) -> None:
    wall_id, others = one_each(nodes)[0], one_each(nodes)[1:]
    (here, _), (there, ear) = await listening(nodes[0], wall_id), await listening(nodes[0], wall_id, *others)
    began = asyncio.get_running_loop().time()
    slot, (source, target, third) = key_slot(channel_of(wall_id).encode()), nodes
    try:
        for node in (target, source, third):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", target.ask("CLUSTER", "MYID").decode())
        channel = channel_of(wall_id)
        await until(lambda: target.ask("PUBSUB", "SHARDNUMSUB", channel)[1] == 2, "both in the new place")
        assert min(here._changed, there._changed) > began, "in doubt for a while, for what was said then may be lost"
        await until(lambda: here.proven and there.proven)
        here.send(wall_id, b"moved")
        await until(lambda: (wall_id, b"moved") in ear.heard)
        here.send(others[0], b"stayed")
        await until(lambda: (others[0], b"stayed") in ear.heard)
    finally:
        for node in (source, target, third):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", source.ask("CLUSTER", "MYID").decode())
        await asyncio.gather(here.stop(), there.stop())


async def test_two_servers_on_a_cluster_show_the_same_wall(nodes: list[Node], on_postgres: str) -> None:
    settings = [make_settings(on_postgres, redis_url=node.url) for node in nodes[:2]]
    async with running(settings[0]) as one, running(settings[1]) as other:
        await make_wall(one.house.database)
        await until(lambda: one.house.hub.relay.proven and other.house.hub.relay.proven)
        async with one.browser() as client:
            assert (await client.get("/readyz")).status_code == 200
        async with other.listen() as viewer:
            await hear(viewer, "reset")
            await hang(one, "Beispielnetz")
            assert [card["name"] for card in (await hear(viewer, "change"))["cards"]] == ["Beispielnetz"]


async def test_counts_are_shared_through_a_cluster_whichever_server_keeps_them(nodes: list[Node]) -> None:
    """ABUSE 37: each process asks another server, and the counts of twenty addresses lie on all three"""
    one, other = [Limits("a secret of both", redis_url=node.url) for node in (nodes[0], nodes[2])]
    one.clock = other.clock = lambda: 1_800_000_000.0
    addresses = [f"192.0.2.{n}" for n in range(20)]

    def known(address: str) -> bool:
        return any(limits.spent("pin in doubt", address) for limits in (one, other))

    with capture_logs() as logs:
        async with one.sharing(), other.sharing():
            for limits in (one, other):
                for address in addresses:
                    assert [limits.spend("pin in doubt", address) for _ in range(16)] == [0] * 16
            for address in addresses:
                await until(partial(known, address), address)
            assert not one.spent("pin in doubt", "192.0.2.99")
    assert [entry["event"] for entry in logs if entry["event"] == "limits.redis_away"] == []
    assert all(node.ask("DBSIZE") for node in nodes)
