"""5,000 small walls with one viewer each in one server process: what a wall that somebody watches costs in memory.

Walls and cards are written as rows; the viewers come one wall after the other, offer compression as browsers do, and
stay. Measured is the server's resident memory with one wall open and with all of them, after each has had its ticks.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import uvloop
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.bench import machine
from tests.bench.crowd import Client, Crowd, request, until
from tests.bench.fanout import BROWSERS_OFFER, cpu, pin, resident
from tests.processes import serving
from wall.model.card import Card
from wall.model.order import last
from wall.model.wall import Section, Wall
from wall.store import boards
from wall.store.database import Database
from wall.store.migrations import migrate

CARDS, MOST, TICKS = 4, 200.0, 21.0


def small(number: int) -> Wall:
    return Wall(
        title=f"Beispielwand {number}",
        sections=[Section(id="s1", name="Bündnisse"), Section(id="s2", name="Stammtische")],
        topics=["Umwelt", "Jugend", "Kultur"],
        districts=["Mitte", "Nord", "Süd"],
        slug=f"wand-{number}",
        revision=CARDS,
        epoch="bench",
        created_at=datetime.now(UTC),
    )


def cards_of(wall: Wall) -> list[Card]:
    """A few cards of usual length."""
    found: list[Card] = []
    for n in range(CARDS):
        found.append(
            Card(
                id=token_hex(6),
                wall_id=wall.key,
                name=f"Beispielnetz {n} der Wand {wall.key}",
                kind="Netzwerk",
                section=f"s{n % 2 + 1}",
                description="Wir treffen uns und reden über das, was wir gemeinsam vorhaben. " * 4,
                topics=["Umwelt"],
                meeting="jeden 1. Montag im Monat, 18 Uhr",
                status="approved",
                position=last([card.position for card in found]),
                revision=n + 1,
                pinned_at_revision=n + 1,
                created_at=datetime.now(UTC),
                changed_at=datetime.now(UTC),
            )
        )
    return found


async def furnish(file: Path, count: int) -> None:
    """A database with so many walls."""
    database = Database(f"sqlite:///{file}")

    async def write(connection: AsyncConnection) -> None:
        for number in range(count):
            await boards.add_cards(connection, cards_of(await boards.add_wall(connection, small(number))))

    await migrate(database)
    await database.write(write)
    await database.close()


async def watch(port: int, count: int) -> None:
    """The viewers' process: one for each wall, a few at a time, from many addresses; stays until told to end."""
    loop, crowd = asyncio.get_running_loop(), Crowd(count)
    for start in range(0, count, 50):
        numbers = range(start, min(start + 50, count))
        made = (
            loop.create_connection(
                lambda n=n: Client(
                    crowd,
                    request(port, f"/w/wand-{n}/live?since={CARDS}&epoch=bench&as=html&lang=de", BROWSERS_OFFER),
                    "hello",
                    False,
                ),
                "127.0.0.1",
                port,
                local_addr=(f"127.0.1.{start // 500 + 1}", 0),
            )
            for n in numbers
        )
        await asyncio.gather(*made)
        await until(crowd.connected, numbers[-1] + 1)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    print(crowd.lost, flush=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.bench walls")
    parser.add_argument("--walls", type=int, default=5000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(furnish(folder / "wall.db", options.walls))
        with serving(folder, MODE="demo", LOG_LEVEL="warning") as server:
            pin(server.pid, 0)
            one, all_of_them = (measure(server.pid, server.port, count) for count in (1, options.walls))
    idle, cost = one[0], (all_of_them[0] - one[0]) / options.walls
    total = all_of_them[0] / 1024
    print(machine.about())
    print(f"{options.walls} walls with a viewer each: {total:.0f} MB in all; wanted at most {MOST:g}")
    print(f"one wall open: {idle / 1024:.0f} MB")
    print(f"joining took {all_of_them[1]:.1f} s; then ticks and comparing took {all_of_them[2]:.1f} % of a core")
    print(json.dumps({"walls": options.walls, "mb": round(total, 1), "kb_per_wall": round(cost, 1)}))
    return 0


def measure(pid: int, port: int, count: int) -> tuple[float, float, float]:
    """Resident KiB with so many viewers, seconds until all had joined, and the share of a core they cost then."""
    command = [sys.executable, "-m", "tests.bench.walls", str(port), str(count)]
    began = time.monotonic()
    viewers = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert viewers.stdin is not None
    assert viewers.stdout is not None
    pin(viewers.pid, 1)
    assert viewers.stdout.readline() == "ready\n"
    joined = time.monotonic() - began
    before = sum(cpu(pid))
    time.sleep(TICKS)
    found = resident(pid), joined, 100 * (sum(cpu(pid)) - before) / TICKS
    lost = int(viewers.communicate("end\n")[0])
    if lost:
        raise RuntimeError(f"{lost} viewers were lost")
    return found


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    uvloop.run(watch(int(sys.argv[1]), int(sys.argv[2])))
