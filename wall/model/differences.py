"""What differs: the words of a text before and after, the fields of a change, the cards of two boards."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

from wall.model.board import Board
from wall.model.card import CONTENT, Card
from wall.model.change import Change
from wall.model.wall import WallSettings

WORD = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
LONGEST = 6000  # characters; comparing longer texts word by word would take too long


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after, as plain data."""

    field: str
    before: Any
    after: Any


@dataclass(slots=True)
class Compared:
    """What became of a wall between two states, as everybody saw it."""

    added: list[Card] = field(default_factory=list)
    removed: list[Card] = field(default_factory=list)
    changed: list[tuple[Card, list[Difference]]] = field(default_factory=list)
    settings: list[Difference] = field(default_factory=list)


def pieces(before: str, after: str) -> list[Piece]:
    """The two texts as one, word by word."""
    if max(len(before), len(after)) > LONGEST:
        return [Piece("gone", before), Piece("new", after)]
    old, new = WORD.findall(before), WORD.findall(after)
    found: list[Piece] = []
    for step, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        if step == "equal":
            found.append(Piece("same", "".join(old[i:j])))
            continue
        found += [Piece("gone", "".join(old[i:j]))] if j > i else []
        found += [Piece("new", "".join(new[k:m]))] if m > k else []
    return found


def between(before: Mapping[str, Any], after: Mapping[str, Any], fields: Iterable[str]) -> list[Difference]:
    """The fields that differ."""
    return [
        Difference(name, before.get(name), after.get(name)) for name in fields if before.get(name) != after.get(name)
    ]


def of_change(change: Change) -> list[Difference]:
    """The fields a change altered, in the order of the form; times are left out, they tell nobody anything."""
    after = change.card if change.card is not None else change.settings or {}
    if change.kind == "pinned":
        return []
    order = (*CONTENT, "status", "hidden", "position") if change.card is not None else tuple(WallSettings.model_fields)
    return between(change.was, after, [name for name in order if name in change.was])


def compared(then: Board, now: Board) -> Compared:
    """Two states of a wall, card by card."""
    found = Compared()
    before, after = ({card.id: card for card in board.visible()} for board in (then, now))
    found.added = [card for key, card in after.items() if key not in before]
    found.removed = [card for key, card in before.items() if key not in after]
    for key, card in after.items():
        if key in before and (fields := between(before[key].content, card.content, CONTENT)):
            found.changed.append((card, fields))
    old, new = (board.wall.model_dump(mode="json", include=set(WallSettings.model_fields)) for board in (then, now))
    found.settings = between(old, new, WallSettings.model_fields)
    return found


def tally(decisions: Iterable[Change]) -> tuple[int, dict[str, int]]:
    """How many cards were approved, and rejected for which reason; what was undone does not count. Newest first."""
    cancelled: set[int] = set()
    approved, rejected = 0, Counter[str]()
    for change in decisions:
        if change.revision in cancelled:
            continue
        if change.kind == "undone":
            cancelled.add(change.was.get("undoes", 0))
        elif change.kind == "approved":
            approved += 1
        else:
            rejected[change.was.get("reason") or "other"] += 1
    return approved, dict(rejected.most_common())
