"""Tells an honest hall from a flood: weighs every pin before the wall is asked to take it."""

from wall.errors import QueueFull, TooMany
from wall.live.room import Room
from wall.web.budgets import WAITING
from wall.web.guard import Viewer, address_of, spend
from wall.web.house import House, Request, house_of
from wall.web.mint import PROOF_BITS, proves

FILLED = 3.0  # seconds: nobody fills a form faster
KEEPS = 14 * 86400.0  # seconds: as long as a draft is kept


def work_asked(request: Request, room: Room) -> int:
    """How many zero bits a form drawn now asks for; 0 while there is no flood."""
    limits, slug = house_of(request).limits, room.board.wall.slug
    asked = limits.spent("pin to wall", slug) or limits.spent("pin", address_of(request))
    return PROOF_BITS if asked else 0


def weigh_pin(request: Request, room: Room, viewer: Viewer, key: str, proof: str) -> None:
    """Let a pin in that somebody took the time to write; of others only a few.

    Without JavaScript there is no proof: then a flood leaves the smaller budget. Moderators are not weighed.

    Raises:
        QueueFull: so much waits for the moderators that more would not be looked at.
        TooMany: too much came from this address; in a flood, without proof.
    """
    if viewer.moderates:
        return
    house, slug, address = house_of(request), room.board.wall.slug, address_of(request)
    limits = house.limits
    if not _is_filled_form(house, slug, key):
        budget = "pin in doubt"
    elif proof and proves(key, proof):
        budget = "pin with proof"
    elif limits.spent("pin to wall", slug) or limits.spend("pin", address):
        budget = "pin in doubt"
    else:
        budget = ""
    if budget and (wait := limits.spend(budget, address)):
        raise TooMany(wait)
    _check_queue(house, room)
    limits.spend("pin to wall", slug)


def weigh_program(request: Request, room: Room, viewer: Viewer) -> None:
    """As `weigh_pin`, for the API.

    Raises:
        QueueFull, TooMany: as there.
    """
    if viewer.moderates:
        return
    house = house_of(request)
    spend(request, "pin by program")
    _check_queue(house, room)
    house.limits.spend("pin to wall", room.board.wall.slug)


def sent_again(house: House, slug: str, key: str) -> None:
    """Remember a form that came once more; honest browsers repeat themselves a few times, scripts without end."""
    if house.mint.age(slug, key) is not None:
        house.limits.spend("form", key)


def _is_filled_form(house: House, slug: str, key: str) -> bool:
    age = house.mint.age(slug, key)
    if age is None or 0 <= age < FILLED or age > KEEPS:
        return False
    return not house.limits.spent("form", key)


def _check_queue(house: House, room: Room) -> None:
    if room.board.wall.moderation == "before" and room.board.waiting() >= WAITING * house.limits.factor:
        raise QueueFull("too many cards wait")
