"""What every benchmark needs: a real server process, real rows, and the name of the machine."""

import contextlib
import csv
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.house import ROOT
from tests.services import free_port

SHARED = ROOT.parent / "shared" / "data" / "leipzig_open.csv"
ROWS = 717
SECRET = "a secret for benchmarks 0123456789 abcdef"


def about() -> str:
    """One line about where this ran."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def rows() -> list[dict[str, str]]:
    """717 real rows where they lie beside the checkout, else as many made of the demo's."""
    source = SHARED if SHARED.is_file() else ROOT / "wall" / "demo" / "leipzig_networks.csv"
    with source.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    if source is not SHARED:
        base, found = found, []
        for n in range(ROWS):
            row = base[n % len(base)]
            text = f"{row['name']} trifft sich in {row['district'] or 'Leipzig'} zu {row['topics']}. " * 4
            found.append(row | {"name": f"{row['name']} {n}", "description": text})
    return [
        {
            "section": row.get("section") or (row["topics"].split(";")[0].strip()[:30] or "Ohne Thema"),
            "name": row["name"][:120],
            "kind": row["kind"] or "Sonstiges",
            "description": row.get("description", "")[:1500],
            "topics": ";".join(topic.strip()[:60] for topic in row["topics"].split(";")[:8]),
            "districts": row["district"],
            "meeting": row.get("meeting", "")[:200],
            "website": row["website"] if row["website"].startswith("http") else "",
        }
        for row in found
    ]


def few_sections(found: list[dict[str, str]], most: int = 9) -> list[dict[str, str]]:
    """The same rows in the nine largest sections and one for the rest."""
    counts: dict[str, int] = {}
    for row in found:
        counts[row["section"]] = counts.get(row["section"], 0) + 1
    kept = sorted(counts, key=lambda name: -counts[name])[:most]
    return [row if row["section"] in kept else row | {"section": "Weitere"} for row in found]


def write_csv(path: Path, found: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]))
        writer.writeheader()
        writer.writerows(found)


def wall(*arguments: str, **environment: str) -> str:
    """Run one `wall` command; returns what it printed."""
    command = [sys.executable, "-m", "wall", *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    return done.stdout


@contextlib.contextmanager
def served(folder: Path, **environment: str) -> Iterator[tuple[str, int]]:
    """A server process; gives its address and its process id."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    given = {
        "MODE": "demo",
        "SECRET_KEY": SECRET,
        "BASE_URL": url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "LOG_LEVEL": "warning",
        "RATE_LIMITS": "1000000",  # a crowd behind one address: everything is counted, nothing refused
    }
    process = subprocess.Popen([sys.executable, "-m", "wall", "serve"], env=os.environ | given | environment)
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"{url}/healthz").raise_for_status()
                break
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("the server did not come up")
            time.sleep(0.05)
        yield url, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def quantile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered: list[Any] = sorted(values)
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))])


def database_in(folder: Path) -> dict[str, str]:
    """What a `wall` command needs to work on the database that `served(folder)` serves."""
    return {"DATABASE_URL": f"sqlite:///{folder / 'bench.db'}", "SECRET_KEY": SECRET, "MODE": "demo"}


def large_wall(folder: Path) -> int:
    """Fill `/w/gross` with the real rows in ten sections; returns how many cards it has."""
    found, environment = few_sections(rows()), database_in(folder)
    write_csv(folder / "rows.csv", found)
    wall("new", "gross", "Große Wand", "--section", found[0]["section"], **environment)
    wall("import", "gross", str(folder / "rows.csv"), "--extend", **environment)
    return len(found)
