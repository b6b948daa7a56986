"""A table from outside: its columns, what each of them probably is, and which of them are not taken at all."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from itertools import islice
from typing import Any

import orjson

from wall.errors import Complaint, Invalid
from wall.exchange.csv import MAX_ROWS, header, known_headers
from wall.exchange.html import is_html, reduced
from wall.text import plain
from wall.words import LANGUAGES, sentences

MAX_COLUMNS = 60
MAX_CELL = 100_000  # characters
SAMPLES = 3
# Names of columns in exports of other services, in the languages they come in; beside those of `csv.ALIASES`.
FOREIGN: Mapping[str, tuple[str, ...]] = {
    "name": ("titel des beitrags", "post title", "betreff", "ueberschrift", "titre", "sujet", "titulo", "asunto"),
    "section": ("section", "abschnitt", "spalte", "rubrique", "colonne", "seccion", "columna", "sezione"),
    "description": (
        *("textkoerper", "haupttext", "nachricht", "beitrag", "hauptteil", "post body", "corps", "texte", "contenu"),
        *("cuerpo", "texto", "corpo", "testo"),
    ),
    "website": (
        *("attachment", "attachment link", "anhang", "anhang link", "link zum anhang", "anlage", "anhangslink"),
        *("anlagenlink", "link des anhangs", "piece jointe", "lien de la piece jointe", "enlace", "media", "lien"),
    ),
}
CONTACT = re.compile(
    r"\b(e ?mail\w*|mail ?(adresse|address)?|tel(efon)?\w*|phone\w*|handy\w*|mobil\w*|fax\w*|kontakt\w*|contact\w*|"
    r"ansprech\w*|autor(in)?|author|verfasser\w*|auteur|autore|autor/in|vorname|nachname|person(en)?|nom|strasse|"
    r"anschrift|geburts\w*|iban)\b"
)
MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?:\+|\(?0)[\d\s()/–-]{6,24}")


@dataclass(slots=True)
class Table:
    """Rows of text under headers; `suggested` has a card's field for each column, or ''.

    `left_out` names columns with data about persons: they are dropped here, before anything is kept. `counts` says how
    much of the file was left out for what reason. `waiting` are rows that somebody has to look at before they hang.
    """

    format: str
    title: str = ""
    headers: list[str] = field(default_factory=list)
    suggested: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)

    @property
    def head(self) -> dict[str, Any]:
        """What a page about the file has to know."""
        samples = [
            [plain(cell[:200]) for cell in islice(filter(str.strip, (row[column] for row in self.rows)), SAMPLES)]
            for column in range(len(self.headers))
        ]
        about: dict[str, Any] = {
            "format": self.format,
            "title": self.title[:200],
            "headers": self.headers,
            "samples": samples,
        }
        about |= {"suggested": self.suggested, "left_out": self.left_out[:40], "counts": self.counts}
        return about | {"rows": len(self.rows)}

    def dump(self) -> bytes:
        return orjson.dumps(asdict(self))


def suggested(headers: Iterable[str]) -> list[str]:
    """The card's field for each header, or ''; a field that only one column can fill goes to the first."""
    known = {header(name): target for target, names in FOREIGN.items() for name in names} | known_headers()
    found: list[str] = []
    for name in headers:
        target = known.get(header(name).replace("-", " "), "")
        found.append("" if target in found else target)
    return found


def table(
    kind: str,
    headers: Sequence[str],
    numbered: Iterable[tuple[int, Sequence[str]]],
    *,
    targets: Sequence[str] | None = None,
    as_it_is: bool = False,
    **more: Any,
) -> Table:
    """Rows with their lines as a table, without columns that are about persons or empty.

    HTML is reduced, unless cells are to be taken as they are.

    Raises:
        Invalid: no rows, or too many rows or columns.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    width = len(headers)
    as_it_is = as_it_is or any(header(name) in _ours() for name in headers)
    if width > MAX_COLUMNS:
        raise Invalid([Complaint("columns", "too_many", {"max": MAX_COLUMNS, "length": width})])
    for line, cells in numbered:
        row = [_cell(cell, as_it_is) for cell in cells[:width]]
        if any(cell.strip() for cell in row):
            rows.append(row + [""] * (width - len(row)))
            lines.append(line)
        if len(rows) > MAX_ROWS:
            raise Invalid([Complaint("file", "too_many", {"max": MAX_ROWS, "length": len(rows)})])
    if not rows:
        raise Invalid([Complaint("file", "blank")])
    meant = list(targets) if targets is not None else suggested(headers)
    personal = [not meant[at] and _about_persons(name, at, rows) for at, name in enumerate(headers)]
    kept = [at for at in range(width) if not personal[at] and any(row[at].strip() for row in rows)]
    return Table(
        kind,
        headers=[headers[at].strip()[:120] for at in kept],
        suggested=[meant[at] for at in kept],
        rows=[[row[at] for at in kept] for row in rows],
        lines=lines,
        left_out=[headers[at].strip()[:120] or "?" for at in range(width) if personal[at]],
        **more,
    )


@cache
def _ours() -> set[str]:
    """Headers that only tables have that we wrote: nothing in these is HTML."""
    return {header(sentences(language)["column.address"]) for language in LANGUAGES}


def _cell(cell: str, as_it_is: bool) -> str:
    cell = cell.replace("\0", "").strip(" \t\r")  # the end of a line tells one item with a semicolon from two
    if not as_it_is and is_html(cell):
        cell = reduced(cell)
    return cell[:MAX_CELL]


def _about_persons(name: str, column: int, rows: list[list[str]]) -> bool:
    """Whether a column says who somebody is or how to reach them: by its name, or by what stands in it."""
    if CONTACT.search(header(name).replace("-", " ").replace("/", " ")):
        return True
    filled = [row[column] for row in rows if row[column]]
    alike = sum(bool(MAIL.fullmatch(cell) or PHONE.fullmatch(cell)) for cell in filled)
    return bool(filled) and alike * 2 >= len(filled)


def read(body: bytes) -> Table:
    """The table that `dump` wrote."""
    return Table(**orjson.loads(body))


def refusals(complaints: Iterable[Complaint]) -> list[tuple[str, str, dict[str, Any]]]:
    """Complaints as plain data."""
    return [(complaint.field, complaint.code, dict(complaint.params)) for complaint in complaints]
