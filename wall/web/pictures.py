"""Pictures of cards: the page to give one, sent in by its author or a moderator, and the files as they are shown."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from wall.actions.picture import description, may_change, picture
from wall.errors import (
    Conflict,
    Frozen,
    Gone,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
    Unsupported,
    WallError,
)
from wall.live.room import Room
from wall.model.card import Card
from wall.model.picture import Picture
from wall.model.roles import AUTHOR
from wall.store import proposals
from wall.web.card import card_on
from wall.web.forms import text_of
from wall.web.guard import Viewer, enter, enter_as_moderator, spend
from wall.web.house import Request, house_of
from wall.web.pages import page, see_other
from wall.web.pin import own_card, refused, words_for
from wall.web.upload import read_upload

ONE_DAY = "private, max-age=86400, immutable"  # not for ever: it may be erased, and shared caches could not be told


@dataclass(frozen=True, slots=True)
class Desk:
    """Who changes which card's picture, and where the page of it is; `image` is the one they see there."""

    room: Room
    card: Card
    viewer: Viewer
    here: str
    back: str
    image: str
    alt: str

    @property
    def waits(self) -> bool:
        """Whether what they see waits for a moderator."""
        return (self.image, self.alt) != (self.card.image, self.card.image_alt)


async def _as_author(request: Request) -> Desk:
    room, card = await own_card(request)
    token = request.path_params["token"]
    async with house_of(request).database.read() as connection:
        proposed = await proposals.of_author(connection, card.id) if card.status == "approved" else None
    seen = {"image": card.image, "image_alt": card.image_alt} | (proposed.picture if proposed is not None else {})
    here = f"/mine/{token}"
    return Desk(room, card, Viewer(AUTHOR), f"{here}/image", here, seen["image"], seen["image_alt"])


async def _as_moderator(request: Request) -> Desk:
    room, viewer = await enter_as_moderator(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], viewer, to_moderate=True)
    there = f"/w/{room.board.wall.slug}/c/{card.id}"
    return Desk(room, card, viewer, f"{there}/image", there, card.image, card.image_alt)


def _drawn(request: Request, desk: Desk, alt: str, error: WallError | None = None) -> Response:
    return picture_page(
        request,
        desk.room,
        desk.viewer,
        alt,
        error,
        said="picture",
        of=desk.card.name,
        here=desk.here,
        files=desk.here,
        back=desk.back,
        picture=Picture.named(desk.image),
        waits=desk.waits,
    )


def picture_page(
    request: Request, room: Room, viewer: Viewer, alt: str, error: WallError | None, *, said: str, **shown: Any
) -> Response:
    """The form that takes a picture of something; `said` is the room of the words that tell of what."""
    t = words_for(request, room)
    problem = None
    if isinstance(error, Invalid):
        problem = t(f"complaint.{error.complaints[0].code}", **error.complaints[0].params)
    elif isinstance(error, TooLarge | Unsupported):
        problem = t(f"picture.{error.code}")
    elif error is not None:
        problem = refused(t, error)
    return page(
        request,
        "picture.html",
        viewer=viewer,
        wall=room.board.wall,
        status=200 if error is None else error.status,
        headers={"cache-control": "no-store"},
        said=said,
        alt=alt,
        again="again" in request.query_params and error is None,
        problem=problem,
        about_alt=isinstance(error, Invalid) and error.complaints[0].field == "image_alt",
        **shown,
    )


async def my_form(request: Request) -> Response:
    """GET /mine/{token}/image"""
    desk = await _as_author(request)
    return _drawn(request, desk, desk.alt)


async def form(request: Request) -> Response:
    """GET /w/{wall}/c/{card}/image"""
    desk = await _as_moderator(request)
    return _drawn(request, desk, desk.alt)


async def my_take(request: Request) -> Response:
    """POST /mine/{token}/image"""
    return await _take(request, await _as_author(request))


async def take(request: Request) -> Response:
    """POST /w/{wall}/c/{card}/image"""
    return await _take(request, await _as_moderator(request))


async def _take(request: Request, desk: Desk) -> Response:
    """A picture with words for it, other words for the one there is, or no picture any more."""
    data, body = await read_upload(request, "image")
    alt, remove = text_of(data, "image_alt"), bool(text_of(data, "remove"))
    try:
        await _keep(request, desk, body, alt, remove)
    except Conflict as error:
        raise Gone(f"card {desk.card.id} is {error.theirs.get('status')}") from None
    except (Invalid, TooLarge, Unsupported, Frozen, Unavailable) as error:
        return _drawn(request, desk, alt, error)
    return see_other(f"{desk.back}?saved=1" if desk.viewer.actor == AUTHOR else desk.back)


async def _keep(request: Request, desk: Desk, body: bytes, alt: str, remove: bool) -> None:
    house, wall, card = house_of(request), desk.room.board.wall, desk.card
    may_change(wall, card, desk.viewer.actor)
    name = "" if remove else desk.image
    if body and not remove:
        description(alt)  # refused before anything is decoded
        spend(request, "picture")
        made = await house.workshop.remake(body)
        name = made.name
        await house.images.put(card.id, made.name, made.files)
    elif not remove and not name:
        raise Unsupported("no file")
    try:
        await picture(house.ledger, wall, card.id, name, alt, desk.viewer.actor)
    except (Gone, NotFound):
        await house.images.erase(card.id)  # the card was erased while its picture was being remade
        raise
    house.hub.note(desk.room.wall_id, "proposals")


async def my_file(request: Request) -> Response:
    """GET /mine/{token}/image/{name}/{file} — for the author, whatever the card's state."""
    _, card = await own_card(request)
    return await _file(request, card, "no-store", proposed=True)


async def file(request: Request) -> Response:
    """GET /w/{wall}/c/{card}/image/{name}/{file} — for whoever may see the card; what is proposed for moderators."""
    room, viewer = await enter(request, request.path_params["wall"])
    card = card_on(room, request.path_params["card"], viewer)
    shown = card.visible and request.path_params["name"] == card.image
    return await _file(
        request, card, ONE_DAY if shown else "no-store", proposed=viewer.actor.moderates_in(card.section)
    )


async def _file(request: Request, card: Card, kept: str, *, proposed: bool) -> Response:
    """A file of the picture that the card shows now, or shall show; an older one is not for anybody."""
    asked: dict[str, Any] = request.path_params
    found, house = Picture.named(asked["name"]), house_of(request)
    if found is None or asked["file"] not in found.files:
        raise NotFound("no such picture")
    if found.name != card.image:
        async with house.database.read() as connection:
            if not proposed or not await proposals.shows(connection, card.id, found.name):
                raise NotFound("no such picture")
    return await sent(request, card.id, found, kept)


async def sent(request: Request, owner: str, picture: Picture, kept: str) -> Response:
    """The file that is asked for of a picture."""
    asked = request.path_params["file"]
    body = await house_of(request).images.get(owner, picture.name, asked)
    kind = asked.rpartition(".")[2]
    headers = {"cache-control": kept, "content-security-policy": "default-src 'none'; sandbox", "vary": "cookie"}
    return Response(body, media_type=f"image/{kind}", headers=headers)
