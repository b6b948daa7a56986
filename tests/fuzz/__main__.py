"""`python3 -m tests.fuzz [--seeds N] [--operations N] [--from SEED]`: small installations, each made to converge."""

import argparse
import gc
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.house import ROOT, Missing, venv

if TYPE_CHECKING:
    from tests.fuzz.run import Outcome

SAY_EVERY = 100  # seeds


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.fuzz", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--operations", type=int, default=200)
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="SEED")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    try:
        python = venv.prepare()
    except Missing as missing:
        print(f"\n{missing}", file=sys.stderr)
        return 2
    if os.environ.get("WALL_FUZZ") != str(python):
        environment = os.environ | {"WALL_FUZZ": str(python), "PYTHONPATH": str(ROOT)}
        os.execve(python, [str(python), "-m", "tests.fuzz", *arguments], environment)
    return prove(given)


def prove(given: argparse.Namespace) -> int:
    """Run the seeds, tell of those that fail, and end with one line of JSON."""
    operations, diverged, started = 0, [], time.monotonic()
    for number, outcome in enumerate(outcomes(given), 1):
        operations += outcome.operations
        if outcome.wrong:
            diverged.append(outcome.seed)
            print(f"seed {outcome.seed} after {', '.join(outcome.tale)}:", *outcome.wrong, sep="\n  ", flush=True)
        if number % SAY_EVERY == 0:
            print(f"{number} seeds in {time.monotonic() - started:.0f} s, {len(diverged)} diverged", file=sys.stderr)
    if diverged:
        print(f"diverged: {diverged}")
    print(json.dumps({"seeds": given.seeds, "operations": operations, "diverged": len(diverged)}))
    return 1 if diverged else 0


def outcomes(given: argparse.Namespace) -> Iterator["Outcome"]:
    """Every seed's outcome, in order, from as many processes as there are cores."""
    from tests.fuzz.run import make_template, scratch, survive

    with TemporaryDirectory(prefix="fuzz-", dir=scratch()) as folder:
        one = partial(survive, operations=given.operations, template=make_template(Path(folder)))
        with ProcessPoolExecutor(given.processes, initializer=_prepare) as pool:
            yield from pool.map(one, range(given.first, given.first + given.seeds))


def _prepare() -> None:
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.set_threshold(100_000, 20, 20)  # a seed's rubbish goes with the seed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
