"""The moderators' queue and what they do to cards: one by one, several at once, and back again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from wall.actions import edit as editing
from wall.actions import moderate
from wall.actions import undo as undoing
from wall.errors import Conflict, Gone, NotFound
from wall.find import duplicates
from wall.live.room import Room
from wall.model.alive import is_stale
from wall.model.card import Card
from wall.model.roles import Actor
from wall.model.types import now
from wall.store import journal
from wall.web.card import card_on
from wall.web.forms import Form, card_form, card_words, read_form, text_of, texts_of
from wall.web.guard import Viewer, enter_as_moderator
from wall.web.house import House, Request, house_of
from wall.web.pages import language_of, local, page, see_other
from wall.web.pin import save, words_for
from wall.web.proposals import waiting as waiting_proposals
from wall.web.who import who_did

AT_ONCE = 100  # cards decided by one form
LOOKED_AT = 50  # waiting cards for which likely duplicates are looked up at once
TWIN_SLOT = '<div class="card__twin" data-twin></div>'
TOGETHER = ("approve", "reject", "hide")
DONE = (*TOGETHER, "show", "move", "undo", "edit", "edit_approve", "merge")


@dataclass(frozen=True, slots=True)
class Notice:
    """What the last form did, or why it could not, and the revisions that undo it."""

    said: str
    revisions: Sequence[int] = ()
    again: bool = False
    bad: bool = False


async def queue(request: Request) -> Response:
    """GET /w/{wall}/queue — what waits, oldest first, and what is hidden."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    asked = request.query_params
    verb, revisions = asked.get("done", ""), _numbers(asked.getlist("undo"))
    notice = None
    if verb in DONE:
        missed = next(iter(_numbers([asked.get("missed", "")])), 0)
        notice = Notice(_said(request, room, verb, len(revisions), missed), revisions, verb == "undo", missed > 0)
    return await _queue(request, room, viewer, notice)


async def _queue(
    request: Request, room: Room, viewer: Viewer, notice: Notice | None = None, status: int = 200
) -> Response:
    house, board = house_of(request), room.board
    language = language_of(request, board.wall)

    def drawn(cards: list[Card]) -> list[str]:
        return [house.drawing.card(board.wall, card, "moderator", language, viewer.actor.sections) for card in cards]

    def looked_at(card: Card, fragment: str) -> str:
        """With the card that is probably the same network; what the board holds is no part of a card's fragment."""
        twin = next((t for t in duplicates.of(board, card) if theirs(board.cards[t.card_id].section)), None)
        other, score = (board.cards[twin.card_id], round(twin.score * 100)) if twin else (None, 0)
        hint = house.drawing.page("_twin_hint.html", language, board.wall, card=card, twin=other, score=score)
        return Markup(str(fragment).replace(TWIN_SLOT, hint.strip()))  # noqa: S704 - both drawn with autoescape

    theirs = viewer.actor.moderates_in
    pending = [card for card in board.with_status("pending") if theirs(card.section)]
    approved = [card for card in board.with_status("approved") if theirs(card.section)]
    moment = now()
    waiting = [card for card in pending if not card.hidden]
    aside = [card for card in (*pending, *approved) if card.hidden]
    hidden = sorted(aside, key=lambda card: card.pinned_at_revision)
    return page(
        request,
        "queue.html",
        viewer=viewer,
        wall=board.wall,
        status=status,
        waiting=[
            looked_at(card, fragment) if place < LOOKED_AT else fragment
            for place, (card, fragment) in enumerate(zip(waiting, drawn(waiting), strict=True))
        ],
        hidden=drawn(hidden),
        count=len(waiting),
        notice=notice,
        reasons=moderate.REASONS,
        proposals=await waiting_proposals(house, words_for(request, room), room, viewer),
        unconfirmed=sum(is_stale(board.wall, card, moment) for card in board.cards.values() if theirs(card.section)),
    )


def _said(request: Request, room: Room, verb: str, done: int, missed: int = 0) -> str:
    """What a form did, in a sentence."""
    t = words_for(request, room)
    said = t(f"done.{verb}") if done == 1 or verb not in TOGETHER else t.n(f"done_many.{verb}", done)
    return f"{said} {t.n('queue.missed', missed)}" if missed else said


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def say_done(request: Request, room: Room, verb: str, revisions: Sequence[int], back: str, missed: int = 0) -> Response:
    """Say what was done and how it is undone: to a script, or on the queue's page."""
    if _wants_json(request):
        said = _said(request, room, verb, len(revisions), missed)
        return JSONResponse({"revisions": list(revisions), "missed": missed, "said": said})
    queue = f"/w/{room.board.wall.slug}/queue"
    if back != queue:
        return see_other(back)
    told = [("done", verb), *(("undo", str(revision)) for revision in revisions), ("missed", str(missed or ""))]
    return see_other(f"{queue}?{urlencode([pair for pair in told if pair[1]])}")


async def _collision(request: Request, room: Room, viewer: Viewer, card_id: str | None, error: Conflict) -> Response:
    """Say that somebody else was faster: who, and what they did."""
    t = words_for(request, room)
    said = t("collide.settings")
    if card_id is not None:
        async with house_of(request).database.read() as connection:
            last = await journal.last_of_card(connection, room.wall_id, card_id)
            if last is None or last.card is None:
                raise NotFound(f"no card {card_id!r}")
            who = await who_did(connection, t, [last.actor])
        kind = f"collide.{last.kind}"
        said = t(kind if kind in t else "collide.changed", name=last.card["name"], who=who(last.actor))
    if _wants_json(request):
        body = {"code": error.code, "status": error.status, "detail": said, "current": error.theirs}
        return JSONResponse(body, error.status, {"cache-control": "no-store"}, "application/problem+json")
    return await _queue(request, room, viewer, Notice(said, bad=True), error.status)


async def _decide(house: House, room: Room, card_id: str, verb: str, data: dict[str, str], actor: Actor) -> Card:
    ledger, wall = house.ledger, room.board.wall
    if verb == "approve":
        return await moderate.approve(ledger, wall, card_id, actor)
    if verb == "reject":
        return await moderate.reject(ledger, wall, card_id, data["reason"], actor, data["words"])
    if verb == "hide":
        return await moderate.hide(ledger, wall, card_id, actor)
    if verb == "show":
        return await moderate.show(ledger, wall, card_id, actor)
    if verb == "move" and data["step"] in ("up", "down"):
        return await editing.step(ledger, wall, card_id, data["step"], actor)
    if verb == "move":
        return await editing.move(ledger, wall, card_id, data["section"], data["after"], actor)
    raise NotFound(f"no action {verb!r}")


GIVEN = ("reason", "words", "step", "section", "after", "back", "verb")


async def decide(request: Request) -> Response:
    """POST /w/{wall}/c/{card}/{verb} — approve, reject, hide, show or move one card."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    card_id, verb = request.path_params["card"], request.path_params["verb"]
    form = await read_form(request)
    data = {name: text_of(form, name) for name in GIVEN}
    try:
        card = await _decide(house_of(request), room, card_id, verb, data, viewer.actor)
    except Conflict as error:
        return await _collision(request, room, viewer, card_id, error)
    return say_done(request, room, verb, [card.revision], local(data["back"], f"/w/{room.board.wall.slug}"))


async def decide_all(request: Request) -> Response:
    """POST /w/{wall}/queue — approve, reject or hide several cards; one that somebody else decided is left alone."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    form = await read_form(request)
    data = {name: text_of(form, name) for name in GIVEN}
    chosen = list(dict.fromkeys(texts_of(form, "card")))[:AT_ONCE]
    if data["verb"] not in TOGETHER:
        raise NotFound(f"no action {data['verb']!r}")
    # the ledger takes what waits at once in one transaction, each decided for itself
    each = (_decide(house_of(request), room, card_id, data["verb"], data, viewer.actor) for card_id in chosen)
    outcomes = await asyncio.gather(*each, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Conflict | Gone | NotFound):
            raise outcome
    revisions = [outcome.revision for outcome in outcomes if isinstance(outcome, Card)]
    queue = f"/w/{room.board.wall.slug}/queue"
    if not chosen and not _wants_json(request):
        return see_other(queue)
    return say_done(request, room, data["verb"], revisions, queue, missed=len(chosen) - len(revisions))


async def undo(request: Request) -> Response:
    """POST /w/{wall}/undo — take back one change, or several as one."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    wall, form, ledger = room.board.wall, await read_form(request), house_of(request).ledger
    wanted = _numbers(texts_of(form, "revision"))
    try:
        changes = await undoing.undo(ledger, wall, wanted, viewer.actor)
    except Conflict as error:
        async with house_of(request).database.read() as connection:
            found = await journal.changes_at(connection, room.wall_id, wanted)
        cards = [change.card["id"] for change in found if change.card is not None]
        return await _collision(request, room, viewer, cards[0] if cards else None, error)
    back = local(text_of(form, "back"), f"/w/{wall.slug}/queue")
    return say_done(request, room, "undo", [change.revision for change in changes], back)


def _numbers(given: Sequence[str]) -> list[int]:
    """The revisions among what was given."""
    return [int(text) for text in given if text.isascii() and text.isdecimal() and len(text) < 10]


async def edit_form(request: Request) -> Response:
    """GET /w/{wall}/c/{card}/edit"""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], viewer, to_moderate=True)
    form = card_form(words_for(request, room), room.board.wall, card.content, base=card.revision)
    return _drawn(request, viewer, card, form)


async def edit(request: Request) -> Response:
    """POST /w/{wall}/c/{card}/edit — and approve what waits, if the second button was pressed."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], viewer, to_moderate=True)
    data = await read_form(request)
    raw, base = card_words(data, room.board.wall), text_of(data, "base")
    approves = text_of(data, "then") == "approve"
    answer = await save(request, room, card, raw, base, viewer, partial(editing.revise, approve=approves))
    if isinstance(answer, Form):
        return _drawn(request, viewer, card, answer)
    slug = room.board.wall.slug
    waited = card.status == "pending"
    back = local(text_of(data, "back"), f"/w/{slug}/queue" if waited else f"/w/{slug}/c/{card.id}")
    if not approves:
        return say_done(request, room, "edit", answer.revisions, back)
    if not answer.approved:  # the words are kept, the decision is somebody else's
        return say_done(request, room, "edit", answer.revisions, back, missed=1)
    return say_done(request, room, "edit_approve" if len(answer.revisions) > 1 else "approve", answer.revisions, back)


def _drawn(request: Request, viewer: Viewer, card: Card, form: Form) -> Response:
    opened = house_of(request).hub.opened(request.path_params["wall"])
    assert opened is not None, "the room was entered just now"
    section = form.fields["section"]
    theirs = [option for option in section.options if viewer.actor.moderates_in(option.value)]
    form.fields["section"] = replace(section, options=theirs)
    return page(request, "edit.html", viewer=viewer, wall=opened.board.wall, status=form.status, card=card, form=form)
