"""The process in which Typst sets one document or picture: reads an order from stdin, writes PDF or PNG to stdout.

Typst keeps what it has worked out in memory for the next time; here it goes with the process.
"""

import json
import os
import resource
import sys
from datetime import datetime
from importlib.resources import files
from typing import Any

import segno
import typst

MEMORY = 3 * 2**30  # bytes of address space: 1,500 cards take up to 0.75 × 10⁹ of memory
SECONDS = 80  # of CPU: 1,500 cards took 20


def _layout(name: str) -> bytes:
    """A layout with what it shares with the others in its place, so that Typst need read no file."""
    folder = files("wall.exchange") / "sheets"
    common = (folder / "common.typ").read_text("utf-8")
    return (folder / name).read_text("utf-8").replace('#import "common.typ": *\n', common).encode()


def _addresses(data: dict[str, Any]) -> set[str]:
    """Whatever gets a QR code: the wall and every card. Drawing one takes a millisecond, so it is done here."""
    cards = [*data.get("cards", ()), *(card for section in data.get("sections", ()) for card in section["cards"])]
    return {data["url"], *(card["url"] for card in cards)}


def _code(url: str) -> str:
    return segno.make(url, error="m", boost_error=False).svg_inline(border=2, omitsize=True)


def main() -> None:
    """Everything people wrote is data, never part of the layout's source: it cannot be read as Typst's own code."""
    os.nice(10)  # the walls come first
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    order = json.load(sys.stdin.buffer)
    layout, data, moment = order["layout"], order["data"], order.get("moment")
    if moment is not None:
        data["codes"] = {url: _code(url) for url in _addresses(data)}
    compiler = typst.Compiler(_layout(layout), sys_inputs={"data": json.dumps(data)})
    if moment is None:  # a picture: one pixel a point
        made = compiler.compile(format="png", ppi=72.0)
    else:
        made = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=datetime.fromisoformat(moment))
    assert isinstance(made, bytes), "one document or picture is asked for"
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
