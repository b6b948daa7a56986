"""Tasks that run for ever end when they are told to, even where a cancellation gets lost."""

import asyncio

from wall.live import ending


async def test_a_task_that_swallowed_one_cancellation_is_cancelled_again() -> None:
    begun = asyncio.Event()

    async def stubborn() -> None:
        for _ in range(2):
            try:
                begun.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue  # as wait_for does when its time is up in this very moment
        await asyncio.Event().wait()

    async def failed() -> None:
        raise ValueError

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(failed())]
    await begun.wait()
    async with asyncio.timeout(30):
        await ending.ended(*tasks)
    assert all(task.done() for task in tasks)
