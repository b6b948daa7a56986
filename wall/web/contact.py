"""The contact of a card: entered by its author or by moderators, agreed to or taken back by the person it names."""

from starlette.responses import Response

from wall.actions.contact import LIVING, agree, take_back
from wall.errors import Frozen, Invalid, LinkSpent, Unavailable
from wall.live.room import Room
from wall.model.audience import ContactShown
from wall.model.card import Card
from wall.model.contact import CONSENTS, Contact
from wall.model.roles import AUTHOR, GUEST, Actor
from wall.store import boards, contacts
from wall.web.card import card_on
from wall.web.contact_form import contact_fields, named_as_fields, posted_contact, written_contact
from wall.web.contacts import contact_shown, keep
from wall.web.forms import Form, read_form, text_of
from wall.web.guard import Viewer, enter_as_moderator
from wall.web.house import Request, house_of
from wall.web.pages import page, see_other
from wall.web.pin import own_card, refused, words_for


async def save(
    request: Request, room: Room, card: Card, actor: Actor, *, other: bool | None, shown: ContactShown | None = None
) -> Form | None:
    """Take a posted contact form; the form with why it cannot be taken, or None when it is done. `shown` is what of the
    contact its page shows."""
    house, wall, t = house_of(request), room.board.wall, words_for(request, room)
    data = await read_form(request)
    posted = posted_contact(data, other=other)
    try:
        if text_of(data, "do") == "remove":
            await take_back(house.ledger, wall.key, card.id, actor)
        else:
            with named_as_fields():
                await keep(house, wall, card, posted, posted.details(), actor, first=False)
    except Invalid as error:
        wrong = [(c.field, t(f"complaint.{c.code}", **c.params)) for c in error.complaints]
        return Form(contact_fields(t, posted, shown, error.complaints), wrong, status=error.status)
    except (Frozen, Unavailable) as error:
        return Form(contact_fields(t, posted, shown), problem=refused(t, error), status=error.status)
    return None


async def mine(request: Request) -> Response:
    """GET, POST /mine/{token}/contact"""
    room, card = await own_card(request)
    back, shown = f"/mine/{request.path_params['token']}", await contact_shown(house_of(request), card.id, "author")
    if request.method != "POST":  # a HEAD asks, too
        form = Form(contact_fields(words_for(request, room), written_contact(shown), shown))
    elif (refusal := await save(request, room, card, AUTHOR, other=None, shown=shown)) is None:
        return see_other(f"{back}?saved=contact")
    else:
        form = refusal
    return _page(request, Viewer(), room, card, form, shown=shown, back=back, asks=False)


def _page(
    request: Request,
    viewer: Viewer,
    room: Room,
    card: Card,
    form: Form,
    *,
    shown: ContactShown | None,
    back: str,
    asks: bool,
) -> Response:
    return page(
        request,
        "contact.html",
        viewer=viewer,
        wall=room.board.wall,
        status=form.status,
        headers={"cache-control": "no-store"},
        card=card,
        form=form,
        contact=shown,
        back=back,
        asks=asks,
        can_ask=house_of(request).mail.ready,
        consent=CONSENTS[0],
        closed=card.status not in LIVING,
    )


async def of_card(request: Request) -> Response:
    """GET, POST /w/{wall}/c/{card}/contact — moderators name somebody, who then is asked."""
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], viewer, to_moderate=True)
    back = f"/w/{room.board.wall.slug}/c/{card.id}"
    if request.method != "POST":  # a HEAD asks, too
        shown = await contact_shown(house_of(request), card.id, "moderator")
        form = Form(contact_fields(words_for(request, room), written_contact(shown)))
        return _page(request, viewer, room, card, form, shown=shown, back=back, asks=True)
    refusal = await save(request, room, card, viewer.actor, other=True)
    if refusal is None:
        return see_other(back)
    return _page(request, viewer, room, card, refusal, shown=None, back=back, asks=True)


async def _named(request: Request) -> tuple[Room, Card, Contact]:
    """The contact whose person holds this link.

    Raises:
        LinkSpent: one answer for a link that is not ours, and for details that are not there any more.
    """
    house, token = house_of(request), request.path_params["token"]
    card_id = house.contact_links.names(token)
    async with house.database.read() as connection:
        contact = await contacts.of_card(connection, card_id)
        if contact is None or not house.contact_links.opens(token, contact):
            raise LinkSpent("a contact that is not there any more")
        card = await boards.find_card(connection, contact.wall_id, card_id)
    return await house.hub.room_of(contact.wall_id), card, contact


async def person(request: Request) -> Response:
    """GET /contact/{token} — only buttons, since mail scanners open links too."""
    room, card, contact = await _named(request)
    return page(
        request,
        "contact_person.html",
        wall=room.board.wall,
        headers={"cache-control": "no-store"},
        card=card,
        contact=contact,
        consent=CONSENTS[0],
        agreed="agreed" in request.query_params,
    )


async def answer(request: Request) -> Response:
    """POST /contact/{token} — agree, or have everything forgotten."""
    room, card, contact = await _named(request)
    house, data, here = house_of(request), await read_form(request), request.url.path
    if text_of(data, "do") == "agree":
        version = text_of(data, "contact_consent", 20)
        await agree(house.ledger, room.wall_id, card.id, contact.asked_at, version, GUEST)
        return see_other(f"{here}?agreed=1")
    if text_of(data, "do") == "forget":
        await take_back(house.ledger, room.wall_id, card.id, GUEST)
        return see_other("/contact")
    return see_other(here)


async def forgotten(request: Request) -> Response:
    """GET /contact — says that somebody's details are deleted."""
    return page(request, "contact_forgotten.html")
