"""Google's Lighthouse on a wall of 717 cards, one card, a search result and the start page, as a slow phone sees them.

Lighthouse (npm) drives Debian's Chromium with its own mobile throttling; each page is the median of several runs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

from tests.bench import machine
from tests.house import node, programs

PACKAGES = {"lighthouse": ">=12.8 <13"}
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"
TARGETS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.bench lighthouse", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for the whole reports")
    options = parser.parse_args(arguments)
    found = programs.find_or_install()
    modules = node.prepare(found["npm"], folder="lighthouse", packages=PACKAGES)
    print(machine.about())
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        machine.large_wall(folder)
        with machine.served(folder) as (url, _):
            cards = httpx.get(f"{url}/api/walls/gross/cards").json()["cards"]
            card = max(cards, key=lambda card: len(card["description"]))["id"]
            pages = {"wall": "/w/gross", "card": f"/w/gross/c/{card}", "search": "/w/gross?q=kinder", "start": "/"}
            for page, path in pages.items():
                reports = [_report(found, modules, url + path, folder) for _ in range(options.runs)]
                results.append({"page": page} | _median(reports))
                print(results[-1], flush=True)
                for lost in _lost(reports[-1]):
                    print(f"    {lost}")
                if options.keep:
                    options.keep.mkdir(exist_ok=True)
                    (options.keep / f"{page}.json").write_text(json.dumps(reports[-1]))
    print(json.dumps(results))
    return 0


def _report(found: dict[str, Path], modules: Path, url: str, folder: Path) -> dict[str, Any]:
    command = [str(found["node"]), str(modules / "lighthouse" / "cli" / "index.js"), url, "--output=json", "--quiet"]
    command += [f"--output-path={folder / 'report.json'}", f"--chrome-flags={FLAGS}"]
    command += [f"--only-categories={','.join(TARGETS)}", "--locale=de"]
    environment = os.environ | {"CHROME_PATH": str(found["chromium"]), "NO_UPDATE_NOTIFIER": "1"}
    subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def _median(reports: list[dict[str, Any]]) -> dict[str, float]:
    scores = {
        name: round(100 * statistics.median(report["categories"][name]["score"] for report in reports))
        for name in TARGETS
    }
    times = {
        short: round(statistics.median(report["audits"][audit]["numericValue"] for report in reports), 3)
        for short, audit in (
            ("fcp_ms", "first-contentful-paint"),
            ("lcp_ms", "largest-contentful-paint"),
            ("tbt_ms", "total-blocking-time"),
            ("cls", "cumulative-layout-shift"),
        )
    }
    return scores | times


def _lost(report: dict[str, Any]) -> list[str]:
    """What cost points, with the first thing it was found on."""
    found = []
    for name in TARGETS:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                items = (audit.get("details") or {}).get("items") or [{}]
                found.append(f"{name}: {audit['id']} {audit['score']} {str(items[0])[:200]}")
    return found
