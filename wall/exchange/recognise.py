"""Which of the formats a file is, by what is in it and not by its name."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

import orjson

from wall.errors import Complaint, Invalid
from wall.exchange import csv, digipad, json, markdown, padlet
from wall.exchange.columns import Table, suggested, table
from wall.exchange.harmless import harmless
from wall.exchange.unpack import members, opened, refused
from wall.model.card import CONTENT

OURS = re.compile(r"# ")
ACCEPTED = (".csv", ".tsv", ".txt", ".xlsx", ".zip", ".md", ".json")


def recognised(content: bytes) -> Table:
    """The table in a file of any of the formats.

    Raises:
        Invalid: it is none of them, or cannot be read.
    """
    if len(content) > csv.MAX_BYTES:
        raise Invalid([Complaint("file", "too_long", {"max": csv.MAX_BYTES, "length": len(content)})])
    if content.startswith(b"PK"):
        return _packed(content)
    if content.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")):
        raise refused()
    text = csv.decode(content)
    if text.lstrip("\ufeff \r\n\t").startswith("{"):
        return _document(text.strip("\ufeff \r\n\t").encode())
    if padlet.is_markdown(text):
        return padlet.read_markdown(text)
    if OURS.match(text.lstrip("\ufeff \r\n")) and re.search(r"^### ", text, re.MULTILINE):
        sheet = markdown.read(content)
        return _of_ours("markdown", sheet.rows, sheet.lines)
    return _table(content, text)


def _table(content: bytes, text: str) -> Table:
    numbered = csv.parted(text)
    top = list(islice(numbered, csv.HEAD)) or [(1, [])]
    at = next((at for at, (_, cells) in enumerate(top) if "name" in suggested(cells)), 0)
    headers = top[at][1]
    if padlet.is_table(headers):
        return padlet.read_table(content)
    return table("csv", headers, chain(top[at + 1 :], numbered))


def _document(body: bytes) -> Table:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise refused() from None
    if digipad.is_pad(said):
        return digipad.read(body)
    try:
        rows = json.read(body).rows
    except Invalid:
        raise refused() from None
    return _of_ours("json", rows, range(1, len(rows) + 1))


def _of_ours(kind: str, rows: Sequence[Mapping[str, Any]], lines: Sequence[int]) -> Table:
    """Cards that we have written ourselves, each field a column; what holds several things, one a line."""
    cells = [[_cell(row.get(name)) for name in CONTENT] for row in rows]
    return table(kind, CONTENT, zip(lines, cells, strict=True), targets=CONTENT, as_it_is=True)


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    if isinstance(value, list):
        value = "".join(f"{item}\n" for item in value)  # the line's end tells one item with a semicolon from two
    text = "" if value is None else str(value)
    return harmless(text) if text.startswith("'") else text  # else it would be taken for one that we put there


def _lies_near(ends: str, name: str) -> bool:
    """Whether a file of an archive has this ending, and not too many folders around it."""
    return name.lower().endswith(ends) and name.count("/") < 3


def _packed(content: bytes) -> Table:
    archive = opened(content)
    names = archive.namelist()
    if "[Content_Types].xml" in names:
        from wall.exchange import spreadsheet  # its library takes 20 MB: only the process that reads workbooks has it

        return spreadsheet.read(content)
    for ends in (json.DOCUMENT, digipad.DOCUMENT, ".csv", ".md"):
        found = members(archive, partial(_lies_near, ends))
        for name in sorted(found, key=lambda name: (name.count("/"), name)):
            if not found[name].startswith(b"PK"):  # an archive in an archive may hold itself
                return recognised(found[name])
    raise refused()
