"""The wall's phase: freezing it with one tap, planning, and publishing it after a look at what is still open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from starlette.responses import JSONResponse, Response

from wall.actions import phase as phases
from wall.errors import Complaint, Conflict, Invalid, NoImprint, NotFound
from wall.live.room import Room
from wall.model.phase import PLANNED
from wall.model.types import ZONE, now
from wall.model.wall import Phase
from wall.store import contacts, plans
from wall.web.forms import read_form, text_of
from wall.web.guard import Viewer, enter_with
from wall.web.house import House, Request, house_of
from wall.web.pages import local, page, see_other
from wall.web.pin import words_for
from wall.web.problems import wants_json

NAMED = 6  # cards that a line of the checklist names
ENTERS: dict[str, Phase] = {"freeze": "frozen", "draft": "draft", "event": "event", "archive": "archived"}
LEGAL = {"impressum": "imprint", "datenschutz": "privacy", "barrierefreiheit": ""}  # kind -> the wall's own field


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist: what was looked at, how much is open, and where it is mended."""

    name: str
    open: int
    mend: str
    cards: Sequence[tuple[str, str]] = ()
    blocks: bool = False


async def show(request: Request) -> Response:
    """GET /w/{wall}/phase — where the wall stands, where it may go, and what is planned."""
    room, viewer = await enter_with(request, request.path_params["wall"], "publish")
    return await _show(request, room, viewer, said=request.query_params.get("done", ""))


async def _show(
    request: Request,
    room: Room,
    viewer: Viewer,
    *,
    said: str = "",
    written: dict[str, tuple[str, str]] | None = None,
    wrong: Sequence[Complaint] = (),
    problem: str = "",
    status: int = 200,
) -> Response:
    house, t = house_of(request), words_for(request, room)
    async with house.database.read() as connection:
        known = await plans.of_wall(connection, room.wall_id)
    local_times = {phase: at.astimezone(ZONE) for phase, at in known.items()}
    shown = {phase: (f"{at:%Y-%m-%d}", f"{at:%H:%M}") for phase, at in local_times.items()}
    return page(
        request,
        "phase.html",
        viewer=viewer,
        wall=room.board.wall,
        status=status,
        said=t(f"phase_done.{said}") if f"phase_done.{said}" in t else "",
        plans=known,
        overdue=[phase for phase, at in known.items() if at <= now()],
        written={phase: (written or shown).get(phase, ("", "")) for phase in PLANNED},
        wrong={complaint.field: t(f"complaint.{complaint.code}") for complaint in wrong},
        problem=problem,
    )


async def change(request: Request) -> Response:
    """POST /w/{wall}/phase — freeze, thaw, begin the event, back to a draft, or archive."""
    room, viewer = await enter_with(request, request.path_params["wall"], "publish")
    house, wall, form = house_of(request), room.board.wall, await read_form(request)
    verb, t = text_of(form, "to"), words_for(request, room)
    if verb not in (*ENTERS, "thaw"):
        raise NotFound(f"no phase {verb!r}")
    try:
        if verb == "thaw":
            revision = await phases.thaw(house.ledger, wall, viewer.actor)
        else:
            revision = await phases.enter(house.ledger, wall, ENTERS[verb], viewer.actor)
    except Conflict as error:
        if wants_json(request):
            raise
        said = t("phase_page.conflict", phase=t(f"phase.{error.theirs['phase']}"))
        return await _show(request, room, viewer, problem=said, status=error.status)
    if wants_json(request):
        revisions = [] if revision is None else [revision]
        return JSONResponse({"revisions": revisions, "missed": 0, "said": t(f"phase_done.{verb}")})
    back = local(text_of(form, "back"), f"/w/{wall.slug}/phase")
    return see_other(f"{back}?done={verb}" if back == f"/w/{wall.slug}/phase" else back)


async def plan(request: Request) -> Response:
    """POST /w/{wall}/phase/plan — when the wall is frozen or published by itself; empty fields: not at all."""
    room, viewer = await enter_with(request, request.path_params["wall"], "publish")
    form, wall = await read_form(request), room.board.wall
    written: dict[str, tuple[str, str]] = {
        name: (text_of(form, f"{name}_on", 20), text_of(form, f"{name}_at", 20)) for name in PLANNED
    }
    try:
        times = {name: _moment(name, *given) for name, given in written.items()}
        await phases.plan(house_of(request).ledger, wall, times, viewer.actor)
    except Invalid as error:
        return await _show(request, room, viewer, written=written, wrong=error.complaints, status=error.status)
    return see_other(f"/w/{wall.slug}/phase?done=plan")


def _moment(name: str, day: str, hour: str) -> datetime | None:
    """A day and an hour by the clock on the wall; None where both are empty."""
    if not day and not hour:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(hour).replace(tzinfo=None), ZONE)
    except ValueError:
        raise Invalid([Complaint(name, "not_a_time")]) from None


async def checklist(request: Request) -> Response:
    """GET /w/{wall}/publish — what is still open before everybody sees it."""
    room, viewer = await enter_with(request, request.path_params["wall"], "publish")
    return await _checklist(request, room, viewer)


async def _checklist(request: Request, room: Room, viewer: Viewer, status: int = 200) -> Response:
    lines = await _lines(house_of(request), room)
    return page(request, "publish.html", viewer=viewer, wall=room.board.wall, status=status, lines=lines)


async def _lines(house: House, room: Room) -> list[Line]:
    board, here = room.board, f"/w/{room.board.wall.slug}"
    async with house.database.read() as connection:
        waiting = set(await contacts.waiting(connection, room.wall_id))
    living = [card for card in board.cards.values() if card.status in ("pending", "approved")]
    unasked = [(card.name, f"{here}/c/{card.id}/contact") for card in living if card.id in waiting]
    kinds = {kind.name for kind in board.wall.kinds}
    sections = {section.id for section in board.wall.sections}
    lost = [
        (card.name, f"{here}/c/{card.id}/edit")
        for card in living
        if card.status == "approved" and (card.kind not in kinds or card.section not in sections)
    ]
    lines = [
        Line("pending", board.waiting(), f"{here}/queue"),
        Line("contacts", len(unasked), "", unasked[:NAMED]),
        Line("lost", len(lost), "", lost[:NAMED]),
        Line("cards", int(not board.count()), f"{here}/pin"),
    ]
    for kind, field in LEGAL.items():
        own = field and board.wall.settings[field]
        mend = f"{here}/settings#{field}" if field else f"{here}/{kind}"
        missing = not own and not house.settings.legal_text(kind)
        lines.append(Line(kind, int(missing), mend, blocks=kind == "impressum"))
    return lines


async def publish(request: Request) -> Response:
    """POST /w/{wall}/publish"""
    room, viewer = await enter_with(request, request.path_params["wall"], "publish")
    house, wall = house_of(request), room.board.wall
    imprint = bool(house.settings.legal_text("impressum"))
    try:
        await phases.enter(house.ledger, wall, "open", viewer.actor, imprint=imprint)
    except NoImprint as error:
        return await _checklist(request, room, viewer, error.status)
    return see_other(f"/w/{wall.slug}/phase?done=publish")
