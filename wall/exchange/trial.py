"""The process that tries a table on a wall: an order and the packed table on stdin; a summary and the plan on stdout.

How many rows are done it says on stderr, a number a line.
"""

import os
import resource
import sys
import zlib
from collections.abc import Callable
from dataclasses import asdict

import orjson

from wall.errors import Invalid
from wall.exchange import columns
from wall.exchange.columns import refusals
from wall.exchange.plan import Choices, planned, summary
from wall.model.board import Board
from wall.model.card import BLANK, Card
from wall.model.types import built, now
from wall.model.wall import Wall

MEMORY = 1536 * 2**20  # bytes of address space
SECONDS = 900  # of CPU: 20,000 rows against a large wall


def main() -> None:
    os.nice(10)  # the walls come first
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(), _say))


def answer(said: bytes, come: Callable[[int], None]) -> bytes:
    """A line that sums up what bringing in a table would do, and the plan, packed; or a line of what is wrong."""
    head, _, packed = said.partition(b"\n")
    order = orjson.loads(head)
    wall = Wall.model_validate(order["wall"])
    moment = now()
    blank = BLANK | {"wall_id": 0, "section": "", "kind": "", "position": "", "revision": 0, "pinned_at_revision": 0}
    blank |= {"created_at": moment, "changed_at": moment}
    board = Board(wall, (built(Card, blank | known) for known in order["cards"]))
    choices = Choices(**order["choices"])
    try:
        plan = planned(columns.read(zlib.decompress(packed)), choices, wall, board, come)
    except Invalid as error:
        return orjson.dumps({"refused": refusals(error.complaints)}) + b"\n"
    rows = [asdict(row) for row in plan.rows if not row.complaints]
    body = orjson.dumps({"rows": rows, "settings": plan.settings})
    return orjson.dumps(summary(plan)) + b"\n" + zlib.compress(body, 6)


def _say(rows: int) -> None:
    sys.stderr.write(f"{rows}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
