"""XLSX out: one sheet with a row a card, all of it text, so that nothing is calculated and no date is guessed."""

import orjson
import structlog

from wall.apart import worked
from wall.errors import Unavailable
from wall.exchange import table
from wall.exchange.harmless import harmless
from wall.exchange.portion import Portion, gently
from wall.words import Words

WIDTHS = {"name": 36, "website": 36, "address": 44} | dict.fromkeys(("description", "english", "easy"), 60)
WIDTHS |= {"topics": 24} | dict.fromkeys(("meeting", "members", "offers", "seeks"), 32)
WIDTH = 18  # characters, of what is not named above
PATIENCE = 120.0  # seconds for one workbook
log = structlog.get_logger(__name__)


def order(portion: Portion, t: Words) -> bytes:
    """What the process that makes workbooks has to be told."""
    widths = [WIDTHS.get(name, WIDTH) for name in table.columns(portion)]
    # Nothing is put before what begins like a formula: the cell is text by type. Only an apostrophe that stands there
    # already would be taken for one that we put, when the table comes in again.
    rows = [[harmless(cell) if cell.startswith("'") else cell for cell in row] for row in table.rows(portion, t)]
    rows = [table.headers(portion, t), *rows]
    head = orjson.dumps({"title": portion.wall["title"], "widths": widths})[:-1]
    return head + b',"rows":[' + b",".join(map(orjson.dumps, gently(rows))) + b"]}"


async def made(said: bytes) -> bytes:
    """The workbook of an order, made in a process of its own: openpyxl takes seconds for a large wall.

    Raises:
        Unavailable: it took too long, or failed.
    """
    code, body = await worked("wall.exchange.workbook", said, PATIENCE)
    if code or not body:
        log.warning("xlsx.failed", code=code)
        raise Unavailable("the workbook was not made")
    return body
