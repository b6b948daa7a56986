"""The hub: the rooms of this process, kept true by the relay, the journal and a look at the database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Any

import structlog

from wall.errors import Unavailable
from wall.live import presence
from wall.live.ending import ended
from wall.live.envelope import Envelope, change_in
from wall.live.frames import Frames
from wall.live.presence import Presence
from wall.live.protocol import COMPARE_HEALTHY, COMPARE_UNPROVEN, RESTART, TICK, TOO_FAR
from wall.live.relay import Relay
from wall.live.rights import Rights
from wall.live.room import Room
from wall.live.soon import Soon
from wall.model.change import Change
from wall.model.wall import Wall
from wall.store import boards
from wall.store.database import Database

IDLE = 300.0  # seconds after which a room nobody uses is closed
TURNS = 10  # parts of the rooms that are ticked one after the other
HINT_EVERY = 1.0  # messages that cannot be trusted lead to at most one look at the database in this time
HINT_SAID = 60.0  # and to at most one line in the log in this
RIGHTS_EVERY = 2.0  # what was said of rights while the relay was away is noticed after so long
RIGHTS_AGAIN = 0.5  # other processes may make us look so often
HOUSE = 0  # the wall that is none: what is told to all processes, whatever walls they have open
log = structlog.get_logger(__name__)


class Hub:
    """Opens rooms on demand. `publish` is what the ledger tells after each commit."""

    def __init__(self, database: Database, relay: Relay, frames: Frames, envelope: Envelope) -> None:
        self.database, self.relay = database, relay
        self._frames, self._envelope = frames, envelope
        self._rooms: dict[int, Room] = {}
        self._opening: dict[int, asyncio.Task[Room]] = {}
        self._finding: dict[str, asyncio.Task[Wall]] = {}
        self._ids: dict[str, int] = {}
        self._me = token_hex(4)
        self._tasks: list[asyncio.Task[None]] = []
        self._hinted = float("-inf")
        self.presence = Presence(relay, envelope, self._me)
        self._compared = float("-inf")
        self.rights = Rights(database)
        self._check_rights = Soon("rights.check", self.rights.check)
        self._check_rights_told = Soon("rights.check", self.rights.check, every=RIGHTS_AGAIN)
        self._look = Soon("hub.look", self.compare, every=HINT_EVERY)
        self._doubtful = True
        self._turn = 0
        self.stopping = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Hub"]:
        """Listen, tick and compare until the block ends; then ask every client to come back elsewhere."""
        await self.relay.start(self._hear)
        await self.relay.join(HOUSE)
        steps = (
            *((self._compare, 0.5), (self._tick, TICK / TURNS), (self._presence, presence.EVERY)),
            (self.rights.check, RIGHTS_EVERY),
        )
        self._tasks = [asyncio.create_task(self._every(seconds, step)) for step, seconds in steps]
        try:
            yield self
        finally:
            self.close_all()
            await ended(*self._tasks)
            await self.relay.stop()

    def close_all(self) -> None:
        """Ask every client to come back: this process ends."""
        self.stopping = True
        for room in self._rooms.values():
            room.close(RESTART, "restart")

    async def room(self, slug: str) -> Room:
        """The room of a wall, opened if need be; many who ask at once share one loading.

        Raises:
            NotFound: there is no such wall.
            Unavailable: it is not open yet and the database does not answer.
        """
        room = self.opened(slug)
        if room is not None:
            return room
        return await self.room_of((await self.find(slug)).key)

    async def find(self, slug: str) -> Wall:
        """The wall at an address, as the database has it; a crowd that comes back after a restart shares one look.

        Raises:
            NotFound: there is no such wall.
            Unavailable: the database does not answer.
        """
        finding = self._finding.get(slug)
        if finding is None:
            finding = self._finding[slug] = asyncio.create_task(self._find(slug))
            finding.add_done_callback(lambda _: self._finding.pop(slug, None))
        return await asyncio.shield(finding)

    async def _find(self, slug: str) -> Wall:
        async with self.database.read() as connection:
            return await boards.find_wall(connection, slug)

    def opened(self, slug: str) -> Room | None:
        """The room of a wall if it is open already."""
        room = self._rooms.get(self._ids.get(slug, -1))
        if room is not None:
            room.last_used = asyncio.get_running_loop().time()
        return room

    async def room_of(self, wall_id: int) -> Room:
        """The room of a wall by its number."""
        room = self._rooms.get(wall_id)
        if room is None:
            opening = self._opening.get(wall_id)
            if opening is None:
                opening = self._opening[wall_id] = asyncio.create_task(self._open(wall_id))
                opening.add_done_callback(lambda _: self._opening.pop(wall_id, None))
            room = await asyncio.shield(opening)
        room.last_used = asyncio.get_running_loop().time()
        return room

    async def _open(self, wall_id: int) -> Room:
        await self.relay.join(wall_id)
        async with self.database.read() as connection:
            board = await boards.load_board(connection, wall_id)
        room = self._rooms[wall_id] = Room(board, self.database, self._frames)
        self._ids[board.wall.slug] = wall_id
        room.repair()  # what was told between joining and loading found no room
        return room

    def publish(self, changes: list[Change]) -> None:
        """Take committed changes into their room and tell the other processes.

        Of a deed of very many nobody is told each: the last one leaves a gap, and every room and screen loads anew.
        """
        changes = changes[-1:] if len(changes) > TOO_FAR else changes
        for change in changes:
            room = self._rooms.get(change.wall_id)
            if room is not None:
                room.take(change)
            if self.relay.alone:
                continue
            content = {"change": change.model_dump(mode="json"), "from": self._me}
            self.relay.send(change.wall_id, self._envelope.seal(change.wall_id, content))

    def note(self, wall_id: int, what: str) -> None:
        """Let the moderators of a wall know, in every process, that something of theirs may look otherwise now.

        To be called after the commit. It carries nothing and may get lost: whoever opens the page sees it anyway.
        """
        room = self._rooms.get(wall_id)
        if room is not None:
            room.note(what)
        self.relay.send(wall_id, self._envelope.seal(wall_id, {"note": what, "from": self._me}))

    def rights_changed(self) -> None:
        """To be called after the commit that ended a session or took a role or a person away.

        Whoever lost a right by it is turned out at once, in every process (W7).
        """
        self._check_rights()
        self.relay.send(HOUSE, self._envelope.seal(HOUSE, {"rights": True, "from": self._me}))

    def _hear(self, wall_id: int, message: bytes) -> None:
        room = self._rooms.get(wall_id)
        if room is None and wall_id != HOUSE:
            return
        content = self._envelope.open(wall_id, message)
        if content is None:
            self._hint(wall_id)
        elif content.get("from") == self._me:
            return  # our own word comes back
        elif room is None:
            if "rights" in content:
                self._check_rights_told()
        elif "note" in content:
            room.note(str(content["note"]))
        elif "watching" in content:
            self.presence.hear(room, content)
        else:
            change = change_in(content)
            if change is None or change.wall_id != wall_id:
                self._hint(wall_id)
            else:
                room.take(change)

    def _hint(self, wall_id: int) -> None:
        """A message that proves nothing may still mean that something happened."""
        now = asyncio.get_running_loop().time()
        if now - self._hinted >= HINT_SAID:
            self._hinted = now
            log.warning("relay.unreadable", wall=wall_id)
        self._look()

    async def _every(self, seconds: float, step: Any) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await step()
            except Unavailable as error:
                log.warning("hub.database_away", error=str(error))
            except Exception:
                log.exception("hub.step_failed")

    async def _compare(self) -> None:
        """Hold every room against the database (W4): one query for all of them. Close rooms nobody uses."""
        now = asyncio.get_running_loop().time()
        proven = self.relay.proven
        self._doubtful = self._doubtful or not proven  # what was said while the line was cut was lost on us
        back = self._doubtful and proven
        wait = 0 if back else COMPARE_UNPROVEN if self._doubtful else COMPARE_HEALTHY
        if now - self._compared < wait or not self._rooms:
            return
        self._compared = now
        await self.compare()
        self._doubtful = not proven
        for wall_id, room in list(self._rooms.items()):
            if not room.occupied and now - room.last_used > IDLE:
                del self._rooms[wall_id]
                room.let_go()
                await self.relay.leave(wall_id)

    async def compare(self) -> None:
        """Repair every room that is not where the database is."""
        async with self.database.read() as connection:
            known = await boards.revisions(connection, list(self._rooms))
        for wall_id, (revision, epoch) in known.items():
            room = self._rooms.get(wall_id)
            if room is not None and (revision > room.board.revision or epoch != room.board.epoch):
                room.repair()

    async def _tick(self) -> None:
        """Each room every ten seconds, but not all of them in one moment."""
        self._turn = (self._turn + 1) % TURNS
        for wall_id, room in list(self._rooms.items()):
            if wall_id % TURNS == self._turn:
                room.tick()

    async def _presence(self) -> None:
        await self.presence.show(list(self._rooms.values()))
