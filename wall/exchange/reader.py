"""The process that reads a stranger's file: bytes on stdin; on stdout a line about it, and the table, packed.

A file that needs more memory or time than this takes the process with it, and nothing else.
"""

import os
import resource
import sys
import zlib

import orjson

from wall.errors import Invalid
from wall.exchange.columns import refusals
from wall.exchange.recognise import recognised

MEMORY = 1536 * 2**20  # bytes of address space
SECONDS = 60  # of CPU


def answer(content: bytes) -> bytes:
    """A line about the table in a file, and the table, packed; or a line of what is wrong with it."""
    try:
        found = recognised(content)
    except Invalid as error:
        return orjson.dumps({"refused": refusals(error.complaints)}) + b"\n"
    return orjson.dumps(found.head) + b"\n" + zlib.compress(found.dump(), 6)


def main() -> None:
    os.nice(5)  # the walls come first
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
