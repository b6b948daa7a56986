"""Pinning, and what the author may do afterwards with the private link."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.responses import Response

from wall.actions.edit import edit
from wall.actions.ledger import Ledger
from wall.actions.moderate import withdraw as take_back
from wall.actions.pin import pin as pin_card
from wall.errors import (
    Complaint,
    Conflict,
    Frozen,
    Gone,
    Invalid,
    KeyReused,
    LooksLike,
    NotFound,
    QueueFull,
    TooMany,
    Unavailable,
    WallError,
)
from wall.find.partners import partners
from wall.live.room import Room
from wall.model.card import Card
from wall.model.contact import CONSENTS
from wall.model.phase import closed
from wall.model.roles import AUTHOR, Actor
from wall.model.wall import Wall
from wall.store import boards, contacts, proposals
from wall.web.contact_form import posted_contact, with_contact, written_contact
from wall.web.contacts import keep
from wall.web.flood import sent_again, weigh_pin, work_asked
from wall.web.forms import Form, card_form, card_words, read_form, text_of
from wall.web.guard import Viewer, enter, spend
from wall.web.house import House, Request, house_of
from wall.web.mint import PROOF_BITS
from wall.web.pages import language_of, page, see_other
from wall.web.problems import ways_on
from wall.web.similar import ask_back
from wall.words import Words, words

T = TypeVar("T")
TRAP = "subject"  # a field that people do not see: who fills it is a program, or has one that fills in too much


def words_for(request: Request, room: Room) -> Words:
    wall = room.board.wall
    return words(language_of(request, wall), wall.address)


def refused(t: Words, error: WallError) -> str:
    """Why a form could not be taken, in one sentence; its words are kept."""
    return t(f"error.{error.code}.message")


def retry(error: WallError) -> dict[str, str]:
    return {} if error.retry_after is None else {"retry-after": str(error.retry_after)}


async def form(request: Request) -> Response:
    """GET /w/{wall}/pin"""
    room, viewer = await enter(request, request.path_params["wall"])
    wall, t = room.board.wall, words_for(request, room)
    if not wall.takes_pins and not viewer.moderates:  # whoever has not begun to write is spared the form
        error = closed(wall)
        return page(request, "error.html", viewer=viewer, wall=wall, status=error.status, **ways_on(request, error))
    first = {"section": wall.sections[0].id if len(wall.sections) == 1 else request.query_params.get("section", "")}
    key, work = house_of(request).mint.key(wall.slug), work_asked(request, room)
    drawn = with_contact(card_form(t, wall, first, key=key, work=work), t, written_contact(None))
    return _page(request, viewer, wall, drawn, 200)


def _page(
    request: Request, viewer: Viewer, wall: Wall, form: Form, status: int, headers: dict[str, str] | None = None
) -> Response:
    more: dict[str, Any] = {"consent": CONSENTS[0], "can_ask": house_of(request).mail.ready}
    return page(request, "pin.html", viewer=viewer, wall=wall, status=status, headers=headers, form=form, **more)


async def pin(request: Request) -> Response:
    """POST /w/{wall}/pin"""
    house = house_of(request)
    room, viewer = await enter(request, request.path_params["wall"])
    wall = room.board.wall
    data = await read_form(request)
    raw, key = card_words(data, wall), text_of(data, "key", 200) or house.mint.key(wall.slug)
    posted = posted_contact(data, other=True if viewer.moderates else None)
    try:
        weigh_pin(request, room, viewer, key, text_of(data, "proof", 40))
        if text_of(data, TRAP):
            raise Invalid([Complaint("", "trap")])
        details = None if posted.empty else posted.checked(raw, wall)
        if not text_of(data, "anyway"):
            await ask_back(request, room, viewer, raw["name"], key)
        pinned = await pin_card(house.ledger, wall, raw | posted.said, key, viewer.actor)
        if details is not None:  # the pin is not acknowledged before; sent again, it is found and this is done
            await keep(house, wall, pinned.card, posted, details, viewer.actor, first=True)
    except Invalid as error:
        t, work = words_for(request, room), work_asked(request, room)
        drawn = card_form(t, wall, raw, error.complaints, key=key, work=work)
        return _page(request, viewer, wall, with_contact(drawn, t, posted, error.complaints), 422)
    except (Frozen, KeyReused, LooksLike, QueueFull, TooMany, Unavailable) as error:
        # Another body under the same key is another card: it gets a key of its own to be sent with.
        again = house.mint.key(wall.slug) if isinstance(error, KeyReused) else key
        t, too_many = words_for(request, room), isinstance(error, TooMany)
        work = PROOF_BITS if too_many else work_asked(request, room)
        why = t("pin.too_many") if too_many else refused(t, error)
        drawn = with_contact(card_form(t, wall, raw, key=again, work=work, problem=why), t, posted)
        if isinstance(error, LooksLike):
            drawn.twins = [room.board.cards[card_id] for card_id in error.card_ids]
        if isinstance(error, KeyReused):
            sent_again(house, wall.slug, key)
        return _page(request, viewer, wall, drawn, error.status, retry(error))
    if pinned.repeated:
        sent_again(house, wall.slug, key)
    return see_other(f"/mine/{house.edit_links.token(pinned.card.id)}?new=1")


async def own_card(request: Request) -> tuple[Room, Card]:
    """The card an edit link opens.

    Raises:
        Gone: the link is not ours or no longer good, or the card is gone; one answer for all.
        TooMany: too many such links came from this address; those that are good go on opening.
    """
    house = house_of(request)
    try:
        return await _opened(house, request.path_params["token"])
    except Gone:
        spend(request, "link")
        raise


async def _opened(house: House, token: str) -> tuple[Room, Card]:
    card_id, generation = house.edit_links.read(token)
    async with house.database.read() as connection:
        wall_id = await boards.wall_of_card(connection, card_id)
        if wall_id is None or generation != await boards.edit_generation(connection, card_id):
            raise Gone("an edit link that is no longer good")
        try:
            found = await boards.find_card(connection, wall_id, card_id)
        except NotFound:
            raise Gone("an edit link to a card that is gone") from None
        if found.status == "erased":
            raise Gone("an edit link to a card that was erased")
    return await house.hub.room_of(wall_id), found


async def draw_mine(
    request: Request,
    room: Room,
    card: Card,
    form: Form | None = None,
    *,
    address: str = "",
    refused: str = "",
    status: int = 200,
) -> Response:
    """The author's page; without a `form` the card as it is, or as its author has proposed to change it.

    `refused` says why the link could not be sent to `address`.
    """
    house, wall = house_of(request), room.board.wall
    async with house.database.read() as connection:
        proposed = await proposals.of_author(connection, card.id)
        contact = await contacts.of_card(connection, card.id)
    if form is None:
        written = card.content | (proposed.content if proposed is not None else {})
        form = card_form(words_for(request, room), wall, written, base=card.revision, status=status)
    edit_url = f"{house.settings.base_url.rstrip('/')}/mine/{request.path_params['token']}"
    return page(
        request,
        "mine.html",
        wall=wall,
        status=form.status,
        headers={"cache-control": "no-store"},
        card=card,
        form=form,
        edit_url=edit_url,
        proposed=proposed is not None,
        partners=partners(room.board, card, house.finder.synonyms),
        own=True,
        can_send=house.mail.ready,
        address=address,
        refused=refused,
        sent="sent" in request.query_params,
        just_pinned="new" in request.query_params,
        saved=request.query_params.get("saved", ""),
        has_contact=contact is not None and not contact.empty,
    )


async def mine(request: Request) -> Response:
    """GET /mine/{token} — the state of one's own card and the form to change it."""
    room, card = await own_card(request)
    return await draw_mine(request, room, card)


async def change(request: Request) -> Response:
    """POST /mine/{token}"""
    room, card = await own_card(request)
    data = await read_form(request)
    raw = card_words(data, room.board.wall)
    answer = await save(request, room, card, raw, text_of(data, "base"), Viewer(AUTHOR), edit)
    if isinstance(answer, Form):
        return await draw_mine(request, room, card, answer)
    house_of(request).hub.note(room.wall_id, "proposals")
    return see_other(f"/mine/{request.path_params['token']}?saved=1")


async def save(
    request: Request,
    room: Room,
    card: Card,
    raw: dict[str, Any],
    base: str,
    viewer: Viewer,
    act: Callable[[Ledger, Wall, str, dict[str, Any], int, Actor], Awaitable[T]],
) -> T | Form:
    """Edit the card by `act`, or say with its words kept why that cannot be."""
    house, wall, t = house_of(request), room.board.wall, words_for(request, room)
    written_over = int(base) if base.isdecimal() and len(base) < 12 else card.revision
    try:
        return await act(house.ledger, wall, card.id, raw, written_over, viewer.actor)
    except Invalid as error:
        return card_form(t, wall, raw, error.complaints, base=written_over, status=error.status)
    except Conflict as error:
        if "status" in error.theirs:
            raise Gone(f"card {card.id} is {error.theirs['status']}") from None
        # Sent once more, the words are written over what stands now; what this editor left alone is shown as it stands.
        now, why = error.revision, refused(t, error)
        return card_form(t, wall, error.merged, base=now, theirs=error.theirs, problem=why, status=error.status)
    except (Frozen, Unavailable) as error:
        return card_form(t, wall, raw, base=written_over, problem=refused(t, error), status=error.status)


async def withdraw(request: Request) -> Response:
    """POST /mine/{token}/withdraw"""
    house = house_of(request)
    room, card = await own_card(request)
    await take_back(house.ledger, room.board.wall, card.id, AUTHOR)
    return see_other(f"/mine/{request.path_params['token']}")
