"""Where uvicorn puts what a connection has to say, and the gate it waits at before writing: slim ones.

`asyncio.Queue` and `asyncio.Event` hold five deques of 600 bytes each for every connection, though hardly any is used.
"""

import asyncio
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]  # as in ASGI
Hear = Callable[[Message], None]


def _nobody(_: Message) -> None: ...


class Inbox:
    """A queue for the application, until the connection is handed over: from then on `hear` is called at once."""

    __slots__ = ("_hear", "_messages", "_reader")

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._reader: asyncio.Future[None] | None = None
        self._hear: Hear | None = None

    def hand_over(self, hear: Hear) -> None:
        self._hear = hear
        waiting, self._messages = self._messages, []
        for message in waiting:
            hear(message)

    def end(self) -> None:
        """The connection is lost and that was told: whoever heard of it holds it, so it lets go of them."""
        if self._hear is not None:
            self._hear = _nobody

    def put_nowait(self, message: Message) -> None:
        if self._hear is not None:
            self._hear(message)
            return
        self._messages.append(message)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Message:
        while not self._messages:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._messages.pop(0)

    def empty(self) -> bool:
        return not self._messages


class Gate:
    """An event that is open most of the time."""

    __slots__ = ("_closed",)

    def __init__(self) -> None:
        self._closed: asyncio.Event | None = None  # while it is closed: what opens it

    def is_set(self) -> bool:
        return self._closed is None

    def clear(self) -> None:
        if self._closed is None:
            self._closed = asyncio.Event()

    def set(self) -> None:
        if self._closed is not None:
            self._closed.set()
            self._closed = None

    async def wait(self) -> None:
        while self._closed is not None:
            await self._closed.wait()
