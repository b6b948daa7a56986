"""`python3 -m tests.faults [--pins N] [--faults N] [--database sqlite|postgres|both] [--seed S]`: the fault run."""

import argparse
import asyncio
import json
import os
import sys
from collections import Counter

from tests.house import ROOT, Missing, programs, venv


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.faults", description=__doc__)
    parser.add_argument("--pins", type=int, default=10_000)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    try:
        python = venv.prepare()
        if os.environ.get("WALL_FAULTS") != str(python):
            found = programs.find_or_install()
            own = {"WALL_FAULTS": str(python), "PYTHONPATH": str(ROOT)}
            named = {"TEST_REDIS_SERVER": found["redis-server"], "TEST_POSTGRES_BIN": found["postgres"].parent}
            environment = os.environ | own | {name: str(path) for name, path in named.items()}
            os.execve(python, [str(python), "-m", "tests.faults", *arguments], environment)
    except Missing as missing:
        print(f"\n{missing}", file=sys.stderr)
        return 2
    return prove(given)


def prove(given: argparse.Namespace) -> int:
    """Run, say what was found wrong, and end with one line of JSON."""
    from tests.faults.run import Result, percentile, run
    from tests.services import private_folder

    results: list[Result] = []
    for database in ("sqlite", "postgres") if given.database == "both" else (given.database,):
        with private_folder() as folder:
            job = run(database, folder, pins=given.pins, faults=given.faults, seed=given.seed, loud=True)
            result = asyncio.run(job)
        results.append(result)
        found = result.verdict
        for line in (*found.lost, *found.duplicated, *found.diverged, *result.trouble):
            print(line[:500], file=sys.stderr)
        seconds = [heal for heal, _ in result.heals]
        slowest = Counter({fault: heal for heal, fault in sorted(result.heals)}).most_common(5)
        median = percentile(seconds, 0.5)
        print(f"{database}: answers {dict(result.answers)}, walls loaded {result.loads} times", file=sys.stderr)
        print(f"{database}: healed in {median:.2f} s (median); slowest {slowest}", file=sys.stderr)
    lines = [result.line() for result in results]
    print(json.dumps(lines))
    return 1 if any(line["lost"] or line["duplicated"] or line["diverged"] for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
