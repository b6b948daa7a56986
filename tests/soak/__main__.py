"""`python3 -m tests.soak [--minutes 15] [--pins 20] [--clients 500]`: does the server's memory stay flat?"""

import argparse
import asyncio
import json
import os
import resource
import sys
from tempfile import TemporaryDirectory

from tests.house import ROOT, Missing, venv

FLAT = 5.0  # percent
WARM = 0.4  # the share of the time after which everything that is kept has been kept once


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--pins", type=float, default=20, help="a second")
    parser.add_argument("--clients", type=int, default=500)
    given = parser.parse_args(arguments)
    try:
        python = venv.prepare()
    except Missing as missing:
        print(f"\n{missing}", file=sys.stderr)
        return 2
    if os.environ.get("WALL_SOAK") != str(python):
        environment = os.environ | {"WALL_SOAK": str(python), "PYTHONPATH": str(ROOT)}
        os.execve(python, [str(python), "-m", "tests.soak", *arguments], environment)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return prove(given)


def prove(given: argparse.Namespace) -> int:
    """Run, print what was sampled, and end with one line of JSON."""
    import uvloop

    from tests.soak.run import drift, run

    with TemporaryDirectory(prefix="soak-") as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        samples, trouble = runner.run(run(folder, given.minutes * 60, given.pins, given.clients))
    start, end, percent = drift(samples, WARM)
    for line in trouble:
        print(line, file=sys.stderr)
    print(f"wanted: at most {FLAT:g} % either way once {WARM:.0%} of the time are over")
    found = {"minutes": given.minutes, "pins": given.pins, "clients": given.clients}
    found |= {"rss_start_mb": round(start, 1), "rss_end_mb": round(end, 1), "drift_percent": round(percent, 1)}
    print(json.dumps(found))
    return 1 if trouble or abs(percent) > FLAT else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
