"""What a server's loop notices while files of a large wall are made: the longest pause, beside that of an idle loop.

The files are fetched by a process of its own, so that only the server's work is in the loop that is watched.
"""

import asyncio
import gc
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import machine
from tests.makers import make_settings, make_wall, running
from wall.actions.pin import pin_all
from wall.model.roles import SYSTEM

CARDS, ROUNDS = 5_781, 3
FILES = ("take/xlsx", "take/csv", "take/md", "take/json", "feed.atom", "poster.png")
FETCH = "import sys, urllib.request; print(len(urllib.request.urlopen(sys.argv[1]).read()))"
STEP = 0.001  # seconds between two looks at the clock


async def pauses(job: "asyncio.Future[int]") -> list[float]:
    """By how many milliseconds the loop came late, each time, until a job is done."""
    late = []
    while not job.done():
        before = time.perf_counter()
        await asyncio.sleep(STEP)
        late.append((time.perf_counter() - before - STEP) * 1000)
    return late


async def fetched(url: str) -> int:
    """How many bytes a file has, as another process sees it."""
    process = await asyncio.create_subprocess_exec(*(sys.executable, "-c", FETCH, url), stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return int(said)


async def idle() -> int:
    await asyncio.sleep(3)
    return 0


async def measured(folder: Path) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)  # as `wall serve` does
    settings = make_settings(f"sqlite:///{folder / 'bench.db'}", rate_limits=1000)
    async with running(settings) as server:
        house = server.house
        wall = await make_wall(house.database, "gross", districts=[])
        rows = machine.rows()
        kind = {"kind": "Netzwerk", "section": "s1", "districts": [], "topics": ["Umwelt", "Jugend"], "members": []}
        wanted = [rows[n % len(rows)] | kind | {"name": f"Netz {n}"} for n in range(CARDS)]
        await pin_all(house.ledger, wall, wanted, SYSTEM)
        await house.hub.room("gross")
        for turn in range(ROUNDS):
            for name in ("idle", *FILES):
                house.posters._kept.clear()
                started = time.perf_counter()
                url = f"{server.url}/w/gross/{name}{'' if name == 'poster.png' else f'?lang=de&turn={turn}'}"
                job = asyncio.ensure_future(idle() if name == "idle" else fetched(url))
                late = await pauses(job)
                seen = {"seconds": time.perf_counter() - started, "kb": job.result() / 1000}
                seen |= {"longest_ms": max(late), "p99_ms": machine.quantile(late, 0.99)}
                best = found.setdefault(name, seen)
                for key, value in seen.items():
                    best[key] = min(best[key], value)
    return found


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(measured(Path(name)))
    print(machine.about())
    print(f"{CARDS} cards; the best of {ROUNDS} rounds")
    for name, seen in found.items():
        print(
            f"{name:12} {seen['seconds']:6.2f} s {seen['kb']:8.0f} kB"
            f"   the loop came late by {seen['longest_ms']:6.1f} ms at most, p99 {seen['p99_ms']:5.1f} ms"
        )
    print(json.dumps({name: round(seen["longest_ms"], 1) for name, seen in found.items()}))
    return 0
