"""The page of one card."""

from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from wall.errors import Forbidden, Gone, NotFound
from wall.exchange import jsonld
from wall.exchange.portion import portion
from wall.find.partners import alike, partners
from wall.live.room import Room
from wall.model.audience import sees
from wall.model.card import Card
from wall.model.meeting import Meeting, next_dates, today
from wall.model.meeting_said import clock_of, short_date
from wall.model.meeting_words import meeting_of
from wall.web.contact_form import message_form
from wall.web.contacts import contact_shown
from wall.web.guard import Viewer, enter
from wall.web.house import Request, house_of
from wall.web.pages import language_of, page
from wall.web.pin import words_for
from wall.web.versions import version_of, versions_of
from wall.words import Words

MOST_DATES = 3


def card_on(room: Room, card_id: str, viewer: Viewer, *, to_moderate: bool = False) -> Card:
    """A card this viewer may see, or even moderate.

    Raises:
        Gone: it was withdrawn or erased.
        NotFound: there is none, or it is not for this viewer.
        Forbidden: they see it, but moderate other sections.
    """
    card = room.board.cards.get(card_id)
    if card is None:
        raise NotFound(f"no card {card_id!r}")
    if card.status in ("withdrawn", "erased"):
        raise Gone(f"card {card_id!r} was {card.status}")
    if not sees(viewer.role_in(card.section), card):
        raise NotFound(f"card {card_id!r} is {card.status}")
    if to_moderate and not viewer.actor.moderates_in(card.section):
        raise Forbidden(f"{viewer.actor.label} moderates other sections")
    return card


def merged_into(room: Room, card_id: str, viewer: Viewer) -> Card | None:
    """The card that a merged one leads to; None for any other.

    Raises:
        Gone, NotFound: as if that card had been asked for.
    """
    card = room.board.cards.get(card_id)
    if card is None or card.status != "merged":
        return None
    following = room.board.led_to(card)
    if following is None:
        raise Gone(f"card {card_id!r} leads nowhere")
    return card_on(room, following.id, viewer)


def leads_to(address: str) -> Response:
    """Send on whoever asked for a merged card. It can be undone, so no browser may remember it for good."""
    return RedirectResponse(address, 308, {"cache-control": "no-cache"})


@dataclass(frozen=True, slots=True)
class Dated:
    """One date of a meeting as a page shows it."""

    iso: str
    day: str
    clock: str


def _dates(t: Words, meeting: Meeting | None) -> list[Dated]:
    """The next dates of a meeting, in words."""
    day = today()
    return [
        Dated((at.starts or at.day).isoformat(), short_date(at.day, t.language, near=day), clock_of(t, at))
        for at in (next_dates(meeting, day, MOST_DATES) if meeting is not None else ())
    ]


def _linked(base: str, room: Room, card: Card, dates: list[Dated], place: str) -> Markup:
    """What the page of a card that everybody sees tells programs, as JSON-LD."""
    shown = portion(room.board.wall, [card], "everybody", base)
    said = jsonld.of_card(shown, shown.cards[0], [date.iso for date in dates], place)
    return jsonld.script(said) if card.visible else Markup()


async def card(request: Request) -> Response:
    """GET /w/{wall}/c/{card}"""
    room, viewer = await enter(request, request.path_params["wall"])
    following = merged_into(room, request.path_params["card"], viewer)
    if following is not None:
        return leads_to(f"/w/{room.board.wall.slug}/c/{following.id}")
    found, house = card_on(room, request.path_params["card"], viewer), house_of(request)
    role, meeting = viewer.role_in(found.section), meeting_of(found)
    contact = await contact_shown(house, found.id, role)
    writable = contact is not None and contact.reachable and house.mail.ready and role == "visitor"
    dates, place = _dates(words_for(request, room), meeting), meeting.place if meeting is not None else ""
    return page(
        request,
        "card.html",
        viewer=viewer,
        wall=room.board.wall,
        card=found,
        moderates=role == "moderator",
        contact=contact,
        linked=_linked(house.settings.base_url, room, found, dates, place),
        message=message_form(words_for(request, room)) if writable else None,
        text=version_of(
            room.board.wall, found, language_of(request, room.board.wall), request.query_params.get("text", "")
        ),
        versions=versions_of(found),
        partners=partners(room.board, found, house.finder.synonyms) if found.visible else None,
        related=alike(room.board, found) if found.visible else [],
        dates=dates,
        place=place,
    )
