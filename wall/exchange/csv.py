"""CSV: in by German or English headers, every row checked, all taken or nothing; out so that it comes in again."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError

from wall.actions.configure import configure
from wall.actions.ledger import Ledger
from wall.actions.pin import pin_all
from wall.errors import Complaint, Invalid
from wall.exchange import table
from wall.exchange.harmless import harmless, meant
from wall.exchange.portion import Portion
from wall.model.card import CONTENT, CardContent, complaints
from wall.model.roles import Actor
from wall.model.wall import Kind, Wall, WallSettings, sections_named
from wall.text import clean, fold
from wall.words import Words, sentences

MAX_BYTES = 20_000_000
MAX_ROWS = 20_000
HEAD, MAX_HEAD = 10, 20_000  # rows within which the headers have to stand, and characters
DELIMITERS = ",;\t|"
QUOTED = re.compile(r'"[^"]*"')
SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[ ]*(?:\r\n?|\n)', re.I)
LISTS = ("topics", "districts", "members")
ALIASES: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("titel", "title", "netzwerk", "network", "subject", "bezeichnung", "name des netzwerks", "network name"),
        *("name der organisation", "name der initiative", "vereinsname"),
    ),
    "kind": ("art", "typ", "type", "format", "kategorie", "category"),
    "section": ("abschnitt", "spalte", "column", "bereich", "rubrik"),
    "description": ("beschreibung", "text", "body", "inhalt", "about", "kurzbeschreibung", "short description"),
    "topics": ("thema", "themen", "topic", "tags", "schlagworte", "schlagwoerter", "stichworte", "keywords"),
    "districts": ("stadtteil", "stadtteile", "stadtteil(e)", "ortsteil", "ortsteile", "bezirk", "district"),
    "meeting": ("treffen", "termin", "termine", "meets", "wann"),
    "schedule": ("zeitplan", "termin als felder"),
    "website": ("webseite", "url", "link", "homepage", "internet", "internetseite", "website url"),
    "members": ("mitglieder", "mitglied", "organisationen", "beteiligte", "member"),
    "offers": ("bietet", "bieten", "angebot", "angebote", "offer"),
    "seeks": ("sucht", "suchen", "gesuch", "gesuche", "needs"),
    "newcomers": ("offen fuer neue", "offen", "neue", "open", "open to newcomers"),
    "english": ("englisch", "text auf englisch", "text in english"),
    "easy": ("leichte sprache", "text in leichter sprache", "easy language", "plain language"),
}
NEWCOMERS = {"ja": "yes", "yes": "yes", "nein": "no", "no": "no", "auf anfrage": "ask", "fragen": "ask", "ask": "ask"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: its line (the header is line 1), what it says, what is wrong with it."""

    line: int
    raw: Mapping[str, Any]
    complaints: tuple[Complaint, ...] = ()

    def report(self, t: Words) -> str:
        """One line about this row, for whoever imports."""
        name = self.raw.get("name") or "?"
        if not self.complaints:
            return f"{self.line:>5}  ✓  {name}"
        wrong = "; ".join(
            f"{t(f'field.{c.field}.label')}: {t(f'complaint.{c.code}', **c.params)}" for c in self.complaints
        )
        return f"{self.line:>5}  ✗  {name} — {wrong}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as rows of card words; `ignored` columns were not understood."""

    rows: list[dict[str, Any]]
    lines: list[int]
    columns: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def write(portion: Portion, t: Words) -> bytes:
    """The cards as CSV.

    UTF-8 with a mark, and parted as spreadsheets of the language's countries expect it, so that a double click opens it
    right: by semicolons in German, where the comma is in numbers, by commas in English.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if t.language == "de" else ",")
    writer.writerow(table.headers(portion, t))
    writer.writerows(map(harmless, row) for row in table.rows(portion, t))
    return out.getvalue().encode("utf-8-sig")


def header(name: str) -> str:
    """A column's name without what people write differently."""
    return fold(clean(name)).replace("_", " ").strip(" :*")


def known_headers() -> dict[str, str]:
    """The card's field for each header that is known, as `header` writes it."""
    labels = {field: [sentences(lang)[f"field.{field}.label"] for lang in ("de", "en")] for field in CONTENT}
    return {header(n): f for f in CONTENT for n in (f, *ALIASES[f], *labels[f])}


def decode(content: bytes) -> str:
    """The text of a file in UTF-8 (with or without mark), UTF-16 with mark, or Windows-1252.

    Raises:
        Invalid: too large, or no text.
    """
    if len(content) > MAX_BYTES:
        raise Invalid([Complaint("file", "too_long", {"max": MAX_BYTES, "length": len(content)})])
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise nothing()


def nothing() -> Invalid:
    """Nothing that could be taken is in a file."""
    return Invalid([Complaint("file", "blank")])


def parted(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV text that are not empty, each with its line.

    The delimiter is what a first line `sep=;` says, as Excel writes and reads it, else what the first line has most of
    outside of quotes; what only is a title above the table has none.

    Raises:
        Invalid: it is no CSV, or a cell is too long.
    """
    body = text.lstrip("\r\n")
    said = SEPARATOR.match(body)
    delimiter, body = (said[1], body[said.end() :]) if said else (_delimiter(body), body)
    above = text[: len(text) - len(body)].count("\n")
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    line = above + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = above + reader.line_num + 1
    except csv.Error:
        raise nothing() from None


def _delimiter(body: str) -> str:
    for line in QUOTED.sub("", body[:MAX_HEAD]).splitlines()[:HEAD]:
        found = max(DELIMITERS, key=line.count)
        if found in line or header(line) in known_headers():
            return found
    return DELIMITERS[0]


def read(content: bytes) -> Sheet:
    """The rows of a CSV file.

    Raises:
        Invalid: no header with a name column, no rows, or too many.
    """
    numbered = parted(decode(content))
    known = known_headers()
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    _, head = next(numbered, (1, []))
    fields = [known.get(header(name)) for name in head]
    if "name" not in fields:
        raise Invalid([Complaint("name", "missing")])
    for line, cells in numbered:
        rows.append(_row(fields, cells))
        lines.append(line)
        if len(rows) > MAX_ROWS:
            raise Invalid([Complaint("file", "too_many", {"max": MAX_ROWS, "length": len(rows)})])
    if not rows:
        raise nothing()
    columns = {name: found for name, found in zip(head, fields, strict=True) if found}
    return Sheet(rows, lines, columns, [name for name, found in zip(head, fields, strict=True) if not found and name])


def _row(fields: list[str | None], cells: list[str]) -> dict[str, Any]:
    return {name: meaning(name, cell) for name, cell in zip(fields, cells, strict=False) if name}


def meaning(name: str, cell: str) -> Any:
    """What a cell says in a card's field."""
    cell = meant(cell)
    if name in LISTS:
        return items(name, cell)
    if name == "schedule":
        return _schedule(cell)
    return newcomers(cell) if name == "newcomers" else cell


def items(field: str, cell: str) -> list[str]:
    """Several things in one cell: each in a line of its own, or parted by semicolons; topics by commas, too."""
    separator = "\n" if "\n" in cell else ";" if ";" in cell else "," if field == "topics" else ";"
    return cell.split(separator)


def newcomers(cell: str) -> str:
    return NEWCOMERS.get(fold(clean(cell)), clean(cell))


def _schedule(cell: str) -> Any:
    """A schedule as the API writes it; what is none is left to be refused with its row."""
    try:
        return orjson.loads(cell) if cell.strip() else None
    except orjson.JSONDecodeError:
        return cell


def with_section(raw: dict[str, Any], wall: Wall) -> dict[str, Any]:
    """A section may be named by name or id; a row without one goes to the first."""
    wanted = fold(clean(str(raw.get("section", ""))))
    ids = {fold(section.name): section.id for section in wall.sections} | {s.id: s.id for s in wall.sections}
    found = ids.get(wanted, wanted) if wanted else (wall.sections[0].id if wall.sections else "")
    kind = raw.get("kind") or (wall.kinds[-1].name if wall.kinds else "")
    return raw | {"section": found, "kind": kind}


def check(sheet: Sheet, wall: Wall) -> list[Row]:
    """Every row with what this wall would say to it."""
    checked: list[Row] = []
    for line, words in zip(sheet.lines, sheet.rows, strict=True):
        raw = with_section(words, wall)
        try:
            CardContent.take(raw, wall)
        except Invalid as error:
            checked.append(Row(line, raw, tuple(error.complaints)))
        else:
            checked.append(Row(line, raw))
    return checked


def extended(sheet: Sheet, wall: Wall) -> WallSettings:
    """The wall's settings with the sections, kinds and districts that the rows name and the wall lacks.

    Raises:
        Invalid: that is more than a wall can hold.
    """
    settings: dict[str, Any] = dict(wall.settings)

    def named(field: str) -> list[str]:
        found = [raw.get(field, "") for raw in sheet.rows]
        flat = [item for value in found for item in (value if isinstance(value, list) else [value])]
        return list(dict.fromkeys(name for item in flat if (name := clean(str(item)))))

    def missing(names: list[str], have: list[str]) -> list[str]:
        known = set(map(fold, have))
        return [name for name in names if fold(name) not in known]

    sections = [section.name for section in wall.sections]
    merged = sections_named([*sections, *missing(named("section"), sections)], wall.sections)
    settings["sections"] = [section.model_dump() for section in merged]
    kinds = missing(named("kind"), [kind.name for kind in wall.kinds])
    used = [kind.hue for kind in wall.kinds]
    for name in kinds:
        hue = max(range(0, 360, 10), key=lambda h: min((min(abs(h - u), 360 - abs(h - u)) for u in used), default=360))
        used.append(hue)
        settings["kinds"] = [*settings["kinds"], Kind(name=name, hue=hue).model_dump()]
    settings["districts"] = [*wall.districts, *missing(named("districts"), wall.districts)]
    try:
        return WallSettings.model_validate(settings)
    except ValidationError as error:
        raise Invalid(complaints(error)) from None


async def take(ledger: Ledger, wall: Wall, sheet: Sheet, actor: Actor, *, extend: bool = False) -> int:
    """Pin every row in one transaction; with `extend` the wall first learns what the rows name.

    Raises:
        Invalid: a row cannot be taken; nothing was changed.
    """
    settings = extended(sheet, wall) if extend else None
    rows = check(sheet, wall if settings is None else wall.model_copy(update=dict(settings)))
    wrong = [complaint for row in rows for complaint in row.complaints]
    if wrong:
        raise Invalid(wrong)
    if settings is not None:
        wall = await configure(ledger, wall, settings.model_dump(), actor)
    return len(await pin_all(ledger, wall, [row.raw for row in rows], actor, together=True))
