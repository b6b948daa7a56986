"""The same questions asked of SQLite FTS5 and of PostgreSQL's German full text, each as one would set it up."""

import re
import sqlite3
from collections.abc import Iterable

import asyncpg

from wall.find.index import FIELDS, fields_of
from wall.model.card import Card

WORD = re.compile(r"\w+")
POSTGRES = """
SELECT id FROM card, websearch_to_tsquery('german', $1) AS asked
WHERE words @@ asked ORDER BY ts_rank(words, asked) DESC, id LIMIT $2
"""


def columns(card: Card) -> list[str]:
    """The texts of a card by field, as the search weighs them."""
    found = [""] * FIELDS
    for field, text in fields_of(card):
        found[field] = f"{found[field]} {text}".strip()
    return found


class Fts5:
    """Without accents, every word as a prefix, the fields weighted."""

    def __init__(self, cards: Iterable[Card]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE card USING fts5(id UNINDEXED, name, labels, place, members, text,"
            " tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
        )
        rows = ([card.id, *columns(card)] for card in cards)
        self._database.executemany("INSERT INTO card VALUES (?, ?, ?, ?, ?, ?)", rows)

    def ask(self, text: str, most: int = 10) -> list[str]:
        words = " ".join(f'"{word}"*' for word in WORD.findall(text))
        if not words:
            return []
        query = "SELECT id FROM card WHERE card MATCH ? ORDER BY bm25(card, 0, 10, 7, 7, 4, 3.5) LIMIT ?"
        return [row[0] for row in self._database.execute(query, (words, most))]


class Postgres:
    """The configuration `german`, fields as weights A to D."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def learn(self, cards: Iterable[Card]) -> None:
        await self._connection.execute("CREATE TABLE card (id text PRIMARY KEY, words tsvector)")
        weights = "ABBCD"
        words = " || ".join(f"setweight(to_tsvector('german', ${n + 2}), '{weights[n]}')" for n in range(FIELDS))
        rows = [(card.id, *columns(card)) for card in cards]
        await self._connection.executemany(f"INSERT INTO card VALUES ($1, {words})", rows)
        await self._connection.execute("CREATE INDEX ON card USING gin (words)")

    async def ask(self, text: str, most: int = 10) -> list[str]:
        return [row["id"] for row in await self._connection.fetch(POSTGRES, text, most)]
