"""Words in, valid content or named complaints out; and the views that draw a form with the words kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.requests import Request as AnyRequest

from wall.errors import BadRequest, Complaint
from wall.model.card import CONTENT, Card, CardContent
from wall.model.meeting_said import kept_as
from wall.model.wall import Wall
from wall.text import fold
from wall.web.schedule_form import ASKED, ScheduleFields, posted_schedule, schedule_fields
from wall.words import Words

CONTROLS = {
    "name": "text",
    "kind": "choice",
    "section": "choice",
    "description": "textarea",
    "topics": "choices",
    "districts": "choices",
    "meeting": "text",
    "schedule": "schedule",
    "website": "url",
    "members": "lines",
    "offers": "textarea",
    "seeks": "textarea",
    "newcomers": "choice",
    "english": "textarea",
    "easy": "textarea",
}
REQUIRED = ("name", "kind", "section")
MAX_FIELDS = 400
MAX_PART = 256 * 1024  # as much as a whole body: a field that is too long gets its complaint, not a bare refusal


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    hue: int | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as a template draws it."""

    name: str
    control: str
    label: str
    hint: str = ""
    value: str = ""
    values: Sequence[str] = ()
    complaint: str | None = None
    maxlength: int | None = None
    required: bool = False
    options: Sequence[Option] = ()


@dataclass(slots=True)
class Form:
    """A form as a template draws it."""

    fields: dict[str, FieldView]
    complaints: list[tuple[str, str]] = field(default_factory=list)
    key: str = ""
    work: int = 0  # zero bits of a proof of work; 0 asks for none
    base: int = 0
    conflicts: dict[str, tuple[str, str]] = field(default_factory=dict)
    problem: str | None = None
    status: int = 200
    twins: Sequence[Card] = ()
    schedule: ScheduleFields | None = None


async def read_form(request: AnyRequest[Any]) -> FormData:
    """The posted fields; at most MAX_FIELDS of them, and no files.

    Raises:
        BadRequest: there are more.
    """
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return await request.form(max_fields=MAX_FIELDS, max_files=0, max_part_size=MAX_PART)
    body = (await request.body()).decode("latin-1")  # whole and of limited length, so no parser that goes byte by byte
    try:
        return FormData(list[tuple[str, Any]](parse_qsl(body, keep_blank_values=True, max_num_fields=MAX_FIELDS)))
    except ValueError as error:
        raise BadRequest(f"a form that cannot be read: {error}") from None


def _text(value: Any) -> str:
    """A posted value without what no database stores: NUL, and surrogates that an odd charset smuggled in."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def texts_of(data: FormData, name: str) -> list[str]:
    """The posted values of a field."""
    return [_text(value) for key, value in data.multi_items() if key == name]


def text_of(data: FormData, name: str, longest: int = 2000) -> str:
    """A single posted value, or ''."""
    return next(iter(texts_of(data, name)), "")[:longest]


def card_words(data: FormData, wall: Wall) -> dict[str, Any]:
    """What was written into a card form, by field; nothing else that was posted counts."""
    posted: dict[str, list[str]] = {}
    for name, value in data.multi_items():
        posted.setdefault(name, []).append(_text(value))
    raw: dict[str, Any] = {}
    for name in CONTENT:
        control, values = CONTROLS[name], posted.get(name, [])
        if control == "schedule":
            if ASKED in posted:
                raw[name] = posted_schedule(posted, raw["meeting"])
        elif control == "lines":
            raw[name] = "\n".join(values).splitlines()
        elif name == "topics":
            raw[name] = _topics(values, wall.topics)
        elif control == "choices":
            raw[name] = values
        else:
            raw[name] = values[0][:100_000] if values else ""
    return raw


def _topics(values: list[str], known: Sequence[str]) -> list[str]:
    """Ticked topics as they are; freely written ones split at commas, semicolons and line ends."""
    found: list[str] = []
    for value in values:
        if value in known:
            found.append(value)
        else:
            found += value.replace(";", ",").replace("\n", ",").split(",")
    return found


def card_form(
    t: Words,
    wall: Wall,
    raw: Mapping[str, Any],
    complaints: Sequence[Complaint] = (),
    *,
    key: str = "",
    work: int = 0,
    base: int = 0,
    theirs: Mapping[str, Any] | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Form:
    """The card form with `raw` in it."""
    wrong = {c.field: t(f"complaint.{c.code}", **c.params) for c in complaints}
    fields = {name: _card_field(t, wall, name, raw.get(name), wrong.get(name)) for name in CONTENT}
    conflicts = {
        name: (shown(t, wall, name, value), shown(t, wall, name, raw.get(name)))
        for name, value in (theirs or {}).items()
        if name in CONTENT
    }
    schedule = schedule_fields(t, raw.get("schedule"), str(raw.get("meeting") or ""))
    return Form(fields, list(wrong.items()), key, work, base, conflicts, problem, status, schedule=schedule)


def maximum(name: str) -> int | None:
    """The most characters or items a field takes."""
    limits = (getattr(rule, "max_length", None) for rule in CardContent.model_fields[name].metadata)
    return next((limit for limit in limits if limit is not None), None)


def _card_field(t: Words, wall: Wall, name: str, raw: Any, complaint: str | None) -> FieldView:
    control = CONTROLS[name]
    raw = None if control == "schedule" else raw  # it has fields of its own
    values = [str(item) for item in raw] if isinstance(raw, list) else []
    value = ("\n" if control == "lines" else ", ").join(values) if values else ("" if raw is None else str(raw))
    options = _options(t, wall, name, values or [value])
    if name == "topics":
        value = ", ".join(item for item in values if item not in wall.topics)
    return FieldView(
        name=name,
        control=control,
        label=t(f"field.{name}.label"),
        hint=t(f"field.{name}.hint"),
        value="" if isinstance(raw, list) and not values else value,
        values=values,
        complaint=complaint,
        maxlength=None if control in ("choice", "choices", "lines", "schedule") else maximum(name),
        required=name in REQUIRED,
        options=options,
    )


def _options(t: Words, wall: Wall, name: str, chosen: list[str]) -> list[Option]:
    folded = {fold(value) for value in chosen}
    if name == "kind":
        return [Option(k.name, k.name, k.hue, fold(k.name) in folded) for k in wall.kinds]
    if name == "section":
        return [Option(s.id, s.name, None, s.id in chosen) for s in wall.sections]
    if name == "newcomers":
        return [Option(v, t(f"newcomers.{v}"), None, v in chosen) for v in ("yes", "ask", "no")]
    listed = {"topics": wall.topics, "districts": wall.districts}.get(name, [])
    return [Option(value, value, None, fold(value) in folded) for value in listed]


def shown(t: Words, wall: Wall, name: str, value: Any) -> str:
    """A value as a person reads it, for comparing two versions."""
    if name == "schedule":
        return kept_as(t, value)
    if name == "section":
        section = wall.section(str(value))
        return section.name if section else str(value or "")
    if value and f"{name}.{value}" in t:  # one of a few choices that the words name
        return t(f"{name}.{value}")
    if isinstance(value, list):
        return ", ".join(str(item["name"]) if isinstance(item, dict) else str(item) for item in value)
    return str(value if value is not None and value is not False else "")
