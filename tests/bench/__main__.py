"""`python3 -m tests.bench NAME`: runs one benchmark in the tests' own environment."""

import os
import sys
from importlib import import_module

from tests.house import ROOT, venv

NAMES = {
    "page": "pages of a large wall, cold and warm, and the bytes of a first load",
    "pins": "acknowledged pins a second, 1 and 64 writers, beside a bare POST",
    "fanout": "one change to many sockets, beside bare transports, Starlette's loop, Node ws and Socket.IO",
    "walls": "5,000 small walls with a viewer each in one process: memory, and what ticking them costs",
    "reader": "one dead reader among 200: what the others and the server's memory notice of it",
    "lighthouse": "Lighthouse on a wall of 717 cards, a card, a search and the start page, as a slow phone sees them",
    "take": "what a server's loop notices while files of 5,781 cards are made",
    "join": "2,000 clients that come back at once to a large wall",
    "find": "a search and a searched page at 717, 5,781 and 24,000 cards, beside SQLite FTS5",
}


def main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name not in NAMES:
        print("\n".join(f"python3 -m tests.bench {known:8} {about}" for known, about in NAMES.items()))
        return 2
    python = venv.prepare()
    if os.environ.get("WALL_BENCH") != str(python):
        environment = os.environ | {"WALL_BENCH": str(python), "PYTHONPATH": str(ROOT)}
        os.execve(python, [str(python), "-m", "tests.bench", *arguments], environment)
    code: int = import_module(f"tests.bench.{name}").main(arguments[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
