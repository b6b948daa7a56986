"""Room for what takes long: few work at a time, some wait, and whoever comes then is asked to come later."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from wall.errors import Unavailable


class Benches:
    """`at_once` may work, `waiting` may wait."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._left = at_once + waiting

    @contextlib.asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place until the block ends.

        Raises:
            Unavailable: too many wait already.
        """
        if not self._left:
            raise Unavailable("too many wait")
        self._left -= 1
        try:
            async with self._free:
                yield
        finally:
            self._left += 1
