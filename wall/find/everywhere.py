"""Searching all public walls at once: one index of what everybody sees of them, brought up to date before answering."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from wall.find.asked import read
from wall.find.search import Answer
from wall.find.shelf import Shelf, respelled
from wall.find.synonyms import Synonyms, default_synonyms
from wall.model.card import Card
from wall.model.wall import Wall
from wall.store import boards

BEST = 4  # cards of one wall that are shown


@dataclass(frozen=True, slots=True)
class Hits:
    """What one wall has: how many cards, and the best of them."""

    wall: Wall
    count: int
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class City:
    """What the walls of one place have, the best wall first."""

    place: str
    walls: Sequence[Hits]


class Everywhere:
    """Reads of the database only what changed since the last question."""

    def __init__(self, synonyms: Synonyms | None = None) -> None:
        self._synonyms = synonyms or default_synonyms()
        self._shelf = Shelf()
        self._at: dict[int, tuple[str, int]] = {}  # epoch and revision of every wall that is in here
        self._wall_of: dict[str, int] = {}

    async def search(
        self, connection: AsyncConnection, walls: Sequence[Wall], text: str
    ) -> tuple[Answer, Sequence[City]]:
        """What answers a question on these walls, by place."""
        asked = read(text)
        if not asked:
            return Answer(), []
        async with self._shelf.learning:
            await self._catch_up(connection, walls)
            answer = await self._shelf.answer(self._synonyms, asked)
        of_wall: dict[int, list[str]] = {}
        for card_id in answer.ids:
            of_wall.setdefault(self._wall_of[card_id], []).append(card_id)
        shown = [card_id for ids in of_wall.values() for card_id in ids[:BEST]]
        cards = {card.id: card for card in await boards.visible_cards(connection, shown)}
        answer.suggestion = respelled(text, answer.meant, cards.values())
        known, cities = {wall.key: wall for wall in walls}, dict[str, list[Hits]]()
        for wall_id, ids in of_wall.items():  # the wall with the best card comes first
            wall, best = known[wall_id], [cards[card_id] for card_id in ids[:BEST] if card_id in cards]
            cities.setdefault(wall.place or wall.title, []).append(Hits(wall, len(ids), best))
        return answer, [City(place, hits) for place, hits in cities.items()]

    async def _catch_up(self, connection: AsyncConnection, walls: Sequence[Wall]) -> None:
        listed = {wall.key for wall in walls}
        for wall_id in self._at.keys() - listed:
            self._forget(wall_id)
        for wall in walls:
            epoch, revision = self._at.get(wall.key, ("", -1))
            if (epoch, revision) == (wall.epoch, wall.revision):
                continue
            if epoch != wall.epoch:
                self._forget(wall.key)
                revision = -1
            changed = await boards.changed_cards(connection, wall.key, revision)
            for card in changed:
                self._shelf.index.forget(card.id)
                self._wall_of.pop(card.id, None)
            visible = [card for card in changed if card.visible]
            self._wall_of |= dict.fromkeys((card.id for card in visible), wall.key)
            await self._shelf.learn(visible)
            self._at[wall.key] = (wall.epoch, wall.revision)

    def _forget(self, wall_id: int) -> None:
        self._at.pop(wall_id, None)
        for card_id in [card_id for card_id, known in self._wall_of.items() if known == wall_id]:
            self._shelf.index.forget(card_id)
            del self._wall_of[card_id]
