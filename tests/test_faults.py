"""The fault run in small; `python3 -m tests.faults` is the whole of it."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from tests.faults.checker import Checker
from tests.faults.clients import Reader, Writers
from tests.faults.cluster import Cluster
from tests.faults.proxy import Proxy
from tests.faults.run import run
from tests.makers import make_wall, words
from tests.services import private_folder
from wall.actions.ledger import Ledger
from wall.actions.pin import pin_all
from wall.model.audience import card_for
from wall.model.card import Card
from wall.model.change import changes
from wall.model.roles import SYSTEM
from wall.store import boards
from wall.store.database import Database

HEALED = 5.0  # seconds on a busy machine; the whole run says how long it takes on a quiet one


@pytest.fixture
def folder() -> Iterator[Path]:
    with private_folder() as folder:
        yield folder


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_no_acknowledged_pin_is_lost_and_every_screen_agrees_whatever_fails(database: str, folder: Path) -> None:
    result = await run(database, folder, pins=500, faults=20, seed=3, long_chance=0)
    found = result.verdict
    assert (found.lost, found.duplicated, found.diverged) == ([], [], [])
    assert result.acked == 500
    assert max(seconds for seconds, _ in result.heals) < HEALED, result.heals
    assert result.trouble == []


class Scene:
    """A wall with three pins that were acknowledged, and a screen that shows them; no server."""

    def __init__(self, database: Database, cards: list[Card]) -> None:
        chance = random.Random(1)
        self.writers, self.reader = Writers([], ["probe"], chance), Reader("screen", Proxy(0, chance), "probe", chance)
        self.writers.acked = {("probe", card.name): card.id for card in cards}
        self.reader.cards = {card.id: card_for("visitor", card) for card in cards}
        self._cluster = Cluster(database, ["probe"])

    async def verdict(self) -> tuple[int, int, int]:
        """How many the checker finds lost, duplicated and diverged."""
        checker = Checker(self._cluster, self.writers, [self.reader])
        await checker.agreed()
        found = await checker.judge()
        return len(found.lost), len(found.duplicated), len(found.diverged)


@pytest.fixture
async def scene(database: Database, ledger: Ledger) -> Scene:
    wall = await make_wall(database, moderation="after")
    return Scene(database, await pin_all(ledger, wall, [words(f"Netz {n}") for n in range(3)], SYSTEM))


async def test_the_checker_has_nothing_to_say_where_all_is_well(scene: Scene) -> None:
    assert await scene.verdict() == (0, 0, 0)


async def test_the_checker_notices_a_pin_that_was_acknowledged_and_is_nowhere(scene: Scene) -> None:
    scene.writers.acked["probe", "Netz 3"] = "000000000000"
    assert await scene.verdict() == (2, 0, 0), "not in the database and not on the screen"


async def test_the_checker_notices_a_pin_that_is_there_twice(scene: Scene, database: Database, ledger: Ledger) -> None:
    async with database.read() as connection:
        wall = await boards.find_wall(connection, "probe")
    again = (await pin_all(ledger, wall, [words("Netz 1")], SYSTEM))[0]
    scene.reader.cards[again.id] = card_for("visitor", again)
    assert await scene.verdict() == (0, 1, 0)


async def test_the_checker_notices_a_gap_in_the_journal(scene: Scene, database: Database) -> None:
    await database.write(lambda connection: connection.execute(delete(changes).where(changes.c.revision == 2)))
    assert await scene.verdict() == (1, 0, 0)


async def test_the_checker_notices_a_screen_that_shows_something_else(scene: Scene) -> None:
    next(iter(scene.reader.cards.values()))["name"] = "Etwas anderes"
    assert await scene.verdict() == (0, 0, 1)
