"""Tasks that run for ever are ended here."""

import asyncio
from typing import Any

AGAIN = 0.5  # seconds


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended; what they raised is nobody's concern any more.

    Once is not enough: a library that waits with a time limit may swallow a cancellation that comes in the moment the
    limit is up (asyncio.wait_for does so before Python 3.12).
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)
