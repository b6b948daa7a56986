"""Bringing in a file: sent, its columns matched, tried on the wall, shown, done at once, and undone at once."""

from collections.abc import Mapping
from dataclasses import asdict
from secrets import token_urlsafe
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from wall.errors import Complaint, Conflict, Invalid, NotFound, Unavailable, WallError
from wall.exchange.csv import MAX_BYTES
from wall.exchange.plan import Choices
from wall.exchange.recognise import ACCEPTED
from wall.live.room import Room
from wall.model.card import CONTENT
from wall.model.types import now
from wall.model.upload import Upload
from wall.store import uploads
from wall.web.bringing import bring_in, check, step, take_back
from wall.web.forms import read_form, text_of
from wall.web.guard import Viewer, enter_with, spend
from wall.web.house import Request, house_of
from wall.web.pages import page, see_other
from wall.web.pin import refused, words_for
from wall.web.upload import read_upload
from wall.words import Words

UNKNOWN = ("add", "default", "refuse")


async def form(request: Request) -> Response:
    """GET /w/{wall}/import"""
    room, viewer = await enter_with(request, request.path_params["wall"], "configure")
    return _sending(request, room, viewer)


def _sending(request: Request, room: Room, viewer: Viewer, error: WallError | None = None) -> Response:
    t = words_for(request, room)
    return page(
        request,
        "import.html",
        viewer=viewer,
        wall=room.board.wall,
        status=200 if error is None else error.status,
        accepted=",".join(ACCEPTED),
        most=MAX_BYTES // 1_000_000,
        gone="gone" in request.query_params,
        problem=None if error is None else _problem(t, error),
    )


def _problem(t: Words, error: WallError) -> str:
    if not isinstance(error, Invalid):
        return refused(t, error)
    return " ".join(_complaint(t, c.field, c.code, c.params) for c in error.complaints[:3])


def _complaint(t: Words, field: str, code: str, params: Mapping[str, Any]) -> str:
    """What is wrong, in words of this page where there are any for it."""
    for key in (f"import_wrong.{field}_{code}", f"import_wrong.{code}"):
        if field not in CONTENT and key in t:
            return t(key, **params)
    said = t(f"complaint.{code}", **params)
    label = f"field.{field}.label"
    return f"{t(label)} {said}" if label in t else said


async def send(request: Request) -> Response:
    """POST /w/{wall}/import"""
    room, viewer = await enter_with(request, request.path_params["wall"], "configure")
    house = house_of(request)
    _, body = await read_upload(request, "file")
    try:
        if not body:
            raise Invalid([Complaint("file", "missing")])
        spend(request, "import")
        about, content = await house.intake.read(body)
        moment = now()
        upload = Upload(
            id=token_urlsafe(16),
            wall_id=room.wall_id,
            person_id=viewer.actor.person_id or 0,
            stage="read",
            come=0,
            made_at=moment,
            beat_at=moment,
            about=about,
        )
        await house.database.write(lambda connection: uploads.keep(connection, upload, content))
    except (Invalid, Unavailable) as error:
        return _sending(request, room, viewer, error)
    return see_other(_here(room, upload))


def _here(room: Room, upload: Upload) -> str:
    return f"/w/{room.board.wall.slug}/import/{upload.id}"


async def _found(request: Request) -> tuple[Room, Viewer, Upload]:
    room, viewer = await enter_with(request, request.path_params["wall"], "configure")
    async with house_of(request).database.read() as connection:
        name = request.path_params["upload"]
        return room, viewer, await uploads.find(connection, room.wall_id, name, viewer.actor.person_id)


async def _begin_again(request: Request) -> Response:
    """To the first step: what was sent is not kept any more, or is not this person's."""
    room, _ = await enter_with(request, request.path_params["wall"], "configure")
    return see_other(f"/w/{room.board.wall.slug}/import?gone=1")


async def show(request: Request) -> Response:
    """GET /w/{wall}/import/{upload} — the page of the step it is at."""
    try:
        room, viewer, upload = await _found(request)
    except NotFound:
        return await _begin_again(request)
    return _drawn(request, room, viewer, upload)


def _drawn(request: Request, room: Room, viewer: Viewer, upload: Upload, error: WallError | None = None) -> Response:
    t, stage, wall = words_for(request, room), upload.stands_at(now()), room.board.wall
    broken_off = stage != upload.stage
    problem = t("import.broken_off") if broken_off else _problem(t, error) if error else ""
    if wrong := upload.summary.get("refused"):
        problem = problem or " ".join(_complaint(t, *complaint) for complaint in wrong)
    return page(
        request,
        f"import_{stage}.html" if stage not in ("checking", "bringing") else "import_waiting.html",
        viewer=viewer,
        wall=wall,
        status=200 if error is None else error.status,
        here=_here(room, upload),
        upload=upload,
        stage=stage,
        problem=problem,
        choices=upload.choices or _guessed(upload, room),
        fields=CONTENT,
        complaint=lambda field, code, params: _complaint(t, field, code, params),
        sections={section.id: section.name for section in wall.sections},
    )


def _guessed(upload: Upload, room: Room) -> dict[str, Any]:
    wall = room.board.wall
    kind = wall.kinds[-1].name
    choices = Choices(tuple(upload.about["suggested"]), wall.sections[0].id, kind)
    return asdict(choices)


def _chosen(data: FormData, upload: Upload, room: Room) -> Choices:
    """What was said about the columns.

    Raises:
        Invalid: no column says how the networks are called.
    """
    wall = room.board.wall
    given = [text_of(data, f"column-{at}", 40) for at in range(len(upload.about["headers"]))]
    targets = tuple(target if target in CONTENT else "" for target in given)
    if "name" not in targets:
        raise Invalid([Complaint("columns", "missing")])
    section, kind, unknown = (text_of(data, name, 120) for name in ("section", "kind", "unknown"))
    return Choices(
        targets,
        section if wall.section(section) else wall.sections[0].id,
        kind if kind in {known.name for known in wall.kinds} else wall.kinds[-1].name,
        unknown if unknown in UNKNOWN else "add",
        bool(text_of(data, "shorten")),
    )


async def go_on(request: Request) -> Response:
    """POST /w/{wall}/import/{upload} — match the columns, bring it in, undo that, or forget the file."""
    try:
        room, viewer, upload = await _found(request)
    except NotFound:
        return await _begin_again(request)
    house, data = house_of(request), await read_form(request)
    do, stage = text_of(data, "do"), upload.stands_at(now())
    try:
        if do == "forget" and stage != "bringing":
            await house.database.write(lambda connection: uploads.drop(connection, upload.id))
            return see_other(f"/w/{room.board.wall.slug}/import")
        if do == "columns" and stage in ("read", "checked"):
            await check(house, room, upload, _chosen(data, upload, room))
        elif do == "back" and stage == "checked":
            await step(house, upload, stage="read")
        elif do == "bring" and stage == "checked":
            await bring_in(house, room, viewer, upload, data)
        elif do == "undo" and stage == "done":
            await take_back(house, room, viewer, upload)
    except Conflict:
        pass  # somebody was faster, perhaps this person by a second click: the page shows how it stands
    except (Invalid, Unavailable) as error:
        return _drawn(request, room, viewer, upload, error)
    return see_other(_here(room, upload))
