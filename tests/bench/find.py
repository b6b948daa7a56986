"""How long a search and a searched page take at 717, 5,781 and 24,000 cards, beside SQLite FTS5 on the same cards.

The questions are those of tests/relevance, whole and half typed. FTS5 has to give what the filters' counts need, too:
every card that matches, best first. Searches are timed by the CPU they take, all of it in this process, so that other
work on the machine does not count; pages by the clock, from a server of their own over HTTP, as browsers ask for them.
"""

import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import httpx

from tests.bench import machine
from tests.relevance.contestants import Fts5
from tests.relevance.judged import board, questions
from wall.actions.configure import new_wall
from wall.find.finder import Finder
from wall.model.board import Board
from wall.store import boards
from wall.store.database import Database
from wall.store.migrations import migrate

SIZES = (717, 5781, 24_000)
ROUNDS, PAGES = 3, 200


def asked() -> list[str]:
    """Every judged question, whole and as far as somebody has typed it."""
    texts = [question.asked for question in questions()]
    return [*texts, *(text[: max(2, len(text) * 6 // 10)] for text in texts)]


def resident() -> float:
    """Megabytes of memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def alone(source: Path, size: int, texts: list[str]) -> tuple[list[float], float, float]:
    """The same in a process of its own, whose memory nobody used before."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measured, source, size, texts).result()


def measured(source: Path, size: int, texts: list[str]) -> tuple[list[float], float, float]:
    return asyncio.run(searched(board(source, size), texts))


async def searched(cards: Board, texts: list[str]) -> tuple[list[float], float, float]:
    """Milliseconds of CPU of each search, megabytes of the index, and seconds of CPU for making it."""
    gc.collect()
    before, started = resident(), time.process_time()
    finder = Finder()
    await finder.search(cards, "anfang", lambda card: True)
    built = time.process_time() - started
    gc.collect()
    megabytes, took = resident() - before, []
    for _ in range(ROUNDS):
        for text in texts:
            began = time.process_time()
            await finder.search(cards, text, lambda card: True)
            took.append((time.process_time() - began) * 1000)
    return took, megabytes, built


def beside(cards: Board, texts: list[str]) -> list[float]:
    """Milliseconds of CPU of the same searches by FTS5."""
    fts5, took = Fts5(cards.cards.values()), []
    for _ in range(ROUNDS):
        for text in texts:
            began = time.process_time()
            fts5.ask(text, -1)
            took.append((time.process_time() - began) * 1000)
    return took


async def fill(url: str, cards: Board) -> None:
    """A database with this wall."""
    database = Database(url)
    await migrate(database)
    about = {"title": "Probewand", "phase": "open", "sections": [{"id": "s1", "name": "Alle"}]}
    wall = await new_wall(database, "probe", about | {"districts": cards.wall.districts[:200]})
    rows = [card.model_copy(update={"wall_id": wall.key}) for card in cards.cards.values()]
    await database.write(lambda connection: boards.add_cards(connection, rows))
    await database.close()


def spent(pid: int) -> float:
    """Milliseconds of CPU a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def pages(cards: Board, texts: list[str]) -> tuple[list[float], float]:
    """Milliseconds of searched pages by the clock, and of CPU for one of them on average."""
    with tempfile.TemporaryDirectory() as name:
        folder, took = Path(name), []
        asyncio.run(fill(f"sqlite:///{folder / 'bench.db'}", cards))
        with machine.served(folder) as (url, pid), httpx.Client(base_url=url, timeout=60) as client:
            client.get("/w/probe", params={"q": "anfang"})  # the board is loaded, the index made
            before = spent(pid)
            for text in (texts * 2)[:PAGES]:
                began = time.perf_counter()
                client.get("/w/probe", params={"q": text}).raise_for_status()
                took.append((time.perf_counter() - began) * 1000)
            cpu = (spent(pid) - before) / PAGES
    return took, cpu


def main(arguments: list[str]) -> int:
    if not machine.SHARED.is_file():
        print("The cards to search are not here.", file=sys.stderr)
        return 0
    texts, result = asked(), []
    print(machine.about())
    print(f"{len(texts)} questions, {ROUNDS} rounds; milliseconds")
    print("  cards   search p50    p99   FTS5 p50    p99   page p50    p99    CPU   index MB   made in s")
    for size in SIZES:
        source = machine.SHARED if size == machine.ROWS else machine.SHARED.with_name("berlin_orgs.csv")
        cards = board(source, size)
        took, megabytes, built = alone(source, size, texts)
        others, (whole, cpu) = beside(cards, texts), pages(cards, texts)
        p50, p99, other, other99, page, page99 = (
            round(machine.quantile(values, share), 2) for values in (took, others, whole) for share in (0.5, 0.99)
        )
        print(
            f"{size:7}{p50:13.2f}{p99:7.1f}{other:11.2f}{other99:7.1f}{page:11.1f}{page99:7.1f}{cpu:7.1f}"
            f"{megabytes:11.1f}{built:12.1f}"
        )
        row = {"cards": size, "p50_ms": p50, "p99_ms": p99, "fts5_p50_ms": other, "index_mb": round(megabytes, 1)}
        result.append(row)
    print(json.dumps(result))
    return 0
