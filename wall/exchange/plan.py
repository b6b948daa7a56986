"""What bringing in a table would do to a wall: every row as a card, with what the wall would say to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wall.errors import Complaint, Invalid
from wall.exchange import csv
from wall.exchange.columns import Table, refusals
from wall.find.duplicates import Index
from wall.find.same import LIVE
from wall.model.board import Board
from wall.model.card import CONTENT, CardContent
from wall.model.flags import contact_in
from wall.model.wall import Wall, WallSettings
from wall.text import clean, fold

PROSE = ("description", "offers", "seeks", "english", "easy")
SHOWN = 200  # complaints, likely duplicates and rows that a page lists
STEP = 50  # rows between two words of how far it has come


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody said on the page of columns: a card's field or '' for each, and what goes for all rows.

    `unknown` is what becomes of kinds, sections and districts that the wall lacks: it learns them ("add"), they become
    `kind` and `section` ("default"), or their rows are complained about ("refuse"). `shorten` cuts what is too long.
    """

    targets: tuple[str, ...]
    section: str = ""
    kind: str = ""
    unknown: str = "add"
    shorten: bool = False


@dataclass(slots=True)
class Row:
    """One row of the plan. `twins` are ids of cards it probably is already; `again` is the line it repeats, or 0."""

    line: int
    raw: dict[str, Any]
    complaints: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    twins: list[tuple[str, str]] = field(default_factory=list)  # card id, name
    again: int = 0
    waits: bool = False
    cut: bool = False
    contact: bool = False  # an e-mail address or telephone number stands in its texts


@dataclass(frozen=True, slots=True)
class Plan:
    """`settings` are the wall's once it has learned what the rows name; None where there is nothing to learn."""

    rows: list[Row]
    settings: dict[str, Any] | None
    learned: Mapping[str, list[str]]


def sheet_of(table: Table) -> csv.Sheet:
    """The table with each column as what it probably is, for the command line.

    Raises:
        Invalid: no column says how the networks are called.
    """
    if "name" not in table.suggested:
        raise Invalid([Complaint("name", "missing")])
    choices = Choices(tuple(table.suggested))
    known = {name: target for name, target in zip(table.headers, table.suggested, strict=True) if target}
    ignored = [name for name in table.headers if name and name not in known]
    rows = [{"name": ""} | _raw(choices, cells) for cells in table.rows]
    return csv.Sheet(rows, table.lines, known, [*ignored, *table.left_out])


def planned(
    table: Table, choices: Choices, wall: Wall, board: Board, come: Callable[[int], None] = lambda rows: None
) -> Plan:
    """The plan; `come` is told now and then how many rows are done.

    Raises:
        Invalid: the wall cannot hold all that it would have to learn.
    """
    raws = [_raw(choices, cells) for cells in table.rows]
    if choices.unknown == "default":
        raws = [_within(raw, wall, choices) for raw in raws]
    sheet = csv.Sheet([_complete(raw, wall, choices) for raw in raws], table.lines)
    settings = csv.extended(sheet, wall) if choices.unknown == "add" else None
    learned = {} if settings is None else _learned(wall, settings)
    grown = wall if settings is None else wall.model_copy(update=dict(settings))
    waiting, index = set(table.waiting), Index(board)
    index.refresh(board)
    names = {card.id: card.name for card in board.cards.values() if card.status in LIVE}
    rows: list[Row] = []
    first: dict[str, int] = {}
    for count, (line, raw) in enumerate(zip(sheet.lines, sheet.rows, strict=True), 1):
        row = _row(line, csv.with_section(raw, grown), grown, choices)
        row.waits = line in waiting
        row.contact = any(contact_in(str(row.raw.get(name) or "")) for name in ("name", "meeting", *PROSE))
        if not row.complaints:
            name = fold(str(row.raw["name"]))
            row.again = first.get(name, 0)
            first.setdefault(name, line)
            twins = index.twins(row.raw["name"], row.raw["website"], row.raw["members"])
            row.twins = [(twin.card_id, names[twin.card_id]) for twin in twins[:1]]
        rows.append(row)
        if count % STEP == 0:
            come(count)
    return Plan(rows, settings.model_dump(mode="json") if settings is not None and learned else None, learned)


def _raw(choices: Choices, cells: list[str]) -> dict[str, Any]:
    """What a row says, by field. Several columns for one field: lists and texts are joined, else the first counts."""
    raw: dict[str, Any] = {}
    for name, cell in zip(choices.targets, cells, strict=False):
        if not name or not cell.strip():
            continue
        said = csv.meaning(name, cell)
        if name not in raw:
            raw[name] = said
        elif name in csv.LISTS:
            raw[name] = [*raw[name], *said]
        elif name in PROSE:
            raw[name] = f"{raw[name]}\n\n{said}"
    return raw


def _complete(raw: dict[str, Any], wall: Wall, choices: Choices) -> dict[str, Any]:
    """The row with a section and a kind: the chosen ones where it names none."""
    section = wall.section(choices.section)
    default = {"section": section.name if section else "", "kind": choices.kind}
    return {"name": ""} | {name: value for name, value in default.items() if value} | raw


def _within(raw: dict[str, Any], wall: Wall, choices: Choices) -> dict[str, Any]:
    """The row with nothing in it that the wall lacks."""
    kinds, districts = ({fold(name) for name in names} for names in ([k.name for k in wall.kinds], wall.districts))
    sections = {fold(section.name) for section in wall.sections} | {section.id for section in wall.sections}
    kept = dict(raw)
    if fold(clean(str(raw.get("kind", "")))) not in kinds:
        kept.pop("kind", None)
    if fold(clean(str(raw.get("section", "")))) not in sections:
        kept.pop("section", None)
    kept["districts"] = [name for name in raw.get("districts", []) if fold(clean(name)) in districts]
    return kept


def _row(line: int, raw: dict[str, Any], wall: Wall, choices: Choices) -> Row:
    row = Row(line, raw)
    try:
        row.raw = CardContent.take(raw, wall).model_dump()
    except Invalid as error:
        wrong = error.complaints
        if choices.shorten and any(complaint.code in ("too_long", "too_many") for complaint in wrong):
            shorter = _shorter(raw)
            try:
                row.raw, wrong, row.cut = CardContent.take(shorter, wall).model_dump(), [], True
            except Invalid as again:
                wrong = again.complaints
        row.complaints = refusals(wrong)
    return row


def _shorter(raw: dict[str, Any]) -> dict[str, Any]:
    """The row with each text and list cut to what a card takes."""
    return {name: _cut(value, *_limits(name)) for name, value in raw.items()}


def _limits(name: str) -> tuple[int, int]:
    """The most characters of a text or items of a list, and the most characters of an item."""
    if name not in CONTENT:
        return 10**9, 10**9
    limits = (getattr(rule, "max_length", None) for rule in CardContent.model_fields[name].metadata)
    return next((limit for limit in limits if limit), 10**9), 120 if name == "members" else 60


def _cut(value: Any, most: int, longest: int) -> Any:
    if isinstance(value, list):
        return [_cut(clean(item), longest, longest) for item in value if clean(item)][:most]
    if not isinstance(value, str):
        return value
    text = clean(value, lines=True)
    return text if len(text) <= most else text[: most - 2].rsplit(None, 1)[0] + " …"


def _learned(wall: Wall, settings: WallSettings) -> dict[str, list[str]]:
    """What the wall would have beyond what it has, by setting; nothing is left out."""

    def new(after: Iterator[str], before: Iterator[str]) -> list[str]:
        known = set(before)
        return [name for name in after if name not in known]

    found = {
        "sections": new((s.name for s in settings.sections), (s.name for s in wall.sections)),
        "kinds": new((k.name for k in settings.kinds), (k.name for k in wall.kinds)),
        "districts": new(iter(settings.districts), iter(wall.districts)),
    }
    return {name: names for name, names in found.items() if names}


def summary(plan: Plan) -> dict[str, Any]:
    """What a page shows of a plan: the numbers, and the first of the rows that need a look."""
    fine = [row for row in plan.rows if not row.complaints]
    wrong = [row for row in plan.rows if row.complaints]
    alike = [row for row in fine if row.twins or row.again]
    return {
        "rows": len(plan.rows),
        "new": len(fine) - len(alike),
        "alike": len(alike),
        "wrong": len(wrong),
        "waits": sum(row.waits for row in fine),
        "cut": sum(row.cut for row in fine),
        "contact": [row.line for row in fine if row.contact][:SHOWN],
        "learned": dict(plan.learned),
        "complaints": [[row.line, str(row.raw.get("name", ""))[:120], row.complaints] for row in wrong[:SHOWN]],
        "twins": [[row.line, row.raw["name"], row.twins[0] if row.twins else None, row.again] for row in alike[:SHOWN]],
        "first": [
            [row.line, row.raw["name"], row.raw["kind"], row.raw["section"]]
            for row in fine
            if not row.twins and not row.again
        ][:SHOWN],
    }
