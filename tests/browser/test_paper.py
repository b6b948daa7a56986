"""A large document on the way: what a browser shows meanwhile, and that it comes by itself, with script and without."""

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import expect

from tests.browser.people import People
from tests.makers import Running, hang
from wall.exchange.pdf import Document
from wall.web import documents
from wall.words import words

t = words("de")


@pytest.mark.parametrize("script", [True, False])
async def test_who_waits_for_a_large_document_gets_it_by_itself(
    server: Running, people: People, monkeypatch: pytest.MonkeyPatch, script: bool
) -> None:
    monkeypatch.setattr(documents, "QUICK", 0)
    monkeypatch.setattr("wall.web.take.QUICK", 0)
    started, go_on, printed = asyncio.Event(), asyncio.Event(), server.house.press.print

    async def later(compose: Callable[[], Document]) -> bytes:
        started.set()
        await go_on.wait()
        return await printed(compose)

    monkeypatch.setattr(server.house.press, "print", later)
    await hang(server, "Netz")
    page = await people.one(server.url, java_script_enabled=script)
    await page.goto("/w/probe/take")
    await page.locator("a[href*='documentation.pdf']").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(t("paper.waiting"))
    await expect(page.locator("#come")).to_have_text(t("paper.now"))
    assert started.is_set()
    async with page.expect_navigation() as arrived:
        go_on.set()
        async with page.expect_response(lambda answer: answer.status == 200 and ".pdf" in answer.url):
            pass
    answer = await arrived.value
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    await page.wait_for_function("document.contentType === 'application/pdf'")
