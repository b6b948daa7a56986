"""2,000 clients that come back at once to a wall of 717 cards, a few changes behind: how long until 95 % have them all.

The server has just been started, so it must also open the room; its log says how often it loaded the board. The clients
offer compression as browsers do and ask for HTML frames.
"""

import argparse
import asyncio
import contextlib
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import uvloop

from tests.bench import machine
from tests.bench.crowd import Client, Crowd, request
from tests.bench.fanout import BROWSERS_OFFER, pin
from tests.processes import serving, wall

BEHIND, SHARE, MOST, PATIENCE = 5, 0.95, 5.0, 60.0
LOADED = "board.loaded"


class Returning(Client):
    """Comes back and notes when it has the newest revision."""

    revision = 0
    everybody: asyncio.Event
    caught_at = float("inf")

    def buffer_updated(self, nbytes: int) -> None:
        self.rest += bytes(self.crowd.buffer[:nbytes])
        if not self.shaken and b"\r\n\r\n" in self.rest:
            head, _, self.rest = self.rest.partition(b"\r\n\r\n")
            assert b" 101 " in head[:20], head
            self.shaken = True
        while self.shaken and len(self.rest) >= 4:
            start, size = (4, int.from_bytes(self.rest[2:4], "big")) if self.rest[1] == 126 else (2, self.rest[1])
            if len(self.rest) < start + size:
                break
            first, payload, self.rest = self.rest[0], self.rest[start : start + size], self.rest[start + size :]
            if first & 0x40:
                payload = zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff")
            assert b'"type":"reset"' not in payload[:20], payload
            if payload.startswith(b'{"type":"change","revision":%d,' % self.revision):
                self.caught_at = time.monotonic()
                self.crowd.open += 1
                if self.crowd.connected(self.crowd.size):
                    self.everybody.set()


async def come_back(port: int, size: int, revision: int, epoch: str) -> list[float]:
    """Seconds until each client had the newest revision."""
    crowd, loop = Crowd(size), asyncio.get_running_loop()
    Returning.revision, Returning.everybody = revision, asyncio.Event()
    path = f"/w/gross/live?since={revision - BEHIND}&epoch={epoch}&as=html&lang=de"
    upgrade, clients = request(port, path, BROWSERS_OFFER), []

    def client() -> Returning:
        clients.append(Returning(crowd, upgrade, "plain", False))
        return clients[-1]

    started = time.monotonic()
    await asyncio.gather(
        *(loop.create_connection(client, "127.0.0.1", port) for _ in range(size)), return_exceptions=True
    )
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await Returning.everybody.wait()
    times = [client.caught_at - started for client in clients]
    return times + [float("inf")] * (size - len(times))


def crowd(arguments: list[str]) -> None:
    """The load generator's process."""
    port, size, revision = (int(argument) for argument in arguments[:3])
    times = sorted(uvloop.run(come_back(port, size, revision, arguments[3])))
    print(json.dumps([times[int(SHARE * size) - 1], times[-1]]))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.bench join")
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found: list[float] = []
    last: list[float] = []
    loads: list[int] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = machine.few_sections(machine.rows())
        machine.write_csv(folder / "rows.csv", rows)
        for command in (
            ("new", "gross", "Große Wand", "--section", rows[0]["section"]),
            ("import", "gross", str(folder / "rows.csv"), "--extend"),
        ):
            wall(folder, *command, MODE="demo").check_returncode()
        with sqlite3.connect(folder / "wall.db") as database:
            revision, epoch = database.execute("SELECT revision, epoch FROM wall WHERE slug = 'gross'").fetchone()
        for _ in range(options.rounds):
            with serving(folder, MODE="demo", LOG_LEVEL="info", RATE_LIMITS="1000000") as server:
                pin(server.pid, 0)
                command = ["-m", "tests.bench.join", str(server.port), str(options.clients), str(revision), str(epoch)]
                process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
                pin(process.pid, 1)
                share, everybody = json.loads(process.communicate()[0])
                found.append(share)
                last.append(everybody)
                loads.append(server.log().count(LOADED))
    print(machine.about())
    seconds = statistics.median(found)
    print(f"{len(rows)} cards, revision {revision}, {options.clients} clients {BEHIND} changes behind")
    print(f"95 % caught up after {', '.join(f'{one:.2f}' for one in found)} s; wanted at most {MOST:g}")
    print(f"all caught up after {', '.join(f'{one:.2f}' for one in last)} s")
    print(f"board loads {', '.join(map(str, loads))}; wanted at most 1")
    print(json.dumps([{"clients": options.clients, "seconds_p95": round(seconds, 2), "board_loads": max(loads)}]))
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    crowd(sys.argv[1:])
