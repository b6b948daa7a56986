"""XLSX in: the first sheet of a workbook that holds a table, as the text of its cells."""

import datetime
import io
import re
import warnings
from collections.abc import Iterator
from typing import Any

from openpyxl import load_workbook

from wall.exchange.columns import MAX_COLUMNS, Table, suggested, table
from wall.exchange.csv import HEAD, MAX_ROWS
from wall.exchange.unpack import members, opened, refused

DOCTYPE = re.compile(rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E|E\x00?N\x00?T\x00?I\x00?T\x00?Y)", re.I)


def read(content: bytes) -> Table:
    """The table of a workbook. Formulas count as the value that was last calculated, dates as people write them.

    Raises:
        Invalid: it is no workbook, holds no table, or would unpack to more than we read.
    """
    parts = members(opened(content), lambda name: name.endswith((".xml", ".rels")))
    if any(DOCTYPE.search(body) for body in parts.values()):
        raise refused()  # no spreadsheet program writes one: it would only be there to let entities grow
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            found = [(sheet.title, list(_rows(sheet))) for sheet in book.worksheets[:8]]
    except Exception:  # whatever a damaged workbook makes the library stumble over
        raise refused() from None
    for title, rows in found:
        for at, (_, cells) in enumerate(rows[:HEAD]):
            if "name" in suggested(cells):
                return table("xlsx", cells, rows[at + 1 :], title=title)
    title, rows = next(((title, rows) for title, rows in found if len(rows) > 1), ("", []))
    return table("xlsx", rows[0][1] if rows else [], rows[1:], title=title)


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with their numbers."""
    for number, values in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1), 1):
        cells = [_text(value) for value in values]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            yield number, cells
        if number > 5 * MAX_ROWS:
            raise refused("too_many", max=MAX_ROWS, length=number)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        whole = (value.hour, value.minute) == (0, 0)
        return f"{value:%d.%m.%Y}" if whole else f"{value:%d.%m.%Y, %H:%M}"
    if isinstance(value, datetime.date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    return str(value)
