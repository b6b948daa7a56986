"""A body that is sent has to come at some pace, so that nobody holds a request open by dripping."""

import asyncio

from starlette.types import Message, Receive

from wall.errors import TooSlow

GRACE = 20.0  # seconds for any body, however bad the Wi-Fi
PACE = 16 * 1024  # bytes a second it has to bring from then on


def timely(receive: Receive) -> Receive:
    """`receive`, raising TooSlow (408) once the body is behind its pace; what comes after it may take its time."""
    loop = asyncio.get_running_loop()
    started, came, whole = loop.time(), 0, False

    async def hear() -> Message:
        nonlocal came, whole
        if whole:
            return await receive()
        try:
            async with asyncio.timeout_at(started + GRACE + came / PACE):
                message = await receive()
        except TimeoutError:
            raise TooSlow(f"{came} bytes of a body in {loop.time() - started:.0f} s") from None
        came += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        return message

    return hear
