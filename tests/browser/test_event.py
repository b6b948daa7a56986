"""The event itself: a phone, a moderator and a projector, on two server processes with one database and Redis."""

import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser.people import PHONE, People, Process, lists, live
from tests.makers import make_wall, sign_in_link
from wall.store.database import Database
from wall.words import words

t = words("de")
NAME = "Runder Tisch Grünau"


@pytest.fixture
def processes(on_postgres: str, tmp_path: Path) -> Iterator[tuple[Process, Process]]:
    """Two servers that know of each other only through PostgreSQL and Redis."""
    redis = os.environ["TEST_REDIS_URL"]
    with Process(tmp_path / "a", on_postgres, redis) as first, Process(tmp_path / "b", on_postgres, redis) as second:
        yield first, second


@pytest_asyncio.fixture(loop_scope="session")
async def link(on_postgres: str, processes: tuple[Process, Process]) -> AsyncIterator[str]:
    """A moderator's one-time link to the wall "probe"."""
    database = Database(on_postgres)
    await make_wall(database)
    yield await sign_in_link(database, "mod@beispiel.invalid", "probe")
    await database.close()


async def test_a_phone_pins_a_moderator_approves_and_a_projector_on_another_process_shows_it_within_a_second(
    processes: tuple[Process, Process], link: str, people: People
) -> None:
    first, second = processes
    moderator = await people.one(first.url, PHONE)
    await moderator.goto(link)
    await moderator.get_by_role("button", name=t("sign_in.link_go")).tap()
    await moderator.wait_for_url("**/account")
    await live(moderator, "/w/probe/queue")
    projector = await live(await people.one(second.url), "/w/probe/projector")
    visitor = await live(await people.one(second.url), "/w/probe")

    phone = await people.one(first.url, PHONE)
    await phone.goto("/w/probe")
    await phone.get_by_role("link", name=t("wall.pin")).first.tap()
    await phone.get_by_label(t("field.name.label")).fill(NAME)
    await phone.get_by_role("radio", name="Netzwerk").tap()
    await phone.locator("[name=section]").select_option(label="Stammtische")
    await phone.get_by_role("button", name=t("pin.send")).tap()
    await phone.wait_for_url("**/mine/**")
    assert await phone.get_by_text(t("mine.new_pending")).is_visible()
    assert await phone.context.cookies() == []

    card = moderator.locator("[data-card]", has_text=NAME)
    await card.wait_for()  # the queue stood open: no reload
    approve = moderator.locator(".thumb").get_by_role("button", name=t("tools.approve"))
    card_id = await card.get_attribute("data-card")
    assert await projector.get_by_text(NAME).count() == 0
    async with moderator.expect_response(re.compile("/approve$")) as answer:
        await approve.tap()
    assert (await answer.value).ok
    acknowledged = time.monotonic()
    await projector.locator(f"[data-cards] [data-card='{card_id}']").wait_for()
    assert time.monotonic() - acknowledged <= 1.0
    await visitor.locator(f"[data-cards] [data-card='{card_id}']").wait_for()
    await card.wait_for(state="detached")

    for page in (visitor, projector, moderator):
        before = await lists(page)
        await page.reload()
        assert await lists(page) == before
    on_wall = await lists(visitor)
    assert [(section, [c["card"] for c in cards]) for section, cards in on_wall] == [("s1", []), ("s2", [card_id])]
    for process in processes:
        page = await people.one(process.url)
        await page.goto(f"/w/probe/c/{card_id}")
        seen = await page.get_by_role("article").inner_text()
        await page.reload()
        assert NAME in seen
        assert await page.get_by_role("article").inner_text() == seen
    await phone.goto(phone.url.split("?")[0])
    assert await phone.get_by_text(t("status.approved"), exact=True).is_visible()
