"""Presence in words: the wall and the hall see that people are pinning, moderators see who else is at a card."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.people import PHONE, People, live
from tests.makers import Running, hang, sign_in_link
from tests.makers import words as written
from wall.actions.edit import edit
from wall.live import presence
from wall.model.roles import GUEST, SYSTEM
from wall.words import words

t = words("de")
SignedIn = Callable[[str], Awaitable[Page]]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody need wait two seconds for each frame here."""
    monkeypatch.setattr(presence, "EVERY", 0.2)


@pytest_asyncio.fixture(loop_scope="session")
async def team(server: Running, people: People) -> AsyncIterator[SignedIn]:
    """Signs a moderator in."""

    async def signed_in(name: str) -> Page:
        page = await people.one(server.url)
        await page.goto(await sign_in_link(server.house.database, f"{name}@beispiel.invalid", "probe"))
        await page.get_by_role("button", name=t("sign_in.link_go")).click()
        await page.wait_for_url("**/account")
        return page

    yield signed_in


async def test_wall_and_projector_say_how_many_are_pinning_while_they_type(server: Running, people: People) -> None:
    reader, hall = await people.one(server.url), await people.one(server.url)
    await live(reader, "/w/probe")
    await live(hall, "/w/probe/projector")
    phones = [await people.one(server.url, PHONE) for _ in range(2)]
    pulse, tally = reader.locator("wall-live"), hall.locator(".tally-big")
    for phone in phones:
        await phone.goto("/w/probe/pin")
    await expect(pulse).to_contain_text(t.n("live.watching", 2))
    await expect(pulse).not_to_contain_text("pinn")
    await phones[0].get_by_label(t("field.name.label")).press_sequentially("Beispiel")
    await expect(pulse).to_contain_text(t.n("presence.pinning", 1))
    await phones[1].get_by_label(t("field.name.label")).press_sequentially("Beispiel")
    await expect(pulse).to_contain_text(f"{t.n('live.watching', 2)} · {t.n('presence.pinning', 2)}")
    await expect(tally).to_contain_text(t.n("presence.pinning", 2))
    for phone in phones:
        await phone.goto("/w/probe/info")
    await expect(pulse).not_to_contain_text("pinn")
    await expect(tally).not_to_contain_text("pinn")


async def test_moderators_see_who_else_edits_a_card_and_are_not_held_up(server: Running, team: SignedIn) -> None:
    card, other = await hang(server, "Beispielnetz", by=GUEST), await hang(server, "Nebenan", by=GUEST)
    anna, bert = await team("anna"), await team("bert")
    await live(bert, "/w/probe/queue")
    mark = bert.locator(f"[data-card='{card.id}'] .busy")
    await expect(mark).to_be_hidden()
    await anna.goto(f"/w/probe/c/{card.id}/edit")
    await expect(mark).to_have_text(t("presence.editing", who="anna"))
    await expect(bert.locator(f"[data-card='{other.id}'] .busy")).to_be_hidden()
    await expect(anna.locator(".sheet__head .busy")).to_have_text(t("presence.looking", who="bert"))
    room = await server.house.hub.room("probe")
    await edit(server.house.ledger, room.board.wall, card.id, written("Neuer Name"), room.board.revision, SYSTEM)
    await expect(bert.locator(f"[data-card='{card.id}'] .card__name")).to_have_text("Neuer Name")
    await expect(mark).to_have_text(t("presence.editing", who="anna"))
    await bert.locator(f"[data-card='{card.id}']").get_by_role("link", name=t("tools.edit")).click()
    await expect(bert.locator(".sheet__head .busy")).to_have_text(t("presence.editing", who="anna"))
    await expect(anna.locator(".sheet__head .busy")).to_have_text(t("presence.editing", who="bert"))
    await anna.goto("/w/probe/queue")
    await expect(bert.locator(".sheet__head .busy")).not_to_contain_text(t("presence.editing", who="anna"))
    await bert.get_by_role("button", name=t("edit.save_approve")).click()
    await bert.wait_for_url("**/queue**")
    await live(bert)
    await expect(anna.locator(f"[data-card='{card.id}']")).to_have_count(0)


async def test_nobody_is_told_of_themselves(server: Running, team: SignedIn) -> None:
    card = await hang(server, "Beispielnetz", by=GUEST)
    anna = await team("anna")
    second = await anna.context.new_page()
    await live(anna, "/w/probe/queue")
    await second.goto(f"/w/probe/c/{card.id}/edit")
    await anna.wait_for_function("document.querySelector('wall-live').doing.length > 0")
    await expect(anna.locator(f"[data-card='{card.id}'] .busy")).to_be_hidden()
    await expect(second.locator(".sheet__head .busy")).to_be_hidden()
