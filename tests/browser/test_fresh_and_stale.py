"""A page that stood open and heard frames shows what a page loaded just now shows, to everybody, everywhere."""

import contextlib
import random

import pytest
from playwright.async_api import Page

from tests.browser.people import People, at_revision, lists, live
from tests.makers import Running, sign_in_link, until, words
from wall.actions import edit, moderate
from wall.actions.configure import configure, renew_epochs
from wall.actions.pin import pin
from wall.actions.restore import restore
from wall.errors import WallError
from wall.live.room import Room
from wall.model.card import Card
from wall.model.roles import AUTHOR, GUEST, SYSTEM
from wall.store import snapshots
from wall.words import words as sentences

t = sentences("de")
VERBS = ("pin", "approve", "approve", "reject", "edit", "author", "move", "up", "down", "hide", "show", "withdraw")


class Hands:
    """Somebody who does a long row of things to a wall, always the same for the same seed."""

    def __init__(self, server: Running, room: Room, seed: int) -> None:
        self.ledger, self.room = server.house.ledger, room
        self.dice, self.n = random.Random(seed), 0

    def some(self) -> Card:
        return self.dice.choice(sorted(self.room.board.cards.values(), key=lambda card: card.pinned_at_revision))

    async def pin(self, name: str, section: str = "s1") -> Card:
        done = await pin(self.ledger, self.room.board.wall, words(name, section=section), f"key {name}", GUEST)
        return done.card

    async def act(self, verb: str) -> None:
        """Do one thing to some card; what the wall refuses is as good as done."""
        self.n += 1
        wall, section = self.room.board.wall, self.dice.choice(("s1", "s2"))
        if verb == "pin" or not self.room.board.cards:
            await self.pin(f"Netz {self.n}", section)
            return
        card, other = self.some(), self.some()
        text = card.content | {"description": f"Geändert zum {self.n}. Mal", "section": section}
        with contextlib.suppress(WallError):
            match verb:
                case "edit" | "author":
                    actor = AUTHOR if verb == "author" else SYSTEM
                    await edit.edit(self.ledger, wall, card.id, text, self.room.board.revision, actor)
                case "move":
                    await edit.move(self.ledger, wall, card.id, section, other.id, SYSTEM)
                case "up" | "down":
                    await edit.step(self.ledger, wall, card.id, verb, SYSTEM)
                case "reject":
                    await moderate.reject(self.ledger, wall, card.id, "doppelt", SYSTEM)
                case _:
                    await getattr(moderate, verb)(self.ledger, wall, card.id, SYSTEM)


async def open_pages(server: Running, people: People) -> list[Page]:
    """Wall, queue and projector, for a visitor and for a moderator."""
    moderator = await people.one(server.url)
    await moderator.goto(await sign_in_link(server.house.database, "mod@beispiel.invalid", "probe"))
    await moderator.get_by_role("button", name=t("sign_in.link_go")).click()
    await moderator.wait_for_url("**/account")
    queue, visitor = await moderator.context.new_page(), await people.one(server.url)
    projector = await visitor.context.new_page()
    pages = {visitor: "/w/probe", projector: "/w/probe/projector", moderator: "/w/probe", queue: "/w/probe/queue"}
    return [await live(page, address) for page, address in pages.items()]


async def assert_as_fresh(pages: list[Page], room: Room) -> None:
    """Each of these pages shows what it would show if it were loaded now."""
    for page in pages:
        await at_revision(page, room.board.revision)
        fresh = await page.context.new_page()
        await fresh.goto(page.url)
        assert await lists(page) == await lists(fresh), page.url
        await fresh.close()


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_any_row_of_changes_a_stale_page_equals_a_fresh_one(
    server: Running, people: People, seed: int
) -> None:
    room = await server.house.hub.room("probe")
    hands = Hands(server, room, seed)
    for _ in range(6):
        card = await hands.pin(f"Von Anfang an {hands.dice.random()}", hands.dice.choice(("s1", "s2")))
        await moderate.approve(hands.ledger, room.board.wall, card.id, SYSTEM)
    pages = await open_pages(server, people)
    for _ in range(4):
        for _ in range(15):
            await hands.act(hands.dice.choice(VERBS))
        await assert_as_fresh(pages, room)


async def test_every_kind_of_change_reaches_every_page(server: Running, people: People) -> None:
    room = await server.house.hub.room("probe")
    hands = Hands(server, room, 0)
    ledger, wall = hands.ledger, room.board.wall
    first, second, third = [await hands.pin(name) for name in ("Erste", "Zweite", "Dritte")]
    pages = await open_pages(server, people)
    for card in (third, first, second):
        await moderate.approve(ledger, wall, card.id, SYSTEM)
    await assert_as_fresh(pages, room)
    await edit.edit(ledger, wall, first.id, first.content | {"name": "Erste neu"}, room.board.revision, SYSTEM)
    await edit.move(ledger, wall, third.id, "s1", "", SYSTEM)
    await assert_as_fresh(pages, room)
    await moderate.hide(ledger, wall, first.id, SYSTEM)
    await assert_as_fresh(pages, room)
    await moderate.show(ledger, wall, first.id, SYSTEM)
    await assert_as_fresh(pages, room)
    await edit.edit(ledger, wall, first.id, first.content | {"name": "Vom Autor"}, room.board.revision, AUTHOR)
    await moderate.withdraw(ledger, wall, second.id, AUTHOR)
    await assert_as_fresh(pages, room)
    # the author's words wait for the team, the card stays
    assert [c["card"] for c in dict(await lists(pages[0]))["s1"]] == [third.id, first.id]


async def test_other_settings_replace_the_content_of_every_page(server: Running, people: People) -> None:
    room = await server.house.hub.room("probe")
    hands = Hands(server, room, 0)
    pages = await open_pages(server, people)
    sections = [{"id": "s2", "name": "Runden"}, {"id": "s1", "name": "Bünde"}]
    await configure(hands.ledger, room.board.wall, {"sections": sections, "title": "Umgehängt"}, SYSTEM)
    card = await hands.pin("Danach")
    await moderate.approve(hands.ledger, room.board.wall, card.id, SYSTEM)
    await assert_as_fresh(pages, room)
    for page in pages[:3]:
        assert await page.get_by_role("heading", name="Umgehängt", level=1).is_visible()
    assert [section for section, _ in await lists(pages[0])] == ["s2", "s1"]


@pytest.mark.parametrize("how", ["restored", "renewed"])
async def test_in_a_new_epoch_every_page_starts_anew(server: Running, people: People, how: str) -> None:
    house, room = server.house, await server.house.hub.room("probe")
    hands = Hands(server, room, 0)
    old = await hands.pin("Bleibt")
    await moderate.approve(hands.ledger, room.board.wall, old.id, SYSTEM)
    kept = await house.database.write(lambda connection: snapshots.keep(connection, room.board))
    new = await hands.pin("Geht wieder")
    await moderate.approve(hands.ledger, room.board.wall, new.id, SYSTEM)
    pages = await open_pages(server, people)
    before = await pages[0].locator("main").get_attribute("data-epoch")
    if how == "renewed":
        await renew_epochs(house.database)
        await house.hub.compare()
    else:
        await restore(hands.ledger, room.board.wall, kept, SYSTEM)
    await until(lambda: room.board.epoch != before)
    for page in pages:
        await page.wait_for_function("e => document.querySelector('main').dataset.epoch === e", arg=room.board.epoch)
        await live(page)
    await assert_as_fresh(pages, room)
    shown = [c["card"] for c in dict(await lists(pages[0]))["s1"]]
    assert shown == ([old.id] if how == "restored" else [old.id, new.id])
