"""Cells that a spreadsheet would calculate: told by how they begin, made harmless, and meant again."""

import re

# The wide signs count as the others where Japanese is typed.
FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def harmless(cell: str) -> str:
    """The cell as no spreadsheet calculates it: with an apostrophe before it where it might."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def meant(cell: str) -> str:
    """What a cell said before it was made harmless."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
