"""The process that makes a workbook: JSON on stdin, XLSX on stdout. It works for seconds where the walls live in ms."""

import json
import os
import sys
from io import BytesIO
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from wall.exchange.harmless import FORMULA  # nothing else of the house: this process has to start soon

FORBIDDEN = str.maketrans("[]:*?/\\", " " * 7)  # in the name of a sheet


def workbook(title: str, widths: list[int], rows: list[list[str]]) -> bytes:
    """One sheet of text under a styled first row that stays in sight. `widths` are characters, one a column."""
    book = Workbook(write_only=True)
    book.properties.title = book.properties.creator = title
    sheet = book.create_sheet(title.translate(FORBIDDEN).strip(" '")[:31] or "Wand")
    letters = [get_column_letter(number) for number in range(1, len(widths) + 1)]
    for letter, width in zip(letters, widths, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{letters[-1]}{len(rows)}"

    def styled(**styles: Any) -> Any:
        """The key of a style: setting it anew for every cell would take half of the time."""
        cell: Any = WriteOnlyCell(sheet, value="")
        for name, style in styles.items():
            setattr(cell, name, style)
        return cell._style

    top = Alignment(vertical="top", wrap_text=True)
    fill = PatternFill("solid", fgColor="333D55")
    head, plain = styled(alignment=top, font=Font(bold=True, color="FFFFFF"), fill=fill), styled(alignment=top)
    quoted = styled(alignment=top, quotePrefix=True)  # stays text when somebody edits it

    def cell(text: str, style: Any) -> Any:
        made: Any = WriteOnlyCell(sheet, value=text)
        made.data_type = "s"  # text, whatever it begins with
        made._style = quoted if FORMULA.match(text) else style
        return made

    for number, row in enumerate(rows):
        sheet.append([cell(text, plain if number else head) for text in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def main(given: BinaryIO, said: BinaryIO) -> None:
    said.write(workbook(**json.loads(given.read())))


if __name__ == "__main__":
    os.nice(10)  # the walls come first
    main(sys.stdin.buffer, sys.stdout.buffer)
