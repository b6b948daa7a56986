"""The wall's settings, for those who lead it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, get_args

from starlette.datastructures import FormData
from starlette.responses import Response

from wall.actions.configure import configure
from wall.errors import Complaint, Invalid, Unavailable
from wall.model.wall import Moderation, Wall, WallSettings, sections_named
from wall.text import clean, fold
from wall.web.forms import FieldView, Form, Option, read_form, text_of
from wall.web.guard import enter_with
from wall.web.house import Request, house_of
from wall.web.pages import page, see_other
from wall.web.pin import refused, words_for
from wall.words import LANGUAGES, Words, words

CONTROLS = {
    "title": "text",
    "intro": "textarea",
    "place": "text",
    "held_on": "date",
    "language": "choice",
    "address": "choice",
    "moderation": "choice",
    "listed": "choice",
    "embed_origins": "lines",
    "accent": "choice",
    "sections": "lines",
    "kinds": "lines",
    "topics": "lines",
    "districts": "lines",
    "contact": "text",
    "contact_months": "number",
    "rejected_days": "number",
    "confirm_months": "number",
    "lapse_months": "number",
    "credits": "textarea",
    "imprint": "textarea",
    "privacy": "textarea",
}
CHOICES: dict[str, tuple[str, ...]] = {
    "language": LANGUAGES,
    "address": ("sie", "ihr"),
    "moderation": get_args(Moderation),
    "listed": ("1", "0"),
    "accent": ("30", "60", "90", "150", "200", "260", "310", "350"),
}


HUES = (30, 50, 60, 70, 90, 130, 150, 170, 200, 210, 250, 260, 270, 310, 350)  # that have a name: accent.<hue>


def written(t: Words, wall: Wall) -> dict[str, str]:
    """The settings as they stand in the form's fields."""
    shown = {name: str(value) for name, value in wall.settings.items() if isinstance(value, str | int)}
    shown["held_on"] = wall.held_on.isoformat() if wall.held_on else ""
    shown["listed"] = "1" if wall.listed else "0"
    shown["sections"] = "\n".join(section.name for section in wall.sections)
    shown["kinds"] = "\n".join(f"{kind.name}; {t(f'accent.{_named(kind.hue)}')}" for kind in wall.kinds)
    shown |= {name: "\n".join(getattr(wall, name)) for name in ("topics", "districts", "embed_origins")}
    return shown


def read(data: FormData, wall: Wall) -> tuple[dict[str, str], dict[str, Any], list[Complaint]]:
    """What was written, what it means, and what of it means nothing."""
    raw = {name: text_of(data, name, 40_000) for name in CONTROLS}
    wrong: list[Complaint] = []
    meant: dict[str, Any] = {n: v for n, v in raw.items() if CONTROLS[n] in ("text", "textarea", "choice")}
    lines = {n: _lines(v) for n, v in raw.items() if CONTROLS[n] == "lines"}
    meant |= {"listed": raw["listed"] == "1", "topics": lines["topics"], "districts": lines["districts"]}
    meant["embed_origins"] = raw["embed_origins"].split()
    meant["sections"] = [section.model_dump() for section in sections_named(lines["sections"], wall.sections)]
    meant["kinds"] = [_kind(line, wall, wrong) for line in lines["kinds"]]
    meant["accent"] = _hue(raw["accent"], wall.accent)
    for name, value in raw.items():
        if CONTROLS[name] == "number" and value.isdecimal() and len(value) < 6:
            meant[name] = int(value)
        elif CONTROLS[name] == "number" and value:
            wrong.append(Complaint(name, "not_in_range"))
    try:
        meant["held_on"] = date.fromisoformat(raw["held_on"]) if raw["held_on"] else None
    except ValueError:
        wrong.append(Complaint("held_on", "not_a_date"))
    return raw, meant, wrong


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line for part in text.splitlines() if (line := clean(part)[:60])))


def _kind(line: str, wall: Wall, wrong: list[Complaint]) -> dict[str, Any]:
    """A kind and its colour, by its name in any language or by number; unnamed or named as before, it stays exactly."""
    name, _, said = (part.strip() for part in line.partition(";"))
    present = wall.hue(name)
    colours = {fold(words(language)(f"accent.{hue}")): hue for language in LANGUAGES for hue in HUES}
    is_known = any(kind.name == name for kind in wall.kinds)
    if not said or (is_known and colours.get(fold(said)) == _named(present)):
        return {"name": name, "hue": present}
    if not said.isdecimal() and fold(said) not in colours:
        wrong.append(Complaint("kinds", "no_colour", {"name": said}))
    return {"name": name, "hue": colours.get(fold(said), _hue(said, present))}


def _named(hue: int) -> int:
    """The hue with a name that looks most like this one."""
    return min(HUES, key=lambda named: min((hue - named) % 360, (named - hue) % 360))


def _hue(text: str, otherwise: int) -> int:
    text = text.strip()
    return int(text) // 10 * 10 % 360 if text.isdecimal() and len(text) < 6 else otherwise


def settings_form(
    t: Words, raw: dict[str, str], complaints: Sequence[Complaint] = (), problem: str | None = None, status: int = 200
) -> Form:
    """The settings form with `raw` in it."""
    wrong = {c.field: t(f"complaint.{c.code}", **c.params) for c in complaints}
    fields = {}
    for name, control in CONTROLS.items():
        named = f"{name}_list" if f"field.{name}_list.label" in t else name  # not the card's field of that name
        limits = (getattr(rule, "max_length", None) for rule in WallSettings.model_fields[name].metadata)
        fields[name] = FieldView(
            name=name,
            control=control,
            label=t(f"field.{named}.label"),
            hint=t(f"field.{named}.hint"),
            value=raw.get(name, ""),
            complaint=wrong.get(name),
            maxlength=next((n for n in limits if n), None) if control in ("text", "textarea") else None,
            required=control == "choice" or name in ("title", "sections", "kinds"),
            options=_options(t, name, raw.get(name, "")),
        )
    return Form(fields, list(wrong.items()), problem=problem, status=status)


def _options(t: Words, name: str, chosen: str) -> list[Option]:
    """What there is to choose from; a colour that somebody once chose by its number stays to be chosen."""
    values = CHOICES.get(name, ())
    if name != "accent":
        return [Option(value, t(f"{name}.{value}"), None, value == chosen) for value in values]
    own = (chosen,) if chosen.isdecimal() and chosen not in values else ()
    said = {value: t(f"accent.{value}") for value in values} | {value: t("accent.own") for value in own}
    return [Option(value, said[value], int(value), value == chosen) for value in (*values, *own)]


async def show(request: Request) -> Response:
    """GET /w/{wall}/settings"""
    room, viewer = await enter_with(request, request.path_params["wall"], "configure")
    t = words_for(request, room)
    form = settings_form(t, written(t, room.board.wall))
    saved = "saved" in request.query_params
    return page(request, "settings.html", viewer=viewer, wall=room.board.wall, form=form, saved=saved, hues=HUES)


async def save(request: Request) -> Response:
    """POST /w/{wall}/settings"""
    room, viewer = await enter_with(request, request.path_params["wall"], "configure")
    wall, t = room.board.wall, words_for(request, room)
    raw, meant, wrong = read(await read_form(request), wall)
    try:
        if wrong:
            raise Invalid(wrong)
        await configure(house_of(request).ledger, wall, meant, viewer.actor)
    except Invalid as error:
        form = settings_form(t, raw, error.complaints, status=error.status)
    except Unavailable as error:
        form = settings_form(t, raw, problem=refused(t, error), status=error.status)
    else:
        return see_other(f"/w/{wall.slug}/settings?saved=1")
    return page(
        request, "settings.html", viewer=viewer, wall=wall, status=form.status, form=form, saved=False, hues=HUES
    )
