"""The rules of the live protocol: its numbers, its close codes and what a client may say."""

from typing import Any, Final

import orjson

RESTART: Final = 1012  # W7: come back, staggered
SLOW: Final = 4008  # W7: come back with `since`
SIGNED_OUT: Final = 4401  # W7: do not come back
NO_RIGHT: Final = 4403
NO_WALL: Final = 4404
UNSUPPORTED: Final = 1003
POLICY: Final = 1008

TICK: Final = 10.0  # W5, seconds
COMPARE_UNPROVEN: Final = 2.0  # W4: how often to look into the database while the relay is not proven healthy
COMPARE_HEALTHY: Final = 10.0
BACKLOG: Final = 64 * 1024  # W6, bytes
STALLED: Final = 10.0  # W6, seconds without progress
TOO_FAR: Final = 500  # W2: changes after which a client starts anew
KEPT_CHANGES: Final = 300  # recent changes a room keeps in memory
MAX_MESSAGE: Final = 16 * 1024  # bytes a client may send at once
MAX_RATE: Final = 20  # messages a second
MAX_FRAMES: Final = 60  # frames a second, fragments and pings among them
COALESCE: Final = 0.016  # W9, seconds between two fan-outs of a busy room
DRAIN_RATE: Final = 500  # W7, sockets closed a second when the server ends
REPLAY: Final = 256 * 1024  # bytes of single changes a returning client is sent before it is better off starting anew


class Refused(Exception):
    """The client broke a rule; the socket is closed with this code."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code, self.why = code, why


class Listener:
    """Reads what one client says. A client has nothing it must say; what it may say is a JSON object with a `type`.

    An unknown type is ignored, so that older servers bear newer pages. Of keys given twice the last counts.
    """

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: list[float] = []  # of the last messages; most clients never say anything

    def hear(self, message: dict[str, Any], at: float) -> dict[str, Any] | None:
        """One ASGI `websocket.receive` message, at a time in seconds; returns the object said, if it has a type.

        Raises:
            Refused: too fast, binary, not JSON, or no object.
        """
        if len(self._times) == MAX_RATE and at - self._times[0] < 1.0:
            raise Refused(POLICY, f"more than {MAX_RATE} messages a second")
        self._times = [*self._times[1 - MAX_RATE :], at]
        text = message.get("text")
        if text is None:
            raise Refused(UNSUPPORTED, "binary messages are not understood")
        try:
            said = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Refused(POLICY, "not JSON") from None
        if not isinstance(said, dict):
            raise Refused(POLICY, "expected an object")
        return said if isinstance(said.get("type"), str) else None
