"""Still alive? The page behind the link in a mail, and the team's list of what was not confirmed for long."""

import asyncio

from starlette.responses import Response

from wall.actions import alive
from wall.errors import Conflict, LinkSpent, NotFound
from wall.live.room import Room
from wall.model.alive import LINK_LASTS, is_stale
from wall.model.card import Card
from wall.model.roles import AUTHOR
from wall.model.types import now
from wall.store import askings, boards, contacts, journal
from wall.store.people import digest
from wall.web.forms import read_form, text_of, texts_of
from wall.web.guard import enter_as_moderator
from wall.web.house import Request, house_of
from wall.web.pages import page, see_other
from wall.web.pin import words_for

VERBS = {"confirm": alive.confirm, "archive": alive.archive}
AT_ONCE = 200


async def _asked(request: Request) -> tuple[Room, Card]:
    """The card that a link asks about.

    Raises:
        LinkSpent: one answer for a link that is unknown or old, for a card that is closed, and for somebody who is no
            longer its contact.
    """
    house, mark = house_of(request), digest(request.path_params["token"])
    async with house.database.read() as connection:
        asking = await askings.of_link(connection, mark)
        if asking is None or now() - asking.asked_at > LINK_LASTS:
            raise LinkSpent("a question that is unknown or old")
        contact = await contacts.of_card(connection, asking.card_id)
        if contact is None or not contact.agreed or contact.asked_at > asking.asked_at:
            raise LinkSpent("a question to somebody who is not the contact any more")
        card = await boards.find_card(connection, asking.wall_id, asking.card_id)
        last = await journal.last_of_card(connection, asking.wall_id, card.id)
    theirs = card.status == "archived" and last is not None and last.actor == AUTHOR.label
    if card.status != "approved" and not theirs:
        raise LinkSpent(f"a question about a card that is {card.status}")
    return await house.hub.room_of(asking.wall_id), card


async def question(request: Request) -> Response:
    """GET /alive/{token} — only buttons, since mail scanners open links too."""
    room, card = await _asked(request)
    done = request.query_params.get("done", "")
    return page(
        request,
        "alive.html",
        wall=room.board.wall,
        headers={"cache-control": "no-store"},
        card=card,
        done=done if done in VERBS else "",
    )


async def answer(request: Request) -> Response:
    """POST /alive/{token} — it still stands, it needs a change, or it is over."""
    room, card = await _asked(request)
    house, verb = house_of(request), text_of(await read_form(request), "do")
    if verb == "edit":
        async with house.database.read() as connection:
            generation = await boards.edit_generation(connection, card.id)
        return see_other(f"/mine/{house.edit_links.token(card.id, generation)}")
    if verb in VERBS:
        try:
            await VERBS[verb](house.ledger, room.board.wall, card.id, AUTHOR)
        except Conflict:
            return see_other(request.url.path)  # it stands otherwise by now; the page says how
        return see_other(f"{request.url.path}?done={verb}")
    return see_other(request.url.path)


async def stale(request: Request) -> Response:
    """GET /w/{wall}/stale — what was not confirmed for long, and what is archived."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    board, asked, moment = room.board, request.query_params, now()
    async with house_of(request).database.read() as connection:
        known = await askings.of_wall(connection, room.wall_id)
        reachable = await contacts.reachable(connection, room.wall_id)
    theirs = viewer.actor.moderates_in
    due = [card for card in board.cards.values() if theirs(card.section) and is_stale(board.wall, card, moment)]
    t, verb = words_for(request, room), asked.get("done", "")
    undo = [int(text) for text in asked.getlist("undo") if text.isascii() and text.isdecimal() and len(text) < 10]
    return page(
        request,
        "stale.html",
        viewer=viewer,
        wall=board.wall,
        due=sorted(due, key=lambda card: card.confirmed_at or card.created_at),
        archived=[card for card in board.with_status("archived") if theirs(card.section)],
        askings=known,
        reachable=reachable,
        mail=house_of(request).mail.ready,
        said=t.n(f"stale_done.{verb}", len(undo)) if verb in VERBS else "",
        missed=asked.get("missed", "") == "1",
        undo=undo,
    )


async def decide(request: Request) -> Response:
    """POST /w/{wall}/stale — confirm or archive one card (its own button) or all that are ticked."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    form, house = await read_form(request), house_of(request)
    verb, _, one = text_of(form, "do").partition(":")
    if verb not in VERBS:
        raise NotFound(f"no action {verb!r}")
    chosen = [one] if one else list(dict.fromkeys(texts_of(form, "card")))[:AT_ONCE]
    each = (VERBS[verb](house.ledger, room.board.wall, card_id, viewer.actor) for card_id in chosen)
    outcomes = await asyncio.gather(*each, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Conflict | NotFound):
            raise outcome
    revisions = [outcome.revision for outcome in outcomes if isinstance(outcome, Card)]
    here = f"/w/{room.board.wall.slug}/stale"
    if not chosen:
        return see_other(here)
    undo = "".join(f"&undo={revision}" for revision in revisions)
    return see_other(f"{here}?done={verb}{undo}{'&missed=1' if len(revisions) < len(chosen) else ''}")
