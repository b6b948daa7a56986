"""A wall as Markdown: to be read as it is, pasted elsewhere, and brought in again.

What people wrote is the tiny Markdown. Anything in it that other readers of Markdown would take for more (headings,
HTML, links to anything but the web) gets a backslash before it, which `read` takes away again.
"""

import re
from collections.abc import Iterator
from typing import Any

from wall.exchange import csv, table
from wall.exchange.portion import Portion, gently
from wall.model.card import CONTENT
from wall.words import Words, words

FACTS = ("kind", "meeting", "topics", "districts", "website", "members", "newcomers", "address")
TEXTS = ("offers", "seeks", "english", "easy")
INLINE = re.compile(r"([\\`*_\[\]<>~|]|&(?=#?\w+;))")
# At the beginning of a line or of what it lists: headings, rules, fences, tables and definitions of links.
INSIDE = r"^((?:[ ]*(?:[-*+]|\d{1,9}[.)])[ ]+|[ ]*>[ ]?)*)"
MORE = r"\\*(?:#|```|~~~|(?:[-=_*][ ]?){3,}$|\||\[[^\]\n]*\\?\]:)"
BLOCK = re.compile(rf"{INSIDE}({MORE})", re.MULTILINE)
MADE_PLAIN = re.compile(rf"{INSIDE}\\({MORE})", re.MULTILINE)
# HTML, and links that lead elsewhere than into the web or a mail, each after an even number of backslashes.
EVEN = r"(?<!\\)((?:\\\\)*)"
TAG = r"<(?!(?:https?://|mailto:)[^\s<>]+>)"
TARGET = r"\](?=\(\s*<?\s*(?!https?://|mailto:))"
RISKY = re.compile(rf"{EVEN}({TAG}|{TARGET})")
MADE_SAFE = re.compile(rf"{EVEN}\\({TAG}|{TARGET})")
FACT = re.compile(r"- \*\*(.+?):\*\* ?(.*)")
BETWEEN = "<!-- -->"  # parts a list that somebody wrote from the one above it


def line(text: str) -> str:
    """Words that stand in a line, with nothing in them that means something."""
    return INLINE.sub(r"\\\1", text)


def said(text: str) -> str:
    """What such words were."""
    return re.sub(r"\\([\\`*_\[\]<>~|&])", r"\1", text)


def prose(text: str) -> str:
    """The tiny Markdown, with nothing in it that means more elsewhere."""
    text = RISKY.sub(r"\1\\\2", text)
    return BLOCK.sub(r"\1\\\2", text)


def meant(text: str) -> str:
    """The tiny Markdown that was made such prose; what differs from it looks the same."""
    text = MADE_PLAIN.sub(r"\1\2", text)
    return MADE_SAFE.sub(r"\1\2", text)


def write(portion: Portion, t: Words) -> bytes:
    return ("\n".join(_lines(portion, t)).rstrip() + "\n").encode()


def _lines(portion: Portion, t: Words) -> Iterator[str]:
    wall = portion.wall
    yield from (f"# {line(wall['title'])}", "")
    if wall["place"] or wall["held_on"]:
        yield from (line(" · ".join(filter(None, (wall["place"], wall["held_on"])))), "")
    if wall["intro"]:
        yield from (prose(wall["intro"]), "")
    yield from (f"<{portion.address}>", "")
    by_section: dict[str, list[dict[str, Any]]] = {}
    for card in gently(portion.cards):
        by_section.setdefault(card["section"], []).append(card)
    for section, cards in by_section.items():
        yield from (f"## {line(portion.section_name(section))}", "")
        for card in cards:
            yield from _card(portion, card, t)


def _card(portion: Portion, card: dict[str, Any], t: Words) -> Iterator[str]:
    yield from (f"### {line(card['name'])}", "")
    for name in FACTS:
        value = portion.address_of(card) if name == "address" else card[name]
        if value:
            yield f"- **{t(f'column.{name}')}:** {_fact(name, value, t)}"
    status = card.get("status", "approved")
    if status != "approved" or card.get("hidden"):
        yield f"- **{t('column.status')}:** {t(f'column.status_{status}' if status != 'approved' else 'column.hidden')}"
    yield ""
    if card["description"]:
        if re.match(r"[-*+] |\d{1,9}[.)] ", card["description"]):
            yield from (BETWEEN, "")
        yield from (prose(card["description"]), "")
    for name in TEXTS:
        if card[name]:
            yield from (f"#### {t(f'column.{name}')}", "", prose(card[name]), "")


def _fact(name: str, value: Any, t: Words) -> str:
    if name in ("website", "address"):
        return f"<{value}>"
    if name == "newcomers":
        return t(f"column.newcomers_{value}")
    return line(table.joined([item.replace(";", ",") for item in value]) if isinstance(value, list) else value)


def read(content: bytes) -> csv.Sheet:
    """The cards of such a file, as rows that `csv.check` and `csv.take` take.

    Raises:
        Invalid: it is no text, or no card is in it.
    """
    sheet = csv.Sheet([], [])
    known = {t(f"column.{name}"): name for t in map(words, ("de", "en")) for name in (*FACTS, *TEXTS, "status")}
    section, at = "", ""
    row: dict[str, Any] = {}
    for number, text in enumerate(csv.decode(content).replace("\r\n", "\n").split("\n"), 1):
        heading = re.match(r"(#{1,4}) (.*)", text)
        fact = FACT.fullmatch(text)
        if heading and heading[1] == "##":
            section, row = said(heading[2]), {}
        elif heading and heading[1] == "###":
            row, at = {"name": said(heading[2]), "section": section}, ""
            sheet.rows.append(row)
            sheet.lines.append(number)
        elif heading and row:
            at = known.get(heading[2], "description")
        elif fact and row and not at:
            row[known.get(fact[1], "")] = fact[2]
        elif row and (text or at):
            at = at or "description"
            row[at] = f"{row.get(at, '')}{text}\n"
    for row in sheet.rows:
        _mean(row)
    if not sheet.rows:
        raise csv.nothing()
    return sheet


def _mean(row: dict[str, Any]) -> None:
    """Turn what stands in the file into what the card said."""
    for name in [name for name in row if name not in CONTENT]:
        del row[name]
    for name in ("description", *TEXTS):
        row[name] = meant(row.get(name, "").removeprefix(f"{BETWEEN}\n").strip("\n"))
    for name in ("kind", "meeting"):
        row[name] = said(row.get(name, ""))
    row["website"] = row.get("website", "").strip("<>")
    for name in csv.LISTS:
        row[name] = csv.items(name, said(row.get(name, "")))
    row["newcomers"] = csv.newcomers(row.get("newcomers", ""))
