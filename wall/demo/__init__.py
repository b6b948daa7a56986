"""The demo: five walls made of real input, so that a first look shows what a wall becomes."""

import csv
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from wall.actions.configure import new_wall
from wall.actions.ledger import Ledger
from wall.errors import NotFound
from wall.exchange.csv import Sheet, take
from wall.model.roles import SYSTEM
from wall.model.wall import KINDS, Wall
from wall.store import boards

INTRO = "Netzwerk fehlt? Jede Ergänzung ist willkommen."
WALLS: dict[str, dict[str, Any]] = {
    "leipzig": {
        "title": "Netzwerk-Wand Leipzig",
        "intro": "Bündnisse, Arbeitskreise, Stammtische und Netzwerke, in denen Leipzigs Vereine und Initiativen"
        f" zusammenarbeiten. {INTRO}",
        "place": "Leipzig",
        "sections": [
            "Bündnisse und Runde Tische",
            "Arbeitskreise",
            "Stammtische und Treffs",
            "Netzwerke",
            "Bürgervereine",
            "Initiativen",
            "Anlaufstellen",
            "Veranstaltungen",
            "Überregionale Partner",
        ],
        "accent": 260,
    },
    "luebeck": {
        "title": "Netzwerk-Wand Lübeck",
        "intro": f"Wo Vereine, Initiativen, Verwaltung und Wirtschaft in Lübeck zusammenarbeiten. {INTRO}",
        "place": "Lübeck",
        "sections": ["Netzwerke", "Arbeitskreise", "Anlaufstellen", "Veranstaltungen", "Partner"],
        "accent": 30,
    },
    "naumburg": {
        "title": "Netzwerk-Wand Naumburg",
        "intro": f"Zentren und Treffen des Engagements in Naumburg. {INTRO}",
        "place": "Naumburg (Saale)",
        "sections": ["Netzwerke", "Engagement-Zentren", "Veranstaltungen"],
        "accent": 150,
    },
    "nrw": {
        "title": "Netzwerk-Wand Nordrhein-Westfalen",
        "intro": f"Wie Kommunen in Nordrhein-Westfalen das Engagement gemeinsam fördern. {INTRO}",
        "place": "Nordrhein-Westfalen",
        "sections": ["Netzwerke", "Veranstaltungen"],
        "accent": 200,
    },
    "sachsen": {
        "title": "Netzwerk-Wand Sachsen",
        "intro": f"Engagierte Städte und Regionen in Sachsen. {INTRO}",
        "place": "Sachsen",
        "sections": ["Netzwerke", "Arbeitskreise", "Veranstaltungen"],
        "accent": 310,
    },
}
NO_DISTRICT = {"Leipzig", "Leipzig-Mitte", "Lübeck", "Naumburg", "Nordrhein-Westfalen", "Sachsen", "bundesweit"}


def _table(name: str) -> Iterator[dict[str, str]]:
    text = (files(__name__) / name).read_text("utf-8")
    yield from csv.DictReader(text.splitlines())


def _credits() -> str:
    lines = [f"- [{r['title']}]({r['website']}), [{r['licence']}]({r['licence_url']})" for r in _table("credits.csv")]
    return "Die Angaben zu vielen Netzwerken dieser Wand stammen aus offenen Daten:\n\n" + "\n".join(lines)


def _rows(slug: str) -> list[dict[str, Any]]:
    rows = [
        {
            **{field: row[field] for field in ("section", "name", "kind", "description", "meeting", "website")},
            "topics": row["topics"].split(";"),
            "members": row["members"].split(";"),
            "districts": [] if row["place"] in NO_DISTRICT else [row["place"]],
        }
        for row in _table("seed_networks.csv")
        if row["wall"] == slug
    ]
    if slug == "leipzig":
        rows += [
            {
                **{field: row[field] for field in ("section", "name", "kind", "meeting", "website")},
                "topics": row["topics"].split(";"),
                "districts": [row["district"]] if row["district"] else [],
            }
            for row in _table("leipzig_networks.csv")
        ]
    return rows


async def make_walls(ledger: Ledger) -> list[Wall]:
    """Make the demo walls that are missing and fill the ones that are empty; what people pinned stays."""
    made: list[Wall] = []
    for slug, about in WALLS.items():
        try:
            async with ledger.database.read() as connection:
                wall = await boards.find_wall(connection, slug)
        except NotFound:
            wall = await new_wall(ledger.database, slug, _settings(slug, about))
        if wall.revision == 0:
            rows = _rows(slug)
            await take(ledger, wall, Sheet(rows, list(range(1, len(rows) + 1))), SYSTEM, extend=True)
        made.append(wall)
    return made


def _settings(slug: str, about: dict[str, Any]) -> dict[str, Any]:
    rows = _rows(slug)
    used = {row["kind"] for row in rows}
    common = {"Aktionsbündnis", "Arbeitskreis", "Stammtisch", "Netzwerk", "Initiative", "Sonstiges"}
    counts: dict[str, int] = {}
    for row in rows:
        for topic in filter(None, row["topics"]):
            counts[topic] = counts.get(topic, 0) + 1
    return about | {
        "sections": [{"id": f"s{n}", "name": name} for n, name in enumerate(about["sections"], 1)],
        "kinds": [kind.model_dump() for kind in KINDS if kind.name in used | common],
        "topics": sorted(counts, key=lambda topic: (-counts[topic], topic))[:24],
        "districts": [row["district"] for row in _table("districts.csv") if row["wall"] == slug],
        "credits": _credits() if slug == "leipzig" else "",
        "contact": "",
    }
