"""Who is asking, what they may see and do, and which requests are not let in at all."""

import contextlib
import re
from dataclasses import dataclass

import structlog
from starlette.requests import HTTPConnection

from wall.errors import BadHost, CrossSite, Forbidden, NotFound, SignedOut, TooLarge, TooMany, Unavailable
from wall.live.room import Room
from wall.model.audience import Role
from wall.model.person import Person
from wall.model.picture import MOST_BYTES
from wall.model.roles import GUEST, Actor, Right
from wall.model.types import now
from wall.settings import Settings
from wall.store import people, proposals
from wall.web.house import House, State, house_of
from wall.web.limits import network_of

MAX_BODY = 256 * 1024  # bytes
MOST_OF_PICTURES = MOST_BYTES + 64 * 1024  # bytes: a picture, and the form around it
MOST_OF_FILES = 20_000_000 + 64 * 1024  # bytes: a file that is brought in, and the form around it
FILES = re.compile(r"/w/[^/]+/import")
SAFE = ("GET", "HEAD", "OPTIONS")
HOST = re.compile(r"^([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$")  # nothing that parsers could read differently
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever looks at a page."""

    actor: Actor = GUEST
    name: str = ""
    waiting: int = 0  # cards for them to decide about
    proposed: int = 0  # proposals and reports

    @property
    def signed_in(self) -> bool:
        return self.actor.person_id is not None

    @property
    def moderates(self) -> bool:
        """Whether the moderators' pages are open to them; what they see of one card says `role_in`."""
        return self.actor.moderates

    def role_in(self, section: str) -> Role:
        """As what they look at the cards of a section."""
        return "moderator" if self.actor.moderates_in(section) else "visitor"

    def may(self, right: Right) -> bool:
        return self.actor.may(right)


def session_cookie(settings: Settings) -> str:
    """__Host- binds the cookie to this very host; browsers take it only over https."""
    return "__Host-session" if settings.secure else "session"


async def person_of(connection: HTTPConnection[State]) -> Person | None:
    """Who is signed in. Asks the database only where there is a cookie."""
    house = house_of(connection)
    token = connection.cookies.get(session_cookie(house.settings))
    if not token:
        return None
    async with house.database.read() as transaction:
        found = await people.person_of_session(transaction, token)
    if found is None:
        return None
    person, seen_at = found
    if seen_at is None or seen_at.date() != now().date():
        with contextlib.suppress(Unavailable):  # a note that can wait
            await house.database.write(lambda transaction: people.saw(transaction, token))
    return person


async def actor_on(connection: HTTPConnection[State], wall_id: int | None) -> tuple[Actor, str]:
    """The actor on a wall (None: on the instance) and the name to greet them by."""
    person = await person_of(connection)
    if person is None or person.id is None:
        return GUEST, ""
    async with house_of(connection).database.read() as transaction:
        return await people.actor_on(transaction, person.id, wall_id), person.email


async def enter(connection: HTTPConnection[State], slug: str) -> tuple[Room, Viewer]:
    """The wall's room and who is looking at it.

    A draft answers everybody but its moderators as if it did not exist, after the same questions to the database.

    Raises:
        NotFound: there is no such wall, or it is not for this viewer.
    """
    house = house_of(connection)
    room = house.hub.opened(slug)
    actor, name = GUEST, ""
    if room is None or room.board.wall.phase == "draft":
        try:
            wall = await house.hub.find(slug)
        except NotFound:
            await actor_on(connection, None)  # as for a draft, so that time does not tell which it was
            raise
        if wall.phase == "draft":
            actor, name = await actor_on(connection, wall.key)
            if not actor.moderates:
                raise NotFound(f"{slug!r} is a draft")
        room = await house.hub.room_of(wall.key)
    if actor is GUEST and "cookie" in connection.headers:
        actor, name = await actor_on(connection, room.wall_id)
    return room, await _greeted(house, room, actor, name) if actor.moderates else Viewer(actor, name)


async def _greeted(house: House, room: Room, actor: Actor, name: str) -> Viewer:
    """A moderator with what waits for them."""
    async with house.database.read() as transaction:
        about = await proposals.cards_with_open(transaction, room.wall_id)
    cards = [room.board.cards[card_id] for card_id in about if card_id in room.board.cards]
    proposed = sum(card.status == "approved" and actor.moderates_in(card.section) for card in cards)
    return Viewer(actor, name, room.board.waiting(actor.sections), proposed)


async def enter_with(connection: HTTPConnection[State], slug: str, right: Right) -> tuple[Room, Viewer]:
    """As `enter`, for those who have a right on this wall only.

    Raises:
        SignedOut: nobody is signed in, on a page that a sign-in would open.
        Forbidden: somebody is who may not, or a guest tries to act.
    """
    room, viewer = await enter(connection, slug)
    require(connection, viewer.actor, right)
    return room, viewer


async def enter_as_moderator(connection: HTTPConnection[State], slug: str) -> tuple[Room, Viewer]:
    """As `enter`, for moderators of this wall only; a moderator of some sections is held to them by the actions."""
    return await enter_with(connection, slug, "moderate")


def require(connection: HTTPConnection[State], actor: Actor, right: Right) -> None:
    """Let only those pass who have a right.

    Raises:
        SignedOut: nobody is signed in, on a page that a sign-in would open.
        Forbidden: somebody is who may not, or a guest tries to act.
    """
    if actor.may(right):
        return
    log.warning("guard.refused", path=connection.url.path, actor=actor.label, right=right)
    if connection.scope.get("method") in SAFE and actor.person_id is None:
        raise SignedOut(f"only for those who may {right}")
    raise Forbidden(f"{actor.label} may not {right}")


def address_of(connection: HTTPConnection[State]) -> str:
    """Where a request comes from, as far as budgets go: an IPv4 address, an IPv6 /64, or "" for a local socket."""
    return network_of(connection.client.host) if connection.client is not None else ""


def spend(connection: HTTPConnection[State], budget: str, *more: str) -> None:
    """Count this request against a budget of its address, or of its address with `more`.

    Raises:
        TooMany: nothing was left; knows how long to wait.
    """
    if wait := house_of(connection).limits.spend(budget, address_of(connection), *more):
        raise TooMany(wait)


def check_host(connection: HTTPConnection[State], settings: Settings) -> None:
    """Refuse a Host that is not ours.

    Raises:
        BadHost: names what came.
    """
    host = connection.headers.get("host", "")
    found = HOST.match(host.lower())
    name = found[1].strip("[]") if found else ""
    if name not in settings.hosts:
        raise BadHost(f"host {host!r} is not among ours")


def is_own_origin(connection: HTTPConnection[State], settings: Settings, origin: str) -> bool:
    """Whether an Origin header names this server, compared as a whole."""
    host = connection.headers.get("host", "").lower()
    scheme = "https" if settings.secure else "http"
    return origin.lower() in (settings.origin, f"{scheme}://{host}")


def check_same_site(connection: HTTPConnection[State], settings: Settings, method: str) -> None:
    """Refuse writes that another site had a browser send. Fetch Metadata first, Origin where that is missing.

    Raises:
        CrossSite: the request comes from elsewhere, or carries a session and does not say where from.
    """
    if method in SAFE:
        return
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise CrossSite(f"sec-fetch-site is {site!r}")
    if origin is not None and not is_own_origin(connection, settings, origin):
        raise CrossSite(f"origin {origin!r} is not ours")
    if site is None and origin is None and session_cookie(settings) in connection.cookies:
        raise CrossSite("a session without an origin")


def most_of(path: str) -> int:
    """How many bytes of body an address takes: where pictures and files are sent to, more than elsewhere."""
    if path.endswith("/image") and path.startswith(("/mine/", "/w/")):
        return MOST_OF_PICTURES
    return MOST_OF_FILES if FILES.fullmatch(path) else MAX_BODY


def check_size(connection: HTTPConnection[State]) -> None:
    """Refuse a body that announces itself as too large, before any of it is read.

    Raises:
        TooLarge: names its length.
    """
    length = connection.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 12 or int(length) > most_of(connection.scope["path"])):
        raise TooLarge(f"a body of {length[:20]} bytes")


def check_socket(connection: HTTPConnection[State], settings: Settings) -> None:
    """Refuse a WebSocket from a foreign page, and a session's that does not say where it comes from.

    Raises:
        CrossSite: before the handshake is accepted.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        if session_cookie(settings) in connection.cookies:
            raise CrossSite("a session without an origin")
    elif not is_own_origin(connection, settings, origin):
        raise CrossSite(f"origin {origin!r} is not ours")
