"""The sockets of one audience in one room: the same finished bytes to each, and nobody waits for the slowest (W6)."""

import asyncio
from collections.abc import Callable, Sequence

from websockets.protocol import OPEN

from wall.live.encoding import deflated, finished
from wall.live.protocol import SLOW, STALLED
from wall.live.server import Outlet, WallWebSocket
from wall.live.subscriber import Subscriber
from wall.model.audience import Audience

CatchUp = Callable[[int], bytes]  # revision -> one payload with the newest state of what changed since
ENCODERS = (finished, deflated)


class WireSeat:
    """A socket that takes finished frames."""

    __slots__ = ("audience", "row", "since", "timer", "waiting", "wire")

    def __init__(self, wire: WallWebSocket, audience: Audience) -> None:
        self.wire, self.audience = wire, audience
        self.row: Row | None = None
        self.since: int | None = None  # while skipped: the revision it has
        self.waiting = 0
        self.timer: asyncio.TimerHandle | None = None

    def push(self, payload: bytes, revision: int) -> None:
        """Write one payload to this socket alone."""
        self.wire.write(ENCODERS[self.wire.deflating](payload))

    def close(self, code: int, why: str) -> None:
        self.wire.drop(code, why)

    def paused(self) -> None:
        if self.row is not None:
            self.row.skip(self)

    def resumed(self) -> None:
        if self.row is not None:
            self.row.catch_up(self)


Seat = WireSeat | Subscriber


class Row:
    """Everybody who gets the same bytes. Dictionaries serve as sets here: an empty one takes a third of the memory."""

    __slots__ = ("__weakref__", "_catch_up", "_lists", "_loop", "_queued", "_seats", "_stalled", "revision", "skipped")

    def __init__(self, catch_up: CatchUp, stalled: float = STALLED) -> None:
        self._catch_up, self._stalled = catch_up, stalled
        self._loop = asyncio.get_running_loop()
        self.revision = 0  # what those who are not skipped have
        self._seats: tuple[dict[WireSeat, None], dict[WireSeat, None]] = ({}, {})
        # Rebuilt on join, leave and pause only: a tuple per client per change would double the time in garbage
        # collection. Outlets, because a method call and two look-ups more per socket are a fifth of the user time.
        self._lists: list[list[Outlet] | None] = [None, None]
        self._queued: dict[Subscriber, None] = {}
        self.skipped: dict[WireSeat, None] = {}

    def __len__(self) -> int:
        return len(self._seats[0]) + len(self._seats[1]) + len(self._queued) + len(self.skipped)

    def add(self, seat: Seat) -> None:
        if isinstance(seat, Subscriber):
            self._queued[seat] = None
            return
        seat.row = self
        seat.wire.reader = seat
        self._put(seat)
        if seat.wire.full:  # what it was sent on joining was too much already
            self.skip(seat)

    def discard(self, seat: Seat) -> None:
        if isinstance(seat, Subscriber):
            self._queued.pop(seat, None)
            return
        seat.row = seat.wire.reader = None
        self._take(seat)
        self.skipped.pop(seat, None)
        if seat.timer is not None:
            seat.timer.cancel()

    def close_queued(self, code: int, why: str) -> None:
        for subscriber in self._queued:
            subscriber.close(code, why)

    def _put(self, seat: WireSeat) -> None:
        kind = int(seat.wire.deflating)
        self._seats[kind][seat] = None
        self._lists[kind] = None

    def _take(self, seat: WireSeat) -> bool:
        kind = int(seat.wire.deflating)
        self._lists[kind] = None
        return self._seats[kind].pop(seat, seat) is None

    def send(self, payloads: Sequence[bytes], revision: int) -> None:
        """One write per socket, in order; `revision` is what a client has once it read them. Never waits."""
        before, self.revision = self.revision, revision
        for kind, encode in enumerate(ENCODERS):
            seats = self._seats[kind]
            if not seats:
                continue
            frames = encode(payloads[0]) if len(payloads) == 1 else b"".join([encode(p) for p in payloads])
            outlets = self._lists[kind]
            if outlets is None:
                outlets = self._lists[kind] = [seat.wire.outlet for seat in seats]
            for connection, write in outlets:  # a pause meanwhile drops the list from the row, not from under the loop
                if connection._state is OPEN:
                    try:
                        write(frames)
                    except RuntimeError:  # uvloop's: it just lost a connection that websockets calls OPEN still
                        continue
        for subscriber in self._queued:
            for payload in payloads:
                subscriber.push(payload, before)

    def skip(self, seat: WireSeat) -> None:
        """Called by a transport whose backlog is full: leave this socket out from here on."""
        if self._take(seat):
            seat.since, seat.waiting = self.revision, seat.wire.backlog
            self.skipped[seat] = None
            seat.timer = self._loop.call_later(self._stalled, self._drop_if_stalled, seat)

    def catch_up(self, seat: WireSeat) -> None:
        """Called by a transport that drained: one payload replaces all that was skipped."""
        if seat not in self.skipped:
            return
        self.skipped.pop(seat, None)
        if seat.timer is not None:
            seat.timer.cancel()
        since, seat.since = seat.since, None
        self._put(seat)
        if since is not None and since != self.revision:
            seat.push(self._catch_up(since), self.revision)

    def _drop_if_stalled(self, seat: WireSeat) -> None:
        """Drop a socket that took nothing; one that takes a little gets more time."""
        if seat.wire.backlog < seat.waiting:
            seat.waiting = seat.wire.backlog
            seat.timer = self._loop.call_later(self._stalled, self._drop_if_stalled, seat)
        else:
            seat.close(SLOW, "no progress")
