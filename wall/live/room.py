"""A room: one open wall in this process, with its board, its recent changes and its subscribers."""

import asyncio
import contextlib
from collections import deque

import structlog

from wall.errors import NotFound, Unavailable
from wall.live.frames import Frames
from wall.live.protocol import KEPT_CHANGES, TOO_FAR
from wall.live.subscriber import Subscriber
from wall.model.audience import Audience
from wall.model.board import Board
from wall.model.change import Change
from wall.store import boards, journal
from wall.store.database import Database

log = structlog.get_logger(__name__)


class Room:
    """Takes changes in any order and however often; gives every subscriber each revision once, in order."""

    def __init__(self, board: Board, database: Database, frames: Frames) -> None:
        self.board, self._database, self._frames = board, database, frames
        self.subscribers: set[Subscriber] = set()
        self.elsewhere: dict[str, tuple[int, float]] = {}  # process -> watchers, when heard
        self.shown_presence = -1
        self.last_used = 0.0
        self._recent: deque[Change] = deque(maxlen=KEPT_CHANGES)
        self._repairing: asyncio.Task[None] | None = None
        self._again = False

    @property
    def wall_id(self) -> int:
        return self.board.wall.key

    def take(self, change: Change) -> None:
        """Apply the next change and send it; drop an old one; on a gap look into the journal."""
        if change.epoch == self.board.epoch and change.revision <= self.board.revision:
            return
        if not self.board.apply(change):
            self.repair()
            return
        self._recent.append(change)
        encoded: dict[Audience, bytes] = {}
        for subscriber in self.subscribers:
            frame = encoded.get(subscriber.audience)
            if frame is None:
                frame = encoded[subscriber.audience] = self._frames.change(change, self.board, subscriber.audience)
            subscriber.push(frame, change.revision - 1)

    def everyone(self, frame: bytes) -> None:
        """Send a frame that belongs to no revision."""
        for subscriber in self.subscribers:
            subscriber.push(frame, self.board.revision)

    def tick(self) -> None:
        self.everyone(self._frames.tick(self.board))

    def show_presence(self, watching: int) -> None:
        if watching != self.shown_presence:
            self.shown_presence = watching
            self.everyone(self._frames.presence(watching))

    async def join(self, subscriber: Subscriber, since: int, epoch: str) -> None:
        """Let a subscriber in who has `since` of `epoch`, and send it all it lacks, in order, or a reset (W2)."""
        if epoch == self.board.epoch and not self._remembers(since):
            with contextlib.suppress(Unavailable, NotFound):
                if 0 <= since < self.board.revision:
                    await self._remember(since)
                elif since - self.board.revision <= TOO_FAR:
                    await self._fetch()  # its page may come from a process that is a moment ahead of this one
        # From here on nothing awaits: the subscriber is in the room before anything newer can happen.
        self.subscribers.add(subscriber)
        subscriber.push(self._frames.hello(self.board), since)
        if epoch != self.board.epoch or not 0 <= since <= self.board.revision or not self._remembers(since):
            subscriber.push(self._frames.reset(self.board), self.board.revision)
        else:
            for change in self._since(since):
                frame = self._frames.change(change, self.board, subscriber.audience)
                subscriber.push(frame, change.revision - 1)
        if self.shown_presence >= 0:
            subscriber.push(self._frames.presence(self.shown_presence), self.board.revision)

    def leave(self, subscriber: Subscriber) -> None:
        self.subscribers.discard(subscriber)

    def catch_up(self, since: int, audience: Audience) -> bytes:
        """One frame that brings a skipped client from `since` to now."""
        if not self._remembers(since):
            return self._frames.reset(self.board)
        return self._frames.catch_up(self._since(since), self.board, audience)

    def _remembers(self, since: int) -> bool:
        return since == self.board.revision or bool(self._recent and self._recent[0].revision <= since + 1)

    def _since(self, since: int) -> list[Change]:
        return [change for change in self._recent if change.revision > since]

    async def _remember(self, since: int) -> None:
        """Fetch older changes from the journal, unless there are too many to be worth it."""
        if self.board.revision - since > TOO_FAR:
            return
        async with self._database.read() as connection:
            older = await journal.changes_since(connection, self.wall_id, since, TOO_FAR)
        first = self._recent[0].revision if self._recent else self.board.revision + 1
        older = [change for change in older if change.revision < first and change.epoch == self.board.epoch]
        gapless = bool(older) and older[0].revision == since + 1 and older[-1].revision == first - 1
        if gapless:
            kept = deque([*older, *self._recent], maxlen=max(KEPT_CHANGES, TOO_FAR))
            self._recent = kept

    def repair(self) -> None:
        """Fetch what is missing from the journal: the only repair there is. One at a time per room."""
        if self._repairing is not None and not self._repairing.done():
            self._again = True
            return
        self._repairing = asyncio.create_task(self._repair())

    async def _repair(self) -> None:
        while True:
            self._again = False
            try:
                await self._fetch()
            except (Unavailable, NotFound) as error:
                log.warning("room.repair_failed", wall=self.wall_id, error=str(error))
                return
            if not self._again:
                return

    async def _fetch(self) -> None:
        async with self._database.read() as connection:
            known = await boards.revisions(connection, [self.wall_id])
            revision, epoch = known.get(self.wall_id, (self.board.revision, self.board.epoch))
            anew = epoch != self.board.epoch or revision - self.board.revision > TOO_FAR
            fresh = await boards.load_board(connection, self.wall_id) if anew else None
            missing = [] if anew else await journal.changes_since(connection, self.wall_id, self.board.revision)
        if fresh is not None:
            self._replace(fresh)
        for change in missing:
            if change.epoch == self.board.epoch and change.revision == self.board.revision + 1:
                self.take(change)

    def _replace(self, fresh: Board) -> None:
        """Start from a board loaded anew; every page does too."""
        if fresh.epoch == self.board.epoch and fresh.revision <= self.board.revision:
            return
        self.board = fresh
        self._recent.clear()
        self.everyone(self._frames.reset(self.board))
