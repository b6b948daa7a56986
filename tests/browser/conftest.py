"""One Chromium for all browser tests, a context of its own for each person, real servers in the same loop."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.people import People
from tests.makers import Running, make_wall, running
from wall.settings import Settings

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-proxy-server"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser outlives single tests, so all of them share the session's loop."""
    for item in items:
        if HERE in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=os.environ["TEST_CHROMIUM"], args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def people(chromium: Browser) -> AsyncIterator[People]:
    """Lets people in; when they have left, none of their pages may have raised an error or broken the CSP."""
    people = People(chromium)
    yield people
    await people.leave()
    assert not people.troubles, "\n".join(people.troubles)


@pytest.fixture
def database_url(on_sqlite: str) -> str:
    """Pages are drawn from the board in memory: one kind of database does, except where a file asks for both."""
    return on_sqlite


@pytest_asyncio.fixture(loop_scope="session")
async def server(settings: Settings) -> AsyncIterator[Running]:
    """As everywhere: a real server with one wall called "probe"; here in the loop of the browser."""
    async with running(settings) as server:
        await make_wall(server.house.database)
        yield server
