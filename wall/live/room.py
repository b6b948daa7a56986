"""A room: one open wall in this process, with its board, its recent changes and its subscribers."""

import asyncio
import contextlib
from typing import Any

from wall.errors import NotFound, Unavailable
from wall.live.crowd import Crowd, Moderator, Seen
from wall.live.frames import Frames
from wall.live.protocol import COALESCE, REPLAY, TOO_FAR
from wall.live.recent import Recent, bare
from wall.live.seats import Row, Seat
from wall.live.soon import Soon
from wall.model.audience import Audience, sees
from wall.model.board import Board
from wall.model.change import Change
from wall.store import boards, journal
from wall.store.database import Database

REPLAYS = 8  # answers to returning clients a room keeps between two ticks


class Room:
    """Takes changes in any order and however often; gives every subscriber each revision once, in order."""

    def __init__(self, board: Board, database: Database, frames: Frames) -> None:
        self.board, self._database, self._frames = board, database, frames
        self._rows: dict[Audience, Row] = {}
        self._pending: list[Change] = []
        self._timer: asyncio.TimerHandle | None = None
        self._sent_at = float("-inf")
        self._loop = asyncio.get_running_loop()
        self.crowd = Crowd()
        self._shown: Seen | None = None  # what the sockets were last told of the crowd
        self.last_used = 0.0
        self._recent = Recent()
        self.repair = Soon("room.repair", self._fetch)  # from the journal: the only repair there is
        self._remembering, self._fetching = asyncio.Lock(), asyncio.Lock()
        # A crowd that comes back after a restart lacks the same changes: they are drawn once, kept until the next tick.
        self._replays: dict[tuple[int, Audience], list[tuple[int, bytes]]] = {}

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
        self._replays.clear()
        if change.kind == "erased" and change.card is not None:
            self._forget(change.card["id"])
        self._recent.add(change)
        self._pending.append(change)
        if self._timer is None:
            wait = self._sent_at + COALESCE - self._loop.time()
            if wait <= 0:
                self.flush()
            else:
                self._timer = self._loop.call_later(wait, self.flush)

    def _forget(self, card_id: str) -> None:
        """Let go of every word of an erased card that this room keeps for latecomers, and of its drawings."""
        self._recent.redact(card_id)
        self._pending = [bare(change, card_id) for change in self._pending]
        self._frames.forget(card_id)

    def flush(self) -> None:
        """Send what gathered: at once in an idle room, once a tick in a busy one (W9)."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._pending:
            return
        changes, self._pending = self._pending, []
        for audience, row in self._rows.items():
            if audience.form != "quiet":
                row.send([self._frames.change(c, self.board, audience) for c in changes], changes[-1].revision)
        # The END of the fan-out: one that outlasts the tick would never batch if the tick began with it.
        self._sent_at = self._loop.time()

    def everyone(self, payload: bytes) -> None:
        """Send what belongs to no revision."""
        self.flush()
        for row in self._rows.values():
            row.send([payload], self.board.revision)

    def note(self, what: str) -> None:
        """Tell the moderators here that something beside the wall has changed; what, their page asks for itself."""
        self.flush()
        for audience, row in self._rows.items():
            if audience.role == "moderator":
                row.send([self._frames.note(what)], self.board.revision)

    @property
    def watching(self) -> int:
        """How many sockets of this process watch the wall."""
        return sum(len(row) for audience, row in self._rows.items() if audience.form != "quiet")

    @property
    def occupied(self) -> bool:
        """Whether any socket is in the room."""
        return bool(self._rows)

    @property
    def seen(self) -> Seen:
        """How the wall is attended, in all processes."""
        now = self._loop.time()
        return self.crowd.everywhere(self.crowd.here(self.watching, now), now)

    def close(self, code: int, why: str) -> None:
        """Ask the sockets that this process feeds frame by frame to close; the server closes the others itself."""
        for row in self._rows.values():
            row.close_queued(code, why)

    def tick(self) -> None:
        self._replays.clear()
        self.everyone(self._frames.tick(self.board))

    def show_presence(self, seen: Seen) -> None:
        """Tell each audience what is new in what it may know."""
        before, self._shown = self._shown, seen
        if seen == before:
            return
        self.flush()
        for audience, row in self._rows.items():
            if before is None or audience.role == "moderator" or seen.counts() != before.counts():
                row.send([self._frames.presence(seen, self.board, audience)], self.board.revision)

    async def join(self, seat: Seat, since: int, epoch: str) -> None:
        """Let a socket in who has `since` of `epoch`, and send it all it lacks, in order, or a reset (W2)."""
        if epoch == self.board.epoch and not self._remembers(since):
            with contextlib.suppress(Unavailable, NotFound):
                if 0 <= since < self.board.revision:
                    await self._remember(since)
                elif since - self.board.revision <= TOO_FAR:
                    await self._fetch(since)  # its page may come from a process that is a moment ahead of this one
        # From here on nothing awaits: the subscriber is in the room before anything newer can happen.
        self.flush()
        audience = seat.audience
        seat.push(self._frames.hello(self.board), since)
        replay = [] if audience.form == "quiet" else self._replay(since, epoch, audience)
        if replay is None:
            seat.push(self._frames.reset(self.board), self.board.revision)
        else:
            for revision, payload in replay:
                seat.push(payload, revision - 1)
        if self._shown is not None:
            seat.push(self._frames.presence(self._shown, self.board, audience), self.board.revision)
        row = self._rows.get(audience)
        if row is None:
            row = self._rows[audience] = Row(lambda since: self.catch_up(since, audience))
        row.revision = self.board.revision
        row.add(seat)

    def say(self, seat: Seat, said: dict[str, Any], moderator: Moderator | None) -> None:
        """Take what a client in this room says of itself; the others are shown it with the next presence frame."""
        card = self.board.cards.get(str(said.get("card")))
        if card is None or not sees("moderator", card) or seat.audience.role_in(card.section) == "visitor":
            moderator = None  # a card that is not there is in nobody's hand
        self.crowd.say(seat, said, moderator, self._loop.time())

    def let_go(self) -> None:
        """Nobody has been here for long: drop the drawings of the cards too."""
        for card_id in self.board.cards:
            self._frames.forget(card_id)

    def leave(self, seat: Seat) -> None:
        row = self._rows.get(seat.audience)
        if row is not None:
            row.discard(seat)
            self.crowd.leave(seat)
            if not len(row):
                del self._rows[seat.audience]

    def _replay(self, since: int, epoch: str, audience: Audience) -> list[tuple[int, bytes]] | None:
        """Every change after `since`, in order, or None where the client is better off starting anew."""
        if epoch != self.board.epoch or not 0 <= since <= self.board.revision or not self._remembers(since):
            return None
        found = self._replays.get((since, audience))
        if found is None:
            missed = self._recent.after(since)
            frames = self._frames.replay(missed, self.board, audience)
            found = [(change.revision, frame) for change, frame in zip(missed, frames, strict=True)]
            if len(self._replays) == REPLAYS:
                self._replays.clear()
            self._replays[since, audience] = found
        return found if sum(len(payload) for _, payload in found) <= REPLAY else None

    def catch_up(self, since: int, audience: Audience) -> bytes:
        """One payload that brings a skipped client from `since` to what its row has sent."""
        if audience.form == "quiet":
            return self._frames.tick(self.board)
        if not self._remembers(since):
            return self._frames.reset(self.board)
        return self._frames.catch_up(self._recent.after(since), self.board, audience)

    def _remembers(self, since: int) -> bool:
        return since == self.board.revision or self._recent.reach(since)

    async def _remember(self, since: int) -> None:
        """Fetch older changes from the journal, unless there are too many to be worth it.

        When a crowd comes back after a restart, one looks and the others find it remembered.
        """
        if self.board.revision - since > TOO_FAR:
            return
        async with self._remembering:
            if not self._remembers(since):
                await self._look_back(since)

    async def _look_back(self, since: int) -> None:
        async with self._database.read() as connection:
            older = await journal.changes_since(connection, self.wall_id, since, TOO_FAR)
        older = [change for change in older if change.epoch == self.board.epoch]
        self._recent.add_older(older, since, self.board.revision)

    async def _fetch(self, wanted: int | None = None) -> None:
        """Read what is missing, unless `wanted` is there by then. One after another: an older look never wins."""
        async with self._fetching:
            if wanted is None or self.board.revision < wanted:
                await self._fetch_missing()

    async def _fetch_missing(self) -> None:
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
        self._replays.clear()
        self._pending.clear()
        self.everyone(self._frames.reset(self.board))
