"""The process in which Typst sets one document or picture: reads an order from stdin, writes PDF or PNG to stdout.

Typst keeps what it has worked out in memory for the next time; here it goes with the process.
"""

import json
import os
import re
import resource
import sys
import unicodedata
from datetime import datetime
from importlib.resources import files
from typing import Any

import segno
import typst

MEMORY = 3 * 2**30  # bytes of address space: 1,500 cards take up to 0.75 × 10⁹ of memory
SECONDS = 80  # of CPU: 1,500 cards took 20

TRIES = 2  # to do without signs that no font has
UNSEEN = re.compile(r'the text `"(.*?)"` could not be displayed')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
SIGNS = ("So", "Sk", "Cf", "Me", "Cn")


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


def _paper(source: bytes, said: str, moment: datetime) -> bytes | list[bytes] | None:
    """PDF/UA-1, without the pictures and signs that no font here has. A document with other letters that none has is
    tagged all the same, and has boxes in their place: the standard would rather have no document."""
    compiler, unseen = typst.Compiler(), dict[int, None]()
    for _ in range(TRIES):
        inputs = {"data": said.translate(unseen)}
        try:
            return compiler.compile(source, format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"], timestamp=moment)
        except typst.TypstError as error:
            found = _unseen(error.diagnostic)
        if not found.keys() - unseen.keys():
            break
        unseen |= found
    return compiler.compile(source, format="pdf", sys_inputs={"data": said}, timestamp=moment)


def _unseen(diagnostic: str) -> dict[int, None]:
    """The pictures and signs that Typst complains about; letters are none, a box says more than a hole in a name."""
    texts = "".join(UNSEEN.findall(diagnostic))
    signs = ESCAPED.sub(lambda found: chr(int(found[1], 16)), texts)
    return {ord(sign): None for sign in signs if unicodedata.category(sign) in SIGNS or "\ufe00" <= sign <= "\ufe0f"}


def main() -> None:
    """Everything people wrote is data, never part of the layout's source: it cannot be read as Typst's own code."""
    os.nice(10)  # the walls come first
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    order = json.load(sys.stdin.buffer)
    layout, data, moment = order["layout"], order["data"], order.get("moment")
    if moment is not None:
        data["codes"] = {url: _code(url) for url in _addresses(data)}
    source, said = _layout(layout), json.dumps(data, ensure_ascii=False)
    if moment is None:  # a picture: one pixel a point
        made = typst.Compiler(source, sys_inputs={"data": said}).compile(format="png", ppi=72.0)
    else:
        made = _paper(source, said, datetime.fromisoformat(moment))
    assert isinstance(made, bytes), "one document or picture is asked for"
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
