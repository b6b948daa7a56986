"""How long a wall of 717 cards takes to serve, cold and warm, and how much a first load of the demo wall transfers.

Compared in the same run with a bare Starlette application that serves the very same finished bytes.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.bench import machine
from tests.house import programs
from tests.services import free_port

RESTARTS, LOADS = 7, 60
HEADERS = {"accept-encoding": "gzip", "accept-language": "de"}
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = open(sys.argv[1], "rb").read()
headers = {"content-encoding": "gzip", "content-type": "text/html; charset=utf-8"}
async def page(request): return Response(body, headers=headers)
uvicorn.run(Starlette(routes=[Route("/", page)]), port=int(sys.argv[2]), log_level="error")
"""


def timed(client: httpx.Client, address: str) -> tuple[float, bytes]:
    """Milliseconds until the whole compressed answer is there."""
    started = time.perf_counter()
    with client.stream("GET", address, headers=HEADERS) as answer:
        raw = b"".join(answer.iter_raw())
        answer.raise_for_status()
    return (time.perf_counter() - started) * 1000, raw


def transferred(url: str, chromium: str) -> float:
    """Kilobytes over the wire when a browser opens an address for the first time."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(locale="de-DE")
        session = page.context.new_cdp_session(page)
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        session.send("Network.enable")
        page.goto(url, wait_until="load")
        page.wait_for_function("document.querySelector('[data-card]')")
        page.wait_for_load_state("networkidle")
        browser.close()
    return sum(sizes) / 1000


def main(arguments: list[str]) -> int:
    chromium = programs.find("chromium")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = machine.large_wall(folder)
        cold: list[float] = []
        warm: list[float] = []
        bare: list[float] = []
        body = b""
        for turn in range(RESTARTS):
            with machine.served(folder) as (url, _), httpx.Client() as client:
                timed(client, f"{url}/sign-in")  # a connection and the first template; the wall itself is cold
                took, body = timed(client, f"{url}/w/gross")
                cold.append(took)
                if turn == RESTARTS - 1:
                    (folder / "page.gz").write_bytes(body)
                    port = free_port()
                    other = subprocess.Popen([sys.executable, "-c", BARE, str(folder / "page.gz"), str(port)])
                    try:
                        _wait(client, f"http://127.0.0.1:{port}/")
                        for _ in range(LOADS):  # in turns, so that noise meets both
                            warm.append(timed(client, f"{url}/w/gross")[0])
                            bare.append(timed(client, f"http://127.0.0.1:{port}/")[0])
                    finally:
                        other.terminate()
                        other.wait()
        demo = folder / "demo"
        demo.mkdir()
        subprocess.run([sys.executable, "-c", FILL], env=os.environ | machine.database_in(demo), check=True)
        with machine.served(demo) as (url, _):
            kilobytes = transferred(f"{url}/w/leipzig", str(chromium))
    print(machine.about())
    print(f"{count} cards, {len(body) / 1000:.0f} kB compressed")
    print(f"cold  median {statistics.median(cold):7.1f} ms  max {max(cold):7.1f} ms  ({RESTARTS} restarts)")
    print(f"warm  median {statistics.median(warm):7.1f} ms  p95 {machine.quantile(warm, 0.95):7.1f} ms")
    ratio = statistics.median(warm) / statistics.median(bare)
    print(f"bare  median {statistics.median(bare):7.1f} ms  (the same bytes, finished)  warm / bare = {ratio:.1f}")
    print(f"first load of the demo wall: {kilobytes:.0f} kB over the wire")
    result = {
        "cards": count,
        "cold_ms": round(statistics.median(cold), 1),
        "warm_ms": round(statistics.median(warm), 1),
        "transfer_kb": round(kilobytes, 1),
    }
    print(json.dumps(result))
    return 0


FILL = """
import asyncio
from wall.actions.ledger import Ledger
from wall.demo import make_walls
from wall.settings import Settings
from wall.store.database import Database
from wall.store.migrations import migrate
async def fill():
    database = Database(Settings().database_url)
    await migrate(database)
    await make_walls(Ledger(database, lambda changes: None))
    await database.close()
asyncio.run(fill())
"""


def _wait(client: httpx.Client, url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            client.get(url)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the bare server did not come up")
