"""Freezing a wall in a flood: once it is said, no process takes another pin, and nobody's words are lost."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from tests.makers import make_wall, names, sign_in_link, until, words
from tests.pages import looked_at
from tests.processes import serving
from wall.store.database import Database

PAGES = {"sec-fetch-site": "same-origin", "accept": "text/html", "accept-language": "de"}


async def test_a_wall_that_is_frozen_in_a_flood_takes_nothing_more_on_any_process(
    on_postgres: str, tmp_path: Path
) -> None:
    """ABUSE 40"""
    database = Database(on_postgres)
    await make_wall(database, moderation="after")
    link = await sign_in_link(database, "mod@beispiel.invalid", "probe")
    await database.close()
    shared = {"MODE": "demo", "DATABASE_URL": on_postgres, "REDIS_URL": os.environ["TEST_REDIS_URL"]}
    shared |= {"LOG_LEVEL": "warning", "RATE_LIMITS": "1000"}
    async with AsyncExitStack() as stack:
        folders = [tmp_path / name for name in ("one", "other")]
        for folder in folders:
            folder.mkdir()
        processes = [stack.enter_context(serving(folder, **shared)) for folder in folders]
        fronts = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=process.url, headers=PAGES))
            for process in processes
        ]
        frozen = asyncio.Event()
        taken: set[str] = set()
        late: list[httpx.Response] = []

        async def write(front: httpx.AsyncClient, writer: str) -> None:
            for number in range(10_000):
                name, sent_late = f"Netz {writer} {number}", frozen.is_set()
                answer = await front.post("/w/probe/pin", data=words(name))
                if answer.status_code == 303:
                    assert not sent_late, "a pin was taken that was sent after the freeze was acknowledged"
                    taken.add(name)
                elif sent_late:
                    assert looked_at(answer.text).fields["name"] == name
                    late.append(answer)
                    return

        flood = [asyncio.create_task(write(front, f"{front.base_url.port} {n}")) for front in fronts for n in range(4)]
        await until(lambda: len(taken) >= 50, "a flood")
        moderator = await stack.enter_async_context(httpx.AsyncClient(base_url=processes[0].url, headers=PAGES))
        assert (await moderator.post(link)).status_code == 303
        assert (await moderator.post("/w/probe/phase", data={"to": "freeze"})).status_code == 303
        frozen.set()
        await asyncio.gather(*flood)
        assert [answer.status_code for answer in late] == [423] * 8
        for front in fronts:
            await until(lambda front=front: _says_so(front), "a form that says so")
            assert set(await names(front)) == taken


async def _says_so(front: httpx.AsyncClient) -> bool:
    return (await front.get("/w/probe/pin")).status_code == 423
