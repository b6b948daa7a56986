"""One seed: its operations, its healing and what was found wrong."""

import asyncio
import random
import shutil
import tempfile
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.deeds import Deeds
from tests.fuzz.simulation import Disk, simulate
from tests.fuzz.world import World
from wall.store.database import Database
from wall.store.migrations import migrate

TALE = 30  # the last operations a failing seed tells of
MEMORY = Path("/dev/shm")


@dataclass(slots=True)
class Outcome:
    """What became of a seed."""

    seed: int
    operations: int = 0
    revision: int = 0
    loads: int = 0
    wrong: list[str] = field(default_factory=list)
    tale: list[str] = field(default_factory=list)


def scratch() -> Path | None:
    """Where files cost least: in memory, if the system has such a place."""
    return MEMORY if MEMORY.is_dir() else None


def make_template(folder: Path) -> Path:
    """A migrated database to copy from."""

    async def prepare() -> None:
        database = Database(f"sqlite:///{folder / 'template.db'}")
        await migrate(database)
        await database.close()

    asyncio.run(prepare())
    return folder / "template.db"


def survive(seed: int, operations: int, template: Path) -> Outcome:
    """Run one seed in an installation of its own."""
    outcome = Outcome(seed)
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=scratch()) as folder:
        shutil.copy(template, Path(folder) / "wall.db")

        async def job(disk: Disk) -> None:
            world = World(f"sqlite:///{folder}/wall.db", disk, random.Random(f"seed {seed}"))
            await world.open()
            try:
                deeds = Deeds(world)
                for _ in range(operations):
                    outcome.tale.append(await deeds.next())
                    outcome.operations += 1
                outcome.wrong = await world.judge()
            finally:
                await world.close()
            outcome.revision, outcome.loads = world.revision, sum(screen.loads for screen in world.screens)

        try:
            simulate(str(seed), job)
        except Exception:
            outcome.wrong.append(traceback.format_exc())
    del outcome.tale[:-TALE]
    return outcome
