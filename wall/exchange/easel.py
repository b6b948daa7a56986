"""The process that draws a poster: its words as JSON on stdin, PNG on stdout. Typst sets it, in a font it brings."""

import os
import resource
import sys
from importlib.resources import files
from typing import BinaryIO

import typst

SECONDS = 20  # of CPU


def poster(said: str) -> bytes:
    """1200 × 630 pixels. The words come in as data, never as Typst's own language."""
    layout = (files("wall.exchange") / "sheets" / "poster.typ").read_bytes()
    drawn = typst.compile(layout, format="png", ppi=72.0, sys_inputs={"said": said})
    return drawn if isinstance(drawn, bytes) else b""


def main(given: BinaryIO, out: BinaryIO) -> None:
    out.write(poster(given.read().decode()))


if __name__ == "__main__":
    os.nice(10)  # the walls come first
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    main(sys.stdin.buffer, sys.stdout.buffer)
