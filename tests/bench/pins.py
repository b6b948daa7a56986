"""Acknowledged pins a second through HTTP, 1 and 64 writers, beside a bare Starlette POST that only parses the body.

Rounds of both are interleaved on the same two cores: the server on one, the writers on the other.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus

import httpx

from tests.bench import machine
from tests.house import programs
from tests.services import Postgres, free_port

ROUNDS, SECONDS = 5, 4.0
WRITERS = (1, 64)
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Route
async def take(request):
    form = await request.form()
    return RedirectResponse("/mine/" + form["name"][:1] + "?new=1", 303)
uvicorn.run(Starlette(routes=[Route("/w/bench/pin", take, methods=["POST"])]), port=int(sys.argv[1]),
            log_level="error", access_log=False)
"""
TEXT = "Wir treffen uns jeden Monat und planen gemeinsam, was im Stadtteil zu tun ist. " * 5


def body(number: int) -> bytes:
    """One form of about a kilobyte, with a key of its own."""
    fields = {
        "name": f"Netz {number}",
        "kind": "Netzwerk",
        "section": "bench",
        "description": TEXT,
        "meeting": "montags",
    }
    fields |= {"topics": "Umwelt, Jugend", "website": "https://netz.example", "key": f"bench-{os.getpid()}-{number}"}
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items()).encode()


class Writers:
    """Connections that post one form after another."""

    def __init__(self, port: int) -> None:
        self.port, self.next = port, 0

    async def _write(self, until: float, took: list[float]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = b"POST /w/bench/pin HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        while time.perf_counter() < until:
            self.next += 1
            form = body(self.next)
            started = time.perf_counter()
            writer.write(head + f"Content-Length: {len(form)}\r\n\r\n".encode() + form)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 303"):
                raise RuntimeError(f"not acknowledged: {answer[:200]!r}")
            took.append(time.perf_counter() - started)
        writer.close()

    async def run(self, writers: int) -> tuple[float, list[float]]:
        """Acknowledged a second, and how long each took."""
        took: list[float] = []
        started = time.perf_counter()
        await asyncio.gather(*(self._write(started + SECONDS, took) for _ in range(writers)))
        return len(took) / (time.perf_counter() - started), took


@contextlib.contextmanager
def bare(core: set[int]) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", BARE, str(port)])
    os.sched_setaffinity(process.pid, core)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def measure(name: str, url: str, folder: Path, cores: tuple[set[int], set[int]]) -> list[dict[str, object]]:
    environment = {"DATABASE_URL": url, "SECRET_KEY": machine.SECRET, "MODE": "demo"}
    machine.wall("new", "bench", "Bench", "--section", "bench", "--moderation", "before", **environment)
    results: list[dict[str, object]] = []
    with machine.served(folder, DATABASE_URL=url, SNAPSHOT_EVERY="1000000") as (address, pid), bare(cores[0]) as other:
        os.sched_setaffinity(pid, cores[0])
        os.sched_setaffinity(0, cores[1])
        ours, theirs = Writers(int(address.rpartition(":")[2])), Writers(other)
        asyncio.run(ours.run(4))
        asyncio.run(theirs.run(4))
        rates: dict[int, list[float]] = {}
        for writers in WRITERS:
            ratios, times = [], []
            for _ in range(ROUNDS):
                rate, took = asyncio.run(ours.run(writers))
                most, _ = asyncio.run(theirs.run(writers))
                rates.setdefault(writers, []).append(rate)
                ratios.append(rate / most)
                times += took
            result = {
                "database": name,
                "writers": writers,
                "pins_per_s": round(statistics.median(rates[writers])),
                "ratio_bare_post": round(statistics.median(ratios), 3),
                "p99_ms": round(machine.quantile(times, 0.99) * 1000, 1),
            }
            print(result, flush=True)
            results.append(result)
        print(f"{name}: {WRITERS[-1]} writers / 1 writer = {_ratio(rates):.1f}")
    return results


def _ratio(rates: dict[int, list[float]]) -> float:
    return statistics.median(rates[WRITERS[-1]]) / statistics.median(rates[WRITERS[0]])


def main(arguments: list[str]) -> int:
    found = programs.find_or_install()
    available = sorted(os.sched_getaffinity(0))
    cores = ({available[0]}, {available[-1]})
    print(machine.about())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        results = measure("sqlite", f"sqlite:///{folder / 'bench.db'}", folder, cores)
        os.sched_setaffinity(0, set(available))
        with Postgres(found["postgres"].parent, folder / "postgres") as postgres:
            results += measure("postgres", postgres.url.replace("+asyncpg", ""), folder, cores)
    print(json.dumps(results))
    return 0
