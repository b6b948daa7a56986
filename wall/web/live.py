"""The live WebSocket: joins a client to its room, sends frames, listens for rule-breaking."""

import asyncio
import contextlib

import structlog
from starlette.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from wall.errors import CrossSite, NotFound, Unavailable, WallError
from wall.live.crowd import Moderator
from wall.live.inbox import Message
from wall.live.protocol import NO_WALL, RESTART, Listener, Refused
from wall.live.room import Room
from wall.live.seats import Seat, WireSeat
from wall.live.server import wire_of
from wall.live.subscriber import Subscriber
from wall.model.audience import Audience, Form
from wall.store import people
from wall.web.budgets import SOCKETS
from wall.web.guard import Viewer, address_of, check_host, check_socket, enter, session_cookie
from wall.web.house import House, WebSocket, house_of
from wall.web.pages import language_of

FORMS: dict[str, Form] = {"json": "json", "quiet": "quiet"}
log = structlog.get_logger(__name__)


def _revision(text: str | None) -> int:
    """The revision a client says it has; -1 for anything that is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 15 else -1


async def live(websocket: WebSocket) -> None:
    """WS /w/{wall}/live?since=N&epoch=E&as=html|json|quiet&lang=de|en"""
    settings = house_of(websocket).settings
    try:
        check_host(websocket, settings)
        check_socket(websocket, settings)
    except WallError as error:
        log.warning("live.refused", why=str(error))
        status = 403 if isinstance(error, CrossSite) else error.status
        await websocket.send_denial_response(JSONResponse({"status": status}, status))
        return
    limits, address = house_of(websocket).limits, address_of(websocket)
    wait = limits.spend("socket", address)
    if wait or not limits.hold(address, SOCKETS):
        await websocket.send_denial_response(JSONResponse({"status": 429}, 429, {"retry-after": str(wait or 30)}))
        return
    stays = False
    try:
        stays = await _join(websocket, address)
    finally:
        if not stays:
            limits.let_go(address)


class Guest:
    """One socket in a room: takes what its client says, and leaves once."""

    __slots__ = ("_address", "_here", "_house", "_listener", "_me", "_room", "_seat")

    def __init__(self, house: House, room: Room, seat: Seat, me: Moderator | None, address: str) -> None:
        self._house, self._room, self._seat, self._me, self._address = house, room, seat, me, address
        self._listener, self._here = Listener(), True

    def hear(self, message: Message) -> None:
        """One message of the client's.

        Raises:
            Refused: it broke a rule.
        """
        said = self._listener.hear(message, asyncio.get_running_loop().time())
        if said is not None and said["type"] == "doing":
            self._room.say(self._seat, said, self._me)

    def hear_wire(self, message: Message) -> None:
        """The same where the connection itself tells."""
        if not self._here:
            return
        if message["type"] == "websocket.disconnect":
            self.leave()
            self._house.limits.let_go(self._address)
        else:
            try:
                self.hear(message)
            except Refused as refusal:
                assert isinstance(self._seat, WireSeat), "others are listened to by a task"
                self._seat.wire.leave(refusal.code, refusal.why)

    def leave(self) -> None:
        self._here = False
        self._room.leave(self._seat)
        self._house.hub.rights.release(self._seat)


async def _join(websocket: WebSocket, address: str) -> bool:
    """Let a client into its room; whether it stays there after this, and then lets go of its address itself."""
    try:
        room, viewer = await enter(websocket, websocket.path_params["wall"])
    except NotFound:
        await _turn_away(websocket, NO_WALL, "no wall")
        return False
    except Unavailable:
        await _turn_away(websocket, RESTART, "come back")
        return False
    params = websocket.query_params
    moderates = viewer.moderates and params.get("view") != "visitor"
    audience = Audience(
        "moderator" if moderates else "visitor",
        language_of(websocket, room.board.wall),
        FORMS.get(params.get("as", ""), "html"),
        viewer.actor.sections if moderates else None,
    )
    await websocket.accept()
    me = _moderator(viewer) if audience.role == "moderator" else None
    hub, wire = house_of(websocket).hub, wire_of(websocket.scope)
    seat = Subscriber(audience) if wire is None else WireSeat(wire, audience)
    if hub.stopping:
        await websocket.close(RESTART, "restart")
        return False
    if viewer.moderates:
        token = websocket.cookies[session_cookie(house_of(websocket).settings)]
        hub.rights.hold(seat, people.digest(token), room.wall_id, viewer.actor.sections)

    guest = Guest(house_of(websocket), room, seat, me, address)
    stays = False
    try:
        await room.join(seat, _revision(params.get("since")), params.get("epoch", ""))
        if isinstance(seat, WireSeat):
            seat.wire.hand_over(guest.hear_wire)
            stays = True
        else:
            await _serve(websocket, room, seat, guest)
    finally:
        if not stays:
            guest.leave()
    return stays


def _moderator(viewer: Viewer) -> Moderator:
    """Who the other moderators see at a card: no address, only what stands before its @."""
    return Moderator(viewer.actor.person_id or 0, viewer.name.partition("@")[0][:40])


async def _turn_away(websocket: WebSocket, code: int, why: str) -> None:
    """Close codes reach a page's script only after the handshake."""
    await websocket.accept()
    await websocket.close(code, why)


async def _close(websocket: WebSocket, refusal: Refused) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
        async with asyncio.timeout(1):
            await websocket.close(refusal.code, refusal.why)


async def _serve(websocket: WebSocket, room: Room, subscriber: Subscriber, guest: Guest) -> None:
    """Send frame by frame and listen, under a server that takes no finished frames, until one side has had enough."""
    tasks = [asyncio.create_task(_send(websocket, room, subscriber)), asyncio.create_task(_listen(websocket, guest))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except Refused as refusal:
        await _close(websocket, refusal)
    except WebSocketDisconnect:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send(websocket: WebSocket, room: Room, subscriber: Subscriber) -> None:
    async def send(frame: bytes) -> None:
        await websocket.send({"type": "websocket.send", "text": frame.decode()})

    await subscriber.pump(send, lambda since: room.catch_up(since, subscriber.audience))


async def _listen(websocket: WebSocket, guest: Guest) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1000)
        guest.hear(dict(message))
