"""What goes on while somebody watches: a file tried on the wall, brought in as one deed, and taken back as one."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import structlog
from starlette.datastructures import FormData

from wall.actions.bring import Brought, Line, bring
from wall.actions.page import Entry
from wall.actions.undo import undo
from wall.errors import Conflict, Invalid, Unavailable
from wall.exchange.columns import refusals
from wall.exchange.intake import unpacked
from wall.exchange.plan import Choices
from wall.live.room import Room
from wall.model.upload import Upload
from wall.store import uploads
from wall.web.forms import text_of
from wall.web.guard import Viewer
from wall.web.house import House

BEAT = 2.0  # seconds between two words of how far it has come
VERBS = ("skip", "pin", "supplement")
log = structlog.get_logger(__name__)


async def step(house: House, upload: Upload, **values: Any) -> None:
    """Go on, unless somebody else has meanwhile.

    Raises:
        Conflict: somebody has.
    """
    seen = upload.beat_at
    if not await house.database.write(lambda c: uploads.step(c, upload.id, [upload.stage], seen, **values)):
        raise Conflict({"stage": upload.stage})


async def check(house: House, room: Room, upload: Upload, choices: Choices) -> None:
    """Begin to try the table on the wall with these choices.

    Raises:
        Conflict: somebody went on with this upload meanwhile.
    """
    await step(house, upload, stage="checking", choices=asdict(choices), come=0, summary={}, plan=b"")
    house.intake.start(_checking(house, room, upload, choices))


async def _checking(house: House, room: Room, upload: Upload, choices: Choices) -> None:
    """Try the table on the wall, and say now and then how far that is."""
    come = 0

    def hear(rows: int) -> None:
        nonlocal come
        come = rows

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT)
            with contextlib.suppress(Unavailable):  # the next one will do
                await house.database.write(lambda c: uploads.step(c, upload.id, ["checking"], come=come))

    beats = asyncio.create_task(beat())
    try:
        async with house.database.read() as connection:
            content = await uploads.content(connection, upload.id)
        summary, plan = await house.intake.try_on(room.board, content, choices, hear)
        values: dict[str, Any] = {"stage": "checked", "summary": summary, "plan": plan}
    except Invalid as error:
        values = {"stage": "read", "summary": {"refused": refusals(error.complaints)}}
    except Exception:
        log.exception("import.check_failed")
        values = {"stage": "read", "summary": {"refused": [("file", "failed", {})]}}
    finally:
        beats.cancel()
    await house.database.write(lambda c: uploads.step(c, upload.id, ["checking"], **values))


async def bring_in(house: House, room: Room, viewer: Viewer, upload: Upload, data: FormData) -> None:
    """Begin to pin what was checked; the form says what becomes of likely duplicates.

    Raises:
        Conflict: somebody went on with this upload meanwhile.
    """
    verbs = {line: text_of(data, f"twin-{line}") for line, *_ in upload.summary["twins"]}
    otherwise = text_of(data, "twins")
    await step(house, upload, stage="bringing")
    house.intake.start(_bringing(house, room, viewer, upload, verbs, otherwise))


async def _bringing(
    house: House, room: Room, viewer: Viewer, upload: Upload, verbs: Mapping[int, str], otherwise: str
) -> None:
    """Bring in what was chosen; the report is written in the transaction that pins the cards."""

    async def write_down(entry: Entry, done: Brought) -> None:
        report = asdict(done) | {"skipped": skipped}
        values: dict[str, Any] = {"stage": "done", "report": report, "content": b"", "plan": b""}
        if not await uploads.step(entry.connection, upload.id, ["bringing"], **values):
            raise Conflict({"stage": "done"})

    try:
        async with house.database.read() as connection:
            plan = unpacked(await uploads.plan(connection, upload.id))
        lines = [line for row in plan["rows"] if (line := _line(row, verbs, otherwise)) is not None]
        skipped = len(plan["rows"]) - len(lines)
        wall = room.board.wall
        await bring(house.ledger, wall, lines, plan["settings"], viewer.actor, once=write_down)
        return
    except Invalid as error:
        wrong = refusals(error.complaints)
    except Conflict:
        return
    except Exception:
        log.exception("import.failed")
        wrong = [("file", "failed", {})]
    summary = upload.summary | {"refused": wrong}
    await house.database.write(lambda c: uploads.step(c, upload.id, ["bringing"], stage="checked", summary=summary))


def _line(row: Mapping[str, Any], verbs: Mapping[int, str], otherwise: str) -> Line | None:
    """What becomes of a row of the plan; None: it is skipped."""
    verb = "pin"
    if row["twins"] or row["again"]:
        verb = verbs.get(row["line"], "")
        verb = verb if verb in VERBS else otherwise if otherwise in VERBS else "skip"
        if verb == "supplement" and not row["twins"]:
            verb = "skip"  # it repeats a row of the file, which says it already
    if verb == "skip":
        return None
    if verb == "supplement":
        return Line(row["line"], row["raw"], "supplement", row["twins"][0][0], row["waits"])
    return Line(row["line"], row["raw"], waits=row["waits"])


async def take_back(house: House, room: Room, viewer: Viewer, upload: Upload) -> None:
    """Take back the whole import, once; cards that something was done about since stay as they are.

    Raises:
        Conflict: a second click was faster.
    """
    first, last = upload.report["first"], upload.report["last"]
    if not first or upload.report.get("undone") is not None:
        return

    async def write_down(entry: Entry) -> None:
        undone = len(entry.changes)
        report = upload.report | {"undone": undone, "stays": last - first + 1 - undone}
        if not await uploads.step(entry.connection, upload.id, ["done"], upload.beat_at, report=report):
            raise Conflict({"stage": "done"})

    await undo(
        *(house.ledger, room.board.wall, range(first, last + 1), viewer.actor), what_stands=True, once=write_down
    )
