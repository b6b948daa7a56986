"""The moderators' queue and what they do to single cards."""

from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from wall.actions import edit as editing
from wall.actions import moderate
from wall.actions import undo as undoing
from wall.errors import NotFound
from wall.model.card import Card
from wall.web.card import card_on
from wall.web.forms import Form, card_form, card_words, read_form, text_of
from wall.web.guard import Viewer, enter_as_moderator
from wall.web.house import Request, house_of
from wall.web.pages import language_of, local, page, see_other
from wall.web.pin import save, words_for


async def queue(request: Request) -> Response:
    """GET /w/{wall}/queue — what waits, oldest first, and what is hidden."""
    house = house_of(request)
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    board = room.board
    language = language_of(request, board.wall)

    def drawn(cards: list[Card]) -> list[str]:
        return [house.drawing.card(board.wall, card, "moderator", language) for card in cards]

    waiting = board.with_status("pending")
    hidden = [card for card in board.with_status("approved") if card.hidden]
    return page(
        request,
        "queue.html",
        viewer=viewer,
        wall=board.wall,
        waiting=drawn(waiting),
        hidden=drawn(hidden),
        count=len(waiting),
    )


async def decide(request: Request) -> Response:
    """POST /w/{wall}/c/{card}/{verb} — approve, reject, hide, show or move one card."""
    house = house_of(request)
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    wall, card_id, verb = room.board.wall, request.path_params["card"], request.path_params["verb"]
    data = await read_form(request)
    ledger, actor = house.ledger, viewer.actor
    if verb == "approve":
        card = await moderate.approve(ledger, wall, card_id, actor)
    elif verb == "reject":
        card = await moderate.reject(ledger, wall, card_id, text_of(data, "reason", 500), actor)
    elif verb == "hide":
        card = await moderate.hide(ledger, wall, card_id, actor)
    elif verb == "show":
        card = await moderate.show(ledger, wall, card_id, actor)
    elif verb == "move" and text_of(data, "step") in ("up", "down"):
        card = await editing.step(ledger, wall, card_id, text_of(data, "step"), actor)
    elif verb == "move":
        card = await editing.move(ledger, wall, card_id, text_of(data, "section"), text_of(data, "after"), actor)
    else:
        raise NotFound(f"no action {verb!r}")
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"revision": card.revision})
    return see_other(local(text_of(data, "back"), f"/w/{wall.slug}"))


async def undo(request: Request) -> Response:
    """POST /w/{wall}/undo — take back one change, or several as one."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    wall, data = room.board.wall, await read_form(request)
    changes = await undoing.undo(house_of(request).ledger, wall, _revisions(data), viewer.actor)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"revisions": [change.revision for change in changes]})
    return see_other(local(text_of(data, "back"), f"/w/{wall.slug}/queue"))


def _revisions(data: FormData) -> list[int]:
    """The revisions a form names."""
    given = (value for value in data.getlist("revision") if isinstance(value, str))
    return [int(value) for value in given if value.isascii() and value.isdecimal() and len(value) < 10]


async def edit_form(request: Request) -> Response:
    """GET /w/{wall}/c/{card}/edit"""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], viewer)
    form = card_form(words_for(request, room), room.board.wall, card.content, base=card.revision)
    return _drawn(request, viewer, card, form)


async def edit(request: Request) -> Response:
    """POST /w/{wall}/c/{card}/edit"""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], viewer)
    data = await read_form(request)
    answer = await save(request, room, card, card_words(data, room.board.wall), text_of(data, "base"), viewer)
    if isinstance(answer, Form):
        return _drawn(request, viewer, card, answer)
    back = f"/w/{room.board.wall.slug}/queue" if card.status == "pending" else f"/w/{room.board.wall.slug}/c/{card.id}"
    return see_other(local(text_of(data, "back"), back))


def _drawn(request: Request, viewer: Viewer, card: Card, form: Form) -> Response:
    opened = house_of(request).hub.opened(request.path_params["wall"])
    assert opened is not None, "the room was entered just now"
    return page(request, "edit.html", viewer=viewer, wall=opened.board.wall, status=form.status, card=card, form=form)
