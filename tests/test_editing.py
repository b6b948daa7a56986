"""An author's private link: see, change, take back; and two people who edit one card at the same time."""

import re
from typing import Any

import httpx
import pytest

from tests.makers import Running, card_in, hang, make_wall, names
from wall.model.card import Card
from wall.model.roles import GUEST

Browser = httpx.AsyncClient


def link(server: Running, card: Card) -> str:
    return f"/mine/{server.house.edit_links.token(card.id)}"


def form(card: Card, **changed: str) -> dict[str, Any]:
    """The edit form of a card as a browser would send it back, with some fields written anew."""
    return card.content | {"base": str(card.revision)} | changed


async def now(server: Running, card: Card, slug: str = "probe") -> Card:
    """The card as it is stored now."""
    return await card_in(server.house.database, (await server.house.hub.room(slug)).board.wall, card.id)


async def test_the_link_shows_the_author_where_the_card_stands(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server, by=GUEST)
    waiting = await client.get(link(server, card))
    assert 'data-status="pending"' in waiting.text
    assert waiting.headers["cache-control"] == "no-store"
    assert waiting.headers["referrer-policy"] == "same-origin"
    await moderator.post(f"/w/probe/c/{card.id}/approve")
    assert 'data-status="approved"' in (await client.get(link(server, card))).text


async def test_an_authors_new_words_on_a_rejected_card_wait_for_the_team_on_a_wall_that_moderates_before(
    server: Running, client: Browser, moderator: Browser
) -> None:
    card = await hang(server, by=GUEST)
    await moderator.post(f"/w/probe/c/{card.id}/reject", data={"reason": "unclear"})
    answer = await client.post(link(server, card), data=form(card, name="Klimatisch"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link(server, card)}?saved=1")
    assert await names(client) == []
    await moderator.post(f"/w/probe/c/{card.id}/approve")
    assert await names(client) == ["Klimatisch"]


async def test_an_authors_new_words_hang_at_once_on_a_wall_that_moderates_after(
    server: Running, client: Browser
) -> None:
    await make_wall(server.house.database, "sofort", moderation="after")
    card = await hang(server, slug="sofort", by=GUEST)
    await client.post(link(server, card), data=form(card, name="Klimatisch"))
    assert await names(client, "sofort") == ["Klimatisch"]


async def test_words_sent_back_unchanged_change_nothing(server: Running, client: Browser) -> None:
    card = await hang(server, description="Wir planen.", topics=["Umwelt"], members=["Verein A", "Verein B"])
    assert (await client.post(link(server, card), data=form(card))).status_code == 303
    assert await now(server, card) == card


async def test_an_author_may_not_write_while_the_wall_is_frozen_and_keeps_the_words(
    server: Running, client: Browser
) -> None:
    await make_wall(server.house.database, "still", phase="frozen")
    card = await hang(server, slug="still")
    answer = await client.post(link(server, card), data=form(card, name="Später gesagt"))
    assert answer.status_code == 423
    assert "Später gesagt" in answer.text
    assert await names(client, "still") == ["Runder Tisch Klima"]


async def test_a_withdrawn_card_is_gone_and_withdrawing_again_is_fine(server: Running, client: Browser) -> None:
    card = await hang(server)
    for _ in range(2):
        answer = await client.post(f"{link(server, card)}/withdraw")
        assert (answer.status_code, answer.headers["location"]) == (303, link(server, card))
    assert await names(client) == []
    assert (await client.get(f"/w/probe/c/{card.id}")).status_code == 410
    assert (await now(server, card)).revision == card.revision + 1, "taken back once"
    mine = await client.get(link(server, card))
    assert 'data-status="withdrawn"' in mine.text
    assert "<textarea" not in mine.text
    assert (await client.post(link(server, card), data=form(card, name="Doch"))).status_code == 410


@pytest.mark.parametrize("token", ["nonsense", "{good}x", "WyJhIiwxXQ."])
async def test_a_link_that_was_not_made_here_opens_nothing(server: Running, client: Browser, token: str) -> None:
    good = server.house.edit_links.token((await hang(server)).id)
    address = f"/mine/{token.format(good=good)}"
    assert (await client.get(address)).status_code == 410
    assert (await client.post(f"{address}/withdraw")).status_code == 410
    assert await names(client) == ["Runder Tisch Klima"]


async def test_two_people_who_change_different_fields_are_both_heard(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """ABUSE 14"""
    card = await hang(server, meeting="dienstags", offers="Räume", by=GUEST)
    first = await moderator.post(f"/w/probe/c/{card.id}/edit", data=form(card, meeting="mittwochs"))
    second = await client.post(link(server, card), data=form(card, offers="Räume und Tische"))
    assert (first.status_code, second.status_code) == (303, 303)
    stored = await now(server, card)
    assert (stored.meeting, stored.offers) == ("mittwochs", "Räume und Tische")


async def test_of_two_who_change_the_same_field_the_later_sees_both_versions_and_decides(
    server: Running, client: Browser, moderator: Browser
) -> None:
    """ABUSE 15"""
    card = await hang(server, meeting="dienstags", by=GUEST)
    await moderator.post(f"/w/probe/c/{card.id}/edit", data=form(card, meeting="mittwochs"))
    mine = form(card, meeting="donnerstags", seeks="Menschen mit Zeit")
    refused = await client.post(link(server, card), data=mine)
    assert refused.status_code == 409
    assert "<q>mittwochs</q>" in refused.text
    assert 'value="donnerstags"' in refused.text
    assert "Menschen mit Zeit" in refused.text
    assert (await now(server, card)).meeting == "mittwochs"

    base = re.search(r'name="base" value="(\d+)"', refused.text)
    assert base is not None
    again = await client.post(link(server, card), data=mine | {"base": base[1]})
    assert again.status_code == 303
    stored = await now(server, card)
    assert (stored.meeting, stored.seeks) == ("donnerstags", "Menschen mit Zeit")


async def test_a_moderator_meets_the_same_conflict(server: Running, client: Browser, moderator: Browser) -> None:
    card = await hang(server, by=GUEST)
    await client.post(link(server, card), data=form(card, name="Klimatisch"))
    refused = await moderator.post(f"/w/probe/c/{card.id}/edit", data=form(card, name="Klimarunde"))
    assert refused.status_code == 409
    assert "<q>Klimatisch</q>" in refused.text
    assert 'value="Klimarunde"' in refused.text


async def test_two_who_wrote_the_same_words_do_not_clash(server: Running, client: Browser, moderator: Browser) -> None:
    card = await hang(server)
    for browser, address in ((moderator, f"/w/probe/c/{card.id}/edit"), (client, link(server, card))):
        assert (await browser.post(address, data=form(card, name="Klimatisch"))).status_code == 303
    assert await names(client) == ["Klimatisch"]


async def test_what_a_network_is_can_be_corrected(server: Running, client: Browser) -> None:
    card = await hang(server, by=GUEST)
    answer = await client.post(link(server, card), data=form(card, kind="Forum"))
    assert (answer.status_code, (await now(server, card)).kind) == (303, "Forum")


async def test_the_order_in_which_a_form_lists_what_was_ticked_changes_nothing(
    server: Running, client: Browser
) -> None:
    card = await hang(server, districts=["Connewitz", "Grünau-Mitte"], by=GUEST)
    await client.post(link(server, card), data=form(card) | {"districts": ["Grünau-Mitte", "Connewitz"]})
    assert await now(server, card) == card
