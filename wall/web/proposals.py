"""Proposed changes and reports: anybody makes them from a card's page, moderators compare and decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from wall.actions import propose
from wall.errors import Conflict, Frozen, Invalid, TooMany, Unavailable
from wall.live.room import Room
from wall.model.card import CONTENT, Card
from wall.model.phase import closed
from wall.model.picture import Picture
from wall.model.proposal import LONGEST, PICTURE, REASONS, Proposal, standing
from wall.store import proposals
from wall.web.card import card_on
from wall.web.forms import FieldView, Form, Option, card_form, card_words, read_form, shown, text_of, texts_of
from wall.web.guard import Viewer, enter, enter_as_moderator, spend
from wall.web.house import House, Request, house_of
from wall.web.pages import page, see_other
from wall.web.pin import TRAP, refused, words_for
from wall.words import Words


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of a proposal beside what the card says; `then` is what it said when that has changed since.

    For a picture these are the words for it, and the two pictures stand beside them.
    """

    name: str
    label: str
    now: str
    proposed: str
    then: str | None
    pictures: tuple[Picture | None, Picture | None] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal or report as the queue and its own page show it."""

    proposal: Proposal
    card: Card
    fields: Sequence[Compared]


def _compared(t: Words, room: Room, card: Card, proposal: Proposal) -> Waiting:
    wall, overtaken = room.board.wall, proposal.overtaken(standing(card))
    fields = [
        Compared(
            name,
            t(f"field.{name}.label"),
            shown(t, wall, name, card.content[name]),
            shown(t, wall, name, proposal.fields[name]),
            shown(t, wall, name, proposal.was[name]) if name in overtaken else None,
        )
        for name in proposal.content
    ]
    if proposal.picture:
        both = Picture.named(card.image), Picture.named(proposal.fields["image"])
        then = proposal.was["image_alt"] or t("proposal.nothing") if set(PICTURE) & set(overtaken) else None
        said = card.image_alt, proposal.fields["image_alt"]
        fields.append(Compared("image", t("picture.title"), *said, then, both))
    return Waiting(proposal, card, fields)


async def waiting(house: House, t: Words, room: Room, viewer: Viewer) -> list[Waiting]:
    """What waits for this moderator, oldest first, of cards that hang."""
    async with house.database.read() as connection:
        found = await proposals.waiting(connection, room.wall_id)
    cards = room.board.cards
    standing = [(each, cards[each.card_id]) for each in found if each.card_id in cards]
    return [_compared(t, room, card, each) for each, card in standing if _theirs(viewer, card)]


def _theirs(viewer: Viewer, card: Card) -> bool:
    return card.status == "approved" and viewer.actor.moderates_in(card.section)


def _note(t: Words, name: str, value: str = "", complaint: str | None = None) -> FieldView:
    label, hint = t(f"field.{name}.label"), t(f"field.{name}.hint")
    return FieldView(name, "textarea", label, hint, value, complaint=complaint, maxlength=LONGEST)


async def suggestion_form(request: Request) -> Response:
    """GET /w/{wall}/c/{card}/suggest"""
    room, viewer = await enter(request, request.path_params["wall"])
    card, t = card_on(room, request.path_params["card"], viewer), words_for(request, room)
    form = card_form(t, room.board.wall, card.content, base=card.revision)
    if not room.board.wall.takes_pins:
        form.problem, form.status = refused(t, closed(room.board.wall)), Frozen.status
    return _suggestion(request, room, viewer, card, form)


async def suggest(request: Request) -> Response:
    """POST /w/{wall}/c/{card}/suggest"""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    wall, t = room.board.wall, words_for(request, room)
    card = card_on(room, request.path_params["card"], viewer)
    data = await read_form(request)
    raw, base = card_words(data, wall), text_of(data, "base")
    note, over = text_of(data, "note", LONGEST), int(base) if base.isdecimal() and len(base) < 12 else card.revision
    done = f"/w/{wall.slug}/c/{card.id}/thanks"
    if text_of(data, TRAP):
        return see_other(done)
    try:
        spend(request, "proposal")
        await propose.suggest(house.ledger, wall, card.id, raw, over, note, viewer.actor)
    except Invalid as error:
        form = card_form(t, wall, raw, error.complaints, base=over, status=error.status)
    except Conflict as error:
        if "status" in error.theirs:
            raise
        now, why = error.revision, refused(t, error)
        form = card_form(t, wall, error.merged, base=now, theirs=error.theirs, problem=why, status=error.status)
    except (Frozen, TooMany, Unavailable) as error:
        form = card_form(t, wall, raw, base=over, problem=refused(t, error), status=error.status)
    else:
        house.hub.note(room.wall_id, "proposals")
        return see_other(done)
    return _suggestion(request, room, viewer, card, form, note)


def _suggestion(request: Request, room: Room, viewer: Viewer, card: Card, form: Form, note: str = "") -> Response:
    form.fields["note"] = _note(words_for(request, room), "note", note)
    return page(request, "suggest.html", viewer=viewer, wall=room.board.wall, status=form.status, card=card, form=form)


def _report_form(t: Words, reason: str, said: str, error: Invalid | None = None) -> Form:
    wrong = {c.field: t(f"complaint.{c.code}", **c.params) for c in (error.complaints if error else ())}
    options = [Option(each, t(f"report.{each}"), None, each == reason) for each in REASONS]
    label = t("field.reason.label")
    fields = {
        "reason": FieldView(
            "reason", "choice", label, value=reason, complaint=wrong.get("reason"), required=True, options=options
        ),
        "words": _note(t, "words", said),
    }
    return Form(fields, list(wrong.items()), status=error.status if error else 200)


async def report(request: Request) -> Response:
    """GET, POST /w/{wall}/c/{card}/report"""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    wall, t = room.board.wall, words_for(request, room)
    card = card_on(room, request.path_params["card"], viewer)
    form = _report_form(t, "", "")
    if request.method == "POST":
        data = await read_form(request)
        reason, said = text_of(data, "reason", 40), text_of(data, "words", LONGEST)
        done = f"/w/{wall.slug}/c/{card.id}/thanks"
        if text_of(data, TRAP):
            return see_other(done)
        try:
            spend(request, "proposal")
            await propose.report(house.ledger, wall, card.id, reason, said, viewer.actor)
            house.hub.note(room.wall_id, "proposals")
            return see_other(done)
        except Invalid as error:
            form = _report_form(t, reason, said, error)
        except (TooMany, Unavailable) as error:
            form = _report_form(t, reason, said)
            form.problem, form.status = refused(t, error), error.status
    return page(request, "report.html", viewer=viewer, wall=wall, status=form.status, card=card, form=form)


async def thanks(request: Request) -> Response:
    """GET /w/{wall}/c/{card}/thanks — what was proposed or reported has arrived."""
    room, viewer = await enter(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], viewer)
    return page(request, "thanks.html", viewer=viewer, wall=room.board.wall, card=card)


async def compare(request: Request) -> Response:
    """GET /w/{wall}/proposals/{proposal} — field by field, for moderators."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    return await _comparison(request, room, viewer)


async def _comparison(
    request: Request, room: Room, viewer: Viewer, status: int = 200, problem: str | None = None
) -> Response:
    house, t = house_of(request), words_for(request, room)
    async with house.database.read() as connection:
        proposal = await proposals.find(connection, room.wall_id, request.path_params["proposal"])
    card = card_on(room, proposal.card_id, viewer, to_moderate=True)
    item = _compared(t, room, card, proposal)
    return page(
        request, "proposal.html", viewer=viewer, wall=room.board.wall, status=status, item=item, problem=problem
    )


async def decide(request: Request) -> Response:
    """POST /w/{wall}/proposals/{proposal} — take all or some fields over, refuse, or open again."""
    house = house_of(request)
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    wall, t, number = room.board.wall, words_for(request, room), request.path_params["proposal"]
    data = await read_form(request)
    verb, here = text_of(data, "do"), request.url.path
    try:
        if verb == "reject":
            await propose.reject(house.ledger, wall, number, viewer.actor)
        elif verb == "reopen":
            await propose.reopen(house.ledger, wall, number, viewer.actor)
        else:
            await _accept(house, room, number, data, viewer, everything=verb == "all")
    except Conflict as error:
        said = t("proposal.decided") if "status" in error.theirs else t("proposal.moved")
        return await _comparison(request, room, viewer, error.status, said)
    except Invalid as error:
        first = error.complaints[0]
        return await _comparison(request, room, viewer, error.status, t(f"complaint.{first.code}", **first.params))
    house.hub.note(room.wall_id, "proposals")
    return see_other(here if verb in ("reject", "reopen") else f"/w/{wall.slug}/queue#proposals")


async def _accept(house: House, room: Room, number: str, data: Any, viewer: Viewer, *, everything: bool) -> None:
    seen = text_of(data, "seen")
    chosen = (*CONTENT, *PICTURE) if everything else texts_of(data, "field")
    revision = int(seen) if seen.isdecimal() and len(seen) < 12 else 0
    await propose.accept(house.ledger, room.board.wall, number, chosen, revision, viewer.actor)
