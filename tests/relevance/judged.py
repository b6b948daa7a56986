"""The judged questions, the cards they are about, and the measure."""

import csv
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.machine import SHARED
from wall.model.board import Board
from wall.model.card import BLANK, Card
from wall.model.wall import Section, Wall

WORTH = {"meant": 3, "fits": 2, "some": 1}
BEST = 10  # results that are looked at


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, of which sort it is, and what each card they would want is worth, by name."""

    asked: str
    about: str
    unseen: bool
    worth: Mapping[str, int]


def questions() -> list[Question]:
    """All judged questions; `unseen` ones were not looked at while the search was tuned."""
    raw = tomllib.loads(Path(__file__).with_name("judged.toml").read_text("utf-8"))["question"]
    return [
        Question(
            one["asked"],
            one["about"],
            one.get("unseen", False),
            {name: worth for grade, worth in WORTH.items() for name in one.get(grade, ())},
        )
        for one in raw
    ]


def board(source: Path = SHARED, most: int = 0) -> Board:
    """Real rows as a wall in memory; with `most` so many of them, repeated with other names if there are fewer."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    now, count = datetime.now(UTC), most or len(rows)
    cards = [_card(rows[n % len(rows)], n, n // len(rows), now) for n in range(count)]
    wall = Wall(
        id=1,
        slug="probe",
        title="Probewand",
        place=rows[0]["city"],
        sections=[Section(id="s1", name="Alle")],
        districts=sorted({row["district"] for row in rows if row["district"]}),
        epoch="measured",
        revision=count,
        created_at=now,
    )
    return Board(wall, cards)


def _card(row: Mapping[str, str], number: int, again: int, now: datetime) -> Card:
    given = BLANK | {
        "id": f"{number:06}",
        "wall_id": 1,
        "status": "approved",
        "position": f"{number:06}",
        "revision": number,
        "pinned_at_revision": number,
        "created_at": now,
        "changed_at": now,
        "section": "s1",
        "name": f"{row['name'][:110]} {again or ''}".strip(),
        "kind": row["kind"] or "Sonstiges",
        "description": row["description"][:1500],
        "topics": [topic.strip()[:60] for topic in row["topics"].split(";") if topic.strip()][:8],
        "districts": [row["district"]] if row["district"] else [],
        "members": [],
        "meeting": row["meeting"][:200],
        "website": row["website"] if row["website"].startswith("http") else "",
    }
    return Card.model_construct(**given)


def ndcg(names: Sequence[str], worth: Mapping[str, int]) -> float:
    """How good the first ten are, from 0 to 1 for the best order there could be."""
    ideal = _gain(sorted(worth.values(), reverse=True))
    return _gain([worth.get(name, 0) for name in names]) / ideal if ideal else 1.0


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:BEST]))
