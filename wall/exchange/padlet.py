"""Padlet in: the old CSV, the newer one with its localised headers (alone or in a ZIP), and the Markdown export."""

import re
from collections import Counter
from collections.abc import Sequence

from wall.exchange import csv
from wall.exchange.columns import Table, suggested, table
from wall.exchange.html import first_words, reduced, words_of

# What only Padlet's tables have: the colour of a post, and when it was created and updated, in several languages.
COLOUR = re.compile(r"\b(post ?color|post ?colour|farbe\b.*|\w+farbe|couleur\b.*|color\b.*|colore\b.*)$")
TIMES = re.compile(
    r"\b(created( at)?|updated( at)?|erstellt( am| um)?|aktualisiert( am| um)?|cree( le)?|mis a jour|creado|"
    r"actualizado)\b"
)
OTHERS = {
    "comments": re.compile(r"\b(comments?|kommentare?|commentaires?|comentarios?)\b"),
    "reactions": re.compile(r"\b(reactions?|reaktion(en)?|reacciones)\b"),
}
OLD = {"subject", "body", "attachment", "author"}
OWN_FILES = re.compile(
    r"https?://[^/]*(?:padlet-uploads|padlet\.pics|padletusercontent|padletcdn)[^/]*/|.*padlet-uploads"
)
FILE = re.compile(
    r"(?:attachments?|anhaenge|files|media|images)/[^/]+|[^/\s]+\.(?:jpe?g|png|gif|webp|pdf|mp4|mp3|docx?)", re.I
)
HEADING = re.compile(r"^(#{1,4}) (.*)$")
NUMBERED = re.compile(r"^(?:\d+\.(?:\s+|$))?(.*)$")
FACT = re.compile(r"^\*\*([^*]{1,40}):\*\* ?(.*)$")
ATTACHMENT = re.compile(r"^!?\[[^\]]*\]\((\S+?)\)$")
COUNTED = re.compile(r"\((\d+)\)")


def is_table(headers: Sequence[str]) -> bool:
    """Whether a CSV file with these headers comes from Padlet."""
    names = [csv.header(name).replace("-", " ") for name in headers]
    if len(OLD & set(names)) >= 3:
        return True
    return any(map(COLOUR.search, names)) and any(map(TIMES.search, names)) and "name" in suggested(headers)


def read_table(content: bytes) -> Table:
    """The posts of either CSV export.

    Raises:
        Invalid: there are none.
    """
    numbered = csv.parted(csv.decode(content))
    _, headers = next(numbered, (1, []))
    found = table("padlet", headers, numbered)
    for at, name in reversed(list(enumerate(found.headers))):
        said = csv.header(name).replace("-", " ")
        others = next((kind for kind, names in OTHERS.items() if names.search(said)), "")
        if others:  # what other people wrote under a post
            found.counts[others] = sum(bool(row[at]) for row in found.rows)
        if others or COLOUR.search(said) or TIMES.search(said):
            _drop(found, at)
    _name(found)
    return without_files(found)


def _name(found: Table) -> None:
    """Give posts without a title one: how their text begins."""
    if "description" not in found.suggested:
        return
    if "name" not in found.suggested:  # nobody gave any
        for listed, first in ((found.headers, "Title"), (found.suggested, "name"), *((row, "") for row in found.rows)):
            listed.insert(0, first)
    at, text = map(found.suggested.index, ("name", "description"))
    for row in found.rows:
        row[at] = row[at] or first_words(row[text])


def _drop(found: Table, at: int) -> None:
    for listed in (found.headers, found.suggested, *found.rows):
        del listed[at]


def without_files(found: Table) -> Table:
    """Without the addresses of files that lie with Padlet, or in the archive: they are counted."""
    gone = 0
    for at, target in enumerate(found.suggested):
        if target == "website":
            for row in found.rows:
                if OWN_FILES.match(row[at]) or FILE.fullmatch(row[at]):
                    row[at], gone = "", gone + 1
    if gone:
        found.counts["files"] = found.counts.get("files", 0) + gone
    return found


def is_markdown(text: str) -> bool:
    """Whether a text is Padlet's Markdown export: posts have numbers, and lines below them."""
    return (
        re.search(r"^### \d+\. ", text, re.M) is not None
        and re.search(r"^(---|\*\*Author:\*\*)", text, re.M) is not None
    )


def read_markdown(text: str) -> Table:
    """The posts of the Markdown export; comments, reactions and other information are counted and left out.

    Raises:
        Invalid: there are none.
    """
    title, section, counts = "", "", Counter[str]()
    posts: list[tuple[int, list[str]]] = []  # line, [section, name, body, website]
    bodies: list[list[str]] = []
    taken = False  # whether the lines that follow belong to a post's body
    authors = False
    for number, line in enumerate(text.splitlines(), 1):
        heading, fact = HEADING.match(line), FACT.match(line)
        if heading and len(heading[1]) == 1 and not title:
            title = words_of(heading[2]).strip()
        elif heading and len(heading[1]) == 2:
            section, taken = words_of(heading[2]).strip(), False
        elif heading and len(heading[1]) == 3:
            name = NUMBERED.match(heading[2])
            posts.append((number, [section, words_of(name[1] if name else "").strip(), "", ""]))
            bodies.append([])
            taken = True
        elif heading and len(heading[1]) == 4:
            taken = False
            _count(heading[2], counts)
        elif line.strip() == "---":
            taken = False
        elif taken and fact and not any(bodies[-1]):
            authors = authors or bool(fact[2].strip())
        elif taken:
            _add(line, posts[-1][1], bodies[-1], counts)
    for (_, cells), body in zip(posts, bodies, strict=True):
        whole = "\n".join(body).strip()
        cells[2] = words_of(whole) if "<" not in whole else reduced(whole)
        cells[1] = cells[1] or first_words(cells[2])
    headers, targets = ["Section", "Title", "Body", "Attachment"], ["section", "name", "description", "website"]
    found = table("padlet", headers, posts, targets=targets, title=title, counts=dict(counts))
    if authors:
        found.left_out.append("Author")
    return without_files(found)


def _add(line: str, cells: list[str], body: list[str], counts: Counter[str]) -> None:
    attached = ATTACHMENT.match(line.strip())
    if attached is None:
        body.append(line)
    elif not cells[3] and not line.lstrip().startswith("!"):
        cells[3] = attached[1]
    else:
        counts["files"] += 1


def _count(heading: str, counts: Counter[str]) -> None:
    """Comments say how many they are; reactions are counted by post."""
    number = COUNTED.search(heading)
    if re.match(r"(?:Comments?|Kommentare?)\b", heading):
        counts["comments"] += int(number[1][:6]) if number else 1
    elif re.match(r"(?:Reactions?|Reaktion(?:en)?)\b", heading):
        counts["reactions"] += 1
