"""The cards of a wall as a table, for CSV and XLSX: one row a card, under headers that an import finds again."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from wall.exchange.portion import Portion, gently
from wall.model.types import ZONE
from wall.words import Words

# In this order; what a form has no field for is for reading only, and an import passes it by.
CONTENT = (
    *("name", "kind", "section", "description", "topics", "districts", "meeting", "schedule"),
    *("website", "members", "offers", "seeks", "newcomers", "english", "easy"),
)
ABOUT = ("address", "created_at", "changed_at", "confirmed_at")
TEAM = ("status", "hidden")


def columns(portion: Portion) -> tuple[str, ...]:
    """The fields of a row, in order."""
    return (*CONTENT, *ABOUT, *(() if portion.holds == "everybody" else TEAM))


def headers(portion: Portion, t: Words) -> list[str]:
    return [t(f"column.{name}") for name in columns(portion)]


def rows(portion: Portion, t: Words) -> Iterator[list[str]]:
    """Every card as cells of text, in the order of `columns`."""
    names = columns(portion)
    for card in gently(portion.cards):
        yield [_cell(portion, card, name, t) for name in names]


def _cell(portion: Portion, card: dict[str, Any], name: str, t: Words) -> str:
    if name == "address":
        return portion.address_of(card)
    value = card.get(name, "")  # a moderator of some sections sees less of the others
    if name == "section":
        return portion.section_name(value)
    if name == "schedule":
        return orjson.dumps(value).decode() if value else ""
    if name == "newcomers":
        return t(f"column.newcomers_{value}") if value else ""
    if name == "status":
        return t(f"column.status_{value or 'approved'}")
    if name == "hidden":
        return t("column.yes") if value else ""
    if name.endswith("_at"):
        return moment(value)
    return joined(value) if isinstance(value, list) else str(value)


def moment(value: str | None) -> str:
    """A time as people write it where the wall is, so that it also sorts as text."""
    return datetime.fromisoformat(value).astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if value else ""


def joined(items: list[str]) -> str:
    """Several things in one cell, so that the import takes the same apart again."""
    if any(";" in item for item in items):
        return "\n".join([*items, ""])
    return f"{items[0]};" if len(items) == 1 and "," in items[0] else "; ".join(items)
