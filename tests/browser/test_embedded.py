"""The wall in somebody else's page: shown where the wall allows it, kept up to date there, and nowhere else."""

import pytest
from playwright.async_api import Route, expect

from tests.browser.people import People
from tests.makers import Running, hang, make_wall

OURS, THEIRS = "https://www.beispiel.invalid", "https://anders.beispiel.invalid"


@pytest.mark.parametrize("query", ["", "?topic=Umwelt"], ids=["whole wall", "filter"])
async def test_a_site_that_may_shows_the_wall_and_sees_new_cards_at_once(
    server: Running, people: People, query: str
) -> None:
    """ABUSE 29: and a site that is not named shows nothing of it"""
    await make_wall(server.house.database, "offen", title="Offene Wand", embed_origins=[OURS])
    await hang(server, "Hängt", slug="offen", topics=["Umwelt"])
    code = f'<!doctype html><title>Seite</title><iframe src="{server.url}/w/offen/embed{query}" width=800 height=600>'

    async def answer(route: Route) -> None:
        await route.fulfill(body=code, content_type="text/html")

    page = await people.one(server.url)
    for site in (OURS, THEIRS):
        await page.route(f"{site}/", answer)
        # those sites are elsewhere and the wall is on this machine: the browser would ask first
        await page.context.grant_permissions(["local-network-access"], origin=site)
    await page.goto(f"{OURS}/")
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_role("heading", name="Hängt")).to_be_visible()
    await expect(frame.locator("wall-live")).to_contain_text("live")
    await hang(server, "Neu im Rahmen", slug="offen", topics=["Umwelt"])
    await expect(frame.get_by_role("heading", name="Neu im Rahmen")).to_be_visible(timeout=15_000)
    await expect(frame.get_by_role("link", name="Ganze Wand öffnen")).to_be_visible()
    assert not people.troubles
    await page.goto(f"{THEIRS}/")
    assert any("frame-ancestors" in trouble for trouble in people.troubles)
    await expect(page.frame_locator("iframe").get_by_role("heading", name="Hängt")).to_have_count(0)
    people.troubles.clear()
