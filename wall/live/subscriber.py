"""One socket in a room: its queue, and the rule that nobody waits for the slowest (W6)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from wall.live.protocol import BACKLOG, SLOW, STALLED, Refused
from wall.model.audience import Audience

Send = Callable[[bytes], Awaitable[None]]


class Subscriber:
    """Frames are pushed without waiting; `pump` sends them. Past the backlog it is skipped, later caught up."""

    def __init__(self, audience: Audience, *, backlog: int = BACKLOG, stalled: float = STALLED) -> None:
        self.audience = audience
        self.closing: tuple[int, str] | None = None
        self.skipped_from: int | None = None
        self._backlog_limit, self._stalled = backlog, stalled
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()

    def push(self, frame: bytes, revision: int) -> None:
        """Queue a frame; `revision` is what the client has once the frames queued before this one are read."""
        if self.skipped_from is not None or self.closing is not None:
            return
        if self._bytes + len(frame) > self._backlog_limit and self._queue:
            self.skipped_from = revision
            return
        self._queue.append(frame)
        self._bytes += len(frame)
        self._wake.set()

    def close(self, code: int, why: str) -> None:
        """Let the pump end with this close code, dropping what is queued."""
        self.closing = self.closing or (code, why)
        self._wake.set()

    async def pump(self, send: Send, catch_up: Callable[[int], bytes]) -> None:
        """Send what is queued until closed; `catch_up(revision)` makes the one frame that replaces what was skipped.

        Raises:
            Refused: the socket is to be closed with this code.
        """
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue and self.closing is None:
                frame = self._queue.popleft()
                try:
                    async with asyncio.timeout(self._stalled):
                        await send(frame)
                except TimeoutError:
                    raise Refused(SLOW, "no progress") from None
                self._bytes -= len(frame)
                if not self._queue and self.skipped_from is not None:
                    since, self.skipped_from = self.skipped_from, None
                    frame = catch_up(since)
                    self._queue.append(frame)
                    self._bytes += len(frame)
            if self.closing is not None:
                raise Refused(*self.closing)
