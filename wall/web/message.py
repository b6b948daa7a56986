"""Writing to the contact of a card through us: neither side's address is shown on the way, nothing is kept."""

from starlette.responses import Response

from wall.errors import Complaint, NotFound, TooMany, Unavailable, Undeliverable
from wall.live.room import Room
from wall.model.card import Card
from wall.store import contacts
from wall.text import address_of, clean, readable
from wall.web.card import card_on
from wall.web.contact_form import MESSAGE as LONGEST
from wall.web.contact_form import message_form
from wall.web.contacts import link_of
from wall.web.forms import Form, read_form, text_of
from wall.web.guard import Viewer, enter, spend
from wall.web.house import Request, house_of
from wall.web.pages import page, see_other
from wall.web.pin import TRAP, refused, words_for


async def show(request: Request) -> Response:
    """GET /w/{wall}/c/{card}/message"""
    room, viewer = await enter(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], viewer)
    await _address(request, card)
    form, sent = message_form(words_for(request, room)), "sent" in request.query_params
    return _page(request, room, viewer, card, form, sent=sent)


async def send(request: Request) -> Response:
    """POST /w/{wall}/c/{card}/message"""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    wall, t = room.board.wall, words_for(request, room)
    card = card_on(room, request.path_params["card"], viewer)
    to, link = await _address(request, card)
    data = await read_form(request)
    raw = {name: text_of(data, name, 10_000) for name in LONGEST}
    wrong = _wrong(raw)
    if wrong:
        return _page(request, room, viewer, card, message_form(t, raw, wrong))
    here = f"/w/{wall.slug}/c/{card.id}/message?sent=1"
    if text_of(data, TRAP):
        return see_other(here)  # whoever filled that in shall not learn from the answer
    sender, text = address_of(raw["sender"]), clean(raw["text"], lines=True)
    about = {"card": card.name, "wall": wall.title, "sender": sender, "text": text, "link": link}
    try:
        spend(request, "message")
        if wait := house.limits.spend("message to card", card.id):
            raise TooMany(wait)
        await house.mail.send(to, "message", wall.language, address=wall.address, reply_to=sender, **about)
    except (TooMany, Unavailable, Undeliverable) as error:
        form = message_form(t, raw, problem=refused(t, error))
        form.status = error.status
        return _page(request, room, viewer, card, form)
    return see_other(here)


def _wrong(raw: dict[str, str]) -> tuple[Complaint, ...]:
    found = [Complaint(name, "missing") for name in LONGEST if not readable(raw[name])]
    if raw["sender"] and not address_of(raw["sender"]):
        found = [Complaint("sender", "not_an_address"), *(c for c in found if c.field != "sender")]
    if len(raw["text"]) > LONGEST["text"]:
        found.append(Complaint("text", "too_long", {"max": LONGEST["text"], "length": len(raw["text"])}))
    return tuple(found)


async def _address(request: Request, card: Card) -> tuple[str, str]:
    """Where messages about a card go, and the link by which whoever gets them can end that.

    Raises:
        NotFound: nobody can be written to there.
    """
    house = house_of(request)
    async with house.database.read() as connection:
        contact = await contacts.of_card(connection, card.id)
    if contact is None or not contact.reachable or not house.mail.ready:
        raise NotFound(f"nobody to write to on card {card.id!r}")
    return contact.email, link_of(house, contact)


def _page(request: Request, room: Room, viewer: Viewer, card: Card, form: Form, *, sent: bool = False) -> Response:
    return page(
        request,
        "message.html",
        viewer=viewer,
        wall=room.board.wall,
        status=form.status,
        card=card,
        message=form,
        sent=sent,
    )
