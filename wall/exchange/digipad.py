"""Digipad in: the ZIP of a pad, or its `donnees.json`; private posts and secrets stay out, hidden ones wait."""

from collections import Counter
from typing import Any

import orjson

from wall.errors import Complaint, Invalid
from wall.exchange.columns import Table, table
from wall.exchange.html import first_words, words_of

DOCUMENT = "donnees.json"


def is_pad(said: Any) -> bool:
    return isinstance(said, dict) and isinstance(said.get("blocs"), list)


def read(document: bytes) -> Table:
    """The posts of a pad, in the columns they stand in.

    Raises:
        Invalid: it is no pad, or nothing in it may be taken.
    """
    try:
        said = orjson.loads(document)
    except orjson.JSONDecodeError:
        said = None
    if not is_pad(said):
        raise Invalid([Complaint("file", "not_a_file")])
    pad = said["pad"] if isinstance(said.get("pad"), dict) else {}
    columns, counts = _columns(pad.get("colonnes")), Counter[str]()
    rows: list[tuple[int, list[str]]] = []
    waiting: list[int] = []
    for number, post in enumerate(said["blocs"], 1):
        if not isinstance(post, dict):
            continue
        seen = post.get("visibilite")
        if seen == "privee":
            counts["private"] += 1
            continue
        counts["comments"] += _number(post.get("commentaires"))
        counts["reactions"] += _number(post.get("evaluations"))
        rows.append((number, _cells(post, columns, counts)))
        if seen == "masquee":
            waiting.append(number)
    headers, targets = ["colonne", "titre", "texte", "media"], ["section", "name", "description", "website"]
    title = words_of(_text(pad.get("titre"))).strip()
    counts = Counter({name: count for name, count in counts.items() if count})
    return table("digipad", headers, rows, targets=targets, title=title, counts=dict(counts), waiting=waiting)


def _cells(post: dict[str, Any], columns: list[str], counts: Counter[str]) -> list[str]:
    media = _text(post.get("media"))
    if media and not media.startswith(("http://", "https://")):
        media, counts["files"] = "", counts["files"] + 1
    text = words_of(_text(post.get("texte"))).strip()
    name = words_of(_text(post.get("titre"))).strip() or first_words(text)
    at = post.get("colonne")
    at = int(at) if isinstance(at, int) or (isinstance(at, str) and at.isdecimal() and len(at) < 4) else -1
    return [columns[at] if 0 <= at < len(columns) else "", name, text, media]


def _columns(said: Any) -> list[str]:
    """The columns' names: a list, or a list written as text."""
    if isinstance(said, str):
        try:
            said = orjson.loads(said)
        except orjson.JSONDecodeError:
            said = []
    names = said if isinstance(said, list) else []
    return [words_of(_text(name.get("titre") if isinstance(name, dict) else name)).strip() for name in names[:200]]


def _number(said: Any) -> int:
    """How many: a number, or a list of them."""
    if isinstance(said, list | dict):
        return len(said)
    return said if isinstance(said, int) and 0 < said < 1_000_000 else 0


def _text(said: Any) -> str:
    return said[:200_000] if isinstance(said, str) else ""
