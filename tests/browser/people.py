"""People in front of browsers, what they find on a page, and the server processes their pages come from."""

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.house import ROOT
from tests.makers import SECRET
from tests.services import Server, free_port

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# What the browser itself notes when a server refuses or is away, or when it leaves out an animation between pages.
NOTES = ("Failed to load resource", "WebSocket connection to", "Transition was aborted", "Transition was skipped")

# Every list of cards as it stands: which list, and of each card its data, its words and its forms.
LISTS = """() => [...document.querySelectorAll("[data-cards]")].map((list) => [
  list.dataset.section ?? list.dataset.shows,
  [...list.querySelectorAll(":scope > [data-card]")].map((card) => ({
    ...card.dataset,
    words: card.textContent.replace(/\\s+/g, " ").trim(),
    forms: [...card.querySelectorAll("form")].map((form) => form.getAttribute("action")),
  })),
])"""


class People:
    """Opens a context of its own for each person and notes what goes wrong on any of their pages."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.troubles: list[str] = []
        self.origins: set[str] = set()

    async def one(self, url: str, size: dict[str, int] | None = None, language: str = "de", **more: Any) -> Page:
        """A person's empty page; addresses are relative to `url`."""
        touch = {"has_touch": True, "is_mobile": True} if size == PHONE else {}
        locale = {"de": "de-DE", "en": "en-GB"}[language]
        context = await self._browser.new_context(
            **({"base_url": url, "viewport": size or DESK, "locale": locale} | touch | more)
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._note(error.page.url if error.page else "", error.error.message))
        context.on("request", self._asked)
        page = await context.new_page()
        page.on("websocket", lambda socket: self._from(socket.url))
        return page

    async def leave(self) -> None:
        for context in self._contexts:
            await context.close()
        self._contexts.clear()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(message.location["url"], message.text)

    def _note(self, where: str, what: str) -> None:
        if not what.startswith(NOTES):
            self.troubles.append(f"{where}: {what}")

    def _asked(self, request: Request) -> None:
        self._from(request.url)

    def _from(self, url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob"):
            self.origins.add(urlsplit(url).netloc)


async def lists(page: Page) -> Any:
    """The page's lists of cards, for comparing pages."""
    return await page.evaluate(LISTS)


async def live(page: Page, address: str | None = None) -> Page:
    """Open an address and wait until the page hears of changes."""
    if address is not None:
        await page.goto(address)
    await page.locator("wall-live[data-state=live]").wait_for(state="attached")
    return page


async def at_revision(page: Page, revision: int) -> None:
    """Wait until the page has reached a revision of its wall."""
    await page.wait_for_function("n => Number(document.querySelector('main').dataset.revision) >= n", arg=revision)


class Process(Server):
    """`wall serve` as a process of its own, as operators run it."""

    name = "wall serve"

    def __init__(self, folder: Path, database_url: str, redis_url: str = "") -> None:
        super().__init__(folder, free_port())
        self.url = f"http://localhost:{self.port}"
        self._settings = {
            "MODE": "demo",
            "SECRET_KEY": SECRET,
            "BASE_URL": self.url,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "LOG_LEVEL": "warning",
            "PYTHONPATH": str(ROOT),
            "PATH": os.environ["PATH"],
        }

    def command(self) -> list[str]:
        given = [f"{name}={value}" for name, value in self._settings.items()]
        return ["env", *given, sys.executable, "-m", "wall", "serve"]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False
