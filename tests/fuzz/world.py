"""The installation under test: processes on one database, a bad relay between them, and who looks on."""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

from tests.fuzz.network import Network, Relay
from tests.fuzz.screens import DRAWING, Screen
from tests.fuzz.simulation import Disk
from tests.makers import SECRET, make_wall
from wall.actions.ledger import Ledger
from wall.errors import WallError
from wall.live.envelope import Envelope
from wall.live.frames import Frames
from wall.live.hub import Hub
from wall.live.protocol import RESTART
from wall.model.board import Board
from wall.model.wall import Wall
from wall.store import boards, journal, past
from wall.store.database import Database

HEALED = 3.0  # seconds; the hubs look into the database every two (W4), in steps of half a second
SETTLED = 40.0  # seconds until every screen is back: dropped after ten, then loaded anew
STEP = 0.25


class Process:
    """One process: its own connections, hub and ledger."""

    def __init__(self, url: str, network: Network) -> None:
        self.database = Database(url)
        self.relay = Relay(network)
        self.wires: dict[Any, None] = {}
        self.jobs: list[asyncio.Task[Any]] = []
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        self._stack.push_async_callback(self.database.close)
        self.hub = Hub(self.database, self.relay, Frames(DRAWING.card, forget=DRAWING.forget), Envelope((SECRET,)))
        self.ledger = Ledger(self.database, self.hub.publish, snapshot_every=7)
        await self._stack.enter_async_context(self.hub.running())

    async def stop(self) -> None:
        """As a server that is told to end: answer who asked, and tell every socket to come back."""
        await asyncio.gather(*self.jobs, return_exceptions=True)
        self.hub.close_all()
        for wire in self.wires:
            wire.drop(RESTART, "restart")
        await self._stack.aclose()


class World:
    """Everything of one seed; `wrong` collects what should never have happened."""

    wall: Wall

    def __init__(self, url: str, disk: Disk, chance: random.Random) -> None:
        self.disk, self.chance, self._url = disk, chance, url
        self.network = Network(random.Random(chance.random()))
        self.processes: list[Process] = []
        self.screens: list[Screen] = []
        self.jobs: list[asyncio.Task[Any]] = []  # of processes that end
        self.acked: set[str] = set()
        self.kept: list[int] = []
        self.keys = 0
        self.wrong: list[str] = []
        self.revision = 0

    async def open(self) -> None:
        for _ in range(self.chance.choice((2, 2, 3))):
            await self.add_process()
        self.wall = await make_wall(self.processes[0].database)
        for _ in range(2):
            self.add_screen()

    async def add_process(self) -> None:
        process = Process(self._url, self.network)
        await process.start()
        self.processes.append(process)

    def add_screen(self) -> None:
        self.screens.append(Screen(self, random.Random(self.chance.random())))

    def some_process(self, chance: random.Random) -> Process:
        return chance.choice(self.processes)

    def end(self, process: Process) -> None:
        """Let a process end, beside everything else."""
        self.processes.remove(process)
        self.jobs.append(asyncio.create_task(process.stop()))

    def start(self, process: Process, job: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let a process do something; that it is refused is as good an outcome as any."""
        task = asyncio.create_task(self._do(job))
        process.jobs.append(task)
        return task

    async def _do(self, job: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await job
        except WallError:
            return None
        except Exception as error:
            self.wrong.append(f"{job.__qualname__}: {error!r}")
            return None

    async def close(self) -> None:
        """End everything, whatever state it is in."""
        self.disk.trouble = 0.0
        for screen in self.screens:
            screen.task.cancel()
        await asyncio.gather(*(screen.task for screen in self.screens), return_exceptions=True)
        for process in self.processes[:]:
            self.end(process)
        await asyncio.gather(*self.jobs)

    async def judge(self) -> list[str]:
        """Let everything heal, with nothing more from the relay, and say what is not as the database has it."""
        self.network.cut = True
        self.disk.trouble = 0.0
        for process in self.processes:
            process.relay.proven = False
        for screen in self.screens:
            screen.pace = "fast"
        await asyncio.gather(*(job for process in self.processes for job in process.jobs), return_exceptions=True)
        await asyncio.gather(*self.jobs)
        await asyncio.sleep(HEALED)
        truth = await self._truth()
        for number, process in enumerate(self.processes):
            room = process.hub.opened("probe")
            if room is not None and room.board.digest() != truth.digest():
                self.wrong.append(f"process {number} is at {room.board.revision} of {truth.revision}")
        waited = 0.0
        while waited < SETTLED and not all(screen.agrees(truth) for screen in self.screens):
            await asyncio.sleep(STEP)
            waited += STEP
        self.wrong += [f"{screen} of {truth.revision}" for screen in self.screens if not screen.agrees(truth)]
        self.wrong += [f"{screen}: {screen.task.exception()!r}" for screen in self.screens if screen.task.done()]
        return self.wrong

    async def _truth(self) -> Board:
        """The board as a process that starts now would load it, held against the journal and what was acknowledged."""
        database = Database(self._url)
        async with database.read() as connection:
            board = await boards.load_board(connection, self.wall.key)
            revisions = [change.revision for change in await journal.changes_since(connection, self.wall.key, 0)]
            replayed = await past.board_at(connection, self.wall.key, board.revision)
        await database.close()
        if replayed.digest() != board.digest():
            self.wrong.append(f"the journal leads to another wall than {board.revision}")
        if revisions != list(range(1, board.revision + 1)):
            self.wrong.append(f"the journal has {revisions} up to {board.revision}")
        if lost := self.acked - board.cards.keys():
            self.wrong.append(f"acknowledged and not there: {sorted(lost)}")
        self.revision = board.revision
        return board
