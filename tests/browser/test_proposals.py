"""Proposals on a phone: suggested by anybody, seen at once in the queue, compared and taken over field by field."""

from playwright.async_api import expect

from tests.browser.people import PHONE, People, live
from tests.makers import Running, card_in, hang, sign_in_link
from wall.words import words

t = words("de")


async def test_a_suggestion_reaches_the_open_queue_and_its_fields_are_taken_over_one_by_one(
    server: Running, people: People
) -> None:
    card = await hang(server, "Netz", description="Alter Text", meeting="montags")
    team = await people.one(server.url, PHONE)
    await team.goto(await sign_in_link(server.house.database, "mod@beispiel.invalid", "probe"))
    await team.locator("main button").tap()
    await team.wait_for_url("**/account")
    await live(team, "/w/probe/queue")
    await expect(team.locator("#proposals")).to_contain_text(t("proposal.none"))

    visitor = await people.one(server.url, PHONE)
    await visitor.goto(f"/w/probe/c/{card.id}")
    await visitor.get_by_role("link", name=t("suggest.title")).tap()
    await visitor.locator("[name=description]").fill("Neuer Text")
    await visitor.locator("[name=meeting]").fill("dienstags")
    await visitor.get_by_label(t("field.note.label")).fill("War gestern so.")
    await visitor.get_by_role("button", name=t("suggest.send")).tap()
    await expect(visitor.get_by_role("heading", level=1)).to_have_text(t("suggest.thanks"))

    listed = team.locator(".proposal")
    await expect(listed).to_contain_text("War gestern so.")
    await expect(team.locator(".topbar [data-proposed]")).to_contain_text("+1")
    await expect(team.locator("main [data-proposed]")).to_have_text(t.n("proposal.waiting", 1))
    await listed.get_by_role("link", name="Netz").tap()
    await expect(team.get_by_role("heading", level=1)).to_have_text("Netz")
    await expect(team.locator(".compare__field")).to_have_count(2)
    await team.get_by_role("checkbox", name=t("field.description.label")).uncheck()
    await team.get_by_role("button", name=t("proposal.take_some")).tap()
    await team.wait_for_url("**/queue#proposals")
    await expect(team.locator("#proposals")).to_contain_text(t("proposal.none"))
    room = await server.house.hub.room("probe")
    after = await card_in(server.house.database, room.board.wall, card.id)
    assert (after.description, after.meeting) == ("Alter Text", "dienstags")


async def test_an_author_s_change_waits_and_is_not_lost_from_their_page(server: Running, people: People) -> None:
    card = await hang(server, "Netz", description="Alter Text")
    author = await people.one(server.url, PHONE)
    await author.goto(f"/mine/{server.house.edit_links.token(card.id)}")
    await author.locator("[name=description]").fill("Neuer Text")
    await author.get_by_role("button", name=t("form.save")).tap()
    await expect(author.locator("main")).to_contain_text(t("mine.proposed"))
    await expect(author.locator("[name=description]")).to_have_value("Neuer Text")
