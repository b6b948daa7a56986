"""Who is at one wall: how many watch, how many are pinning, and which moderator has which card in hand.

Nothing of it is stored; a word that is not repeated is forgotten.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from wall.live.seats import Seat

LASTS = 30.0  # seconds what a client said of itself holds
HEARD_LASTS = 40.0  # seconds what another process said holds
MOST = 50  # moderators told of at once
FORGOTTEN = float("-inf")


class Doing(NamedTuple):
    """What a moderator is at: a soft lock, shown and never blocking."""

    card: str
    what: Literal["editing", "looking"]
    person: int
    who: str


class Seen(NamedTuple):
    """How a wall is attended, in one process or in all of them."""

    watching: int = 0
    pinning: int = 0
    doing: tuple[Doing, ...] = ()

    def counts(self) -> "Seen":
        """All that visitors are told."""
        return Seen(self.watching, self.pinning)


NOBODY = Seen()


class Moderator(NamedTuple):
    """Whose socket it is, where it is a moderator's: number, and label for the other moderators."""

    person: int
    who: str


def together(parts: Iterable[Seen]) -> Seen:
    """The sum; whoever has a card open twice is told once, editing before looking."""
    watching = pinning = 0
    found: dict[tuple[str, int], Doing] = {}
    for part in parts:
        watching += part.watching
        pinning += part.pinning
        for doing in part.doing:
            known = found.get((doing.card, doing.person))
            if known is None or known.what != "editing":
                found[doing.card, doing.person] = doing
    return Seen(watching, pinning, tuple(sorted(found.values())[:MOST]))


def seen_in(content: Mapping[str, Any]) -> Seen | None:
    """What another process said of a wall, or None if it makes no sense."""
    watching, pinning, doing = content.get("watching"), content.get("pinning"), content.get("doing")
    if not (isinstance(watching, int) and isinstance(pinning, int) and isinstance(doing, list)):
        return None
    if not (0 <= watching < 10**7 and 0 <= pinning < 10**7):
        return None
    try:
        found = [Doing(*row) for row in doing[:MOST]]
    except TypeError:
        return None
    kinds = [tuple(map(type, row)) for row in found]
    right = all(kind == (str, str, int, str) for kind in kinds) and all(d.what in ("editing", "looking") for d in found)
    return Seen(watching, pinning, tuple(found)) if right else None


class Crowd:
    """What one room of this process knows of those at its wall. Times are the event loop's."""

    __slots__ = ("_elsewhere", "_said", "told", "told_at")

    def __init__(self) -> None:
        self._said: dict[Seat, tuple[Doing | None, float]] = {}  # None: is pinning
        self._elsewhere: dict[str, tuple[Seen, float]] = {}
        self.told = NOBODY  # what the other processes were last told, and when
        self.told_at = FORGOTTEN

    def say(self, seat: Seat, said: Mapping[str, Any], moderator: Moderator | None, now: float) -> None:
        """Take a client's `doing` message. Everybody may be pinning; only moderators have cards in hand.

        What makes no sense, or is not theirs to say, changes nothing.
        """
        what, card = said.get("what"), said.get("card")
        if what == "pinning":
            self._said[seat] = None, now + LASTS
        elif what == "nothing":
            self._said.pop(seat, None)
        elif moderator is not None and isinstance(card, str) and (what == "editing" or what == "looking"):
            self._said[seat] = Doing(card, what, *moderator), now + LASTS

    def leave(self, seat: Seat) -> None:
        self._said.pop(seat, None)

    def hear(self, process: str, seen: Seen, now: float) -> None:
        """Take another process's word. One not heard of before does not know us either: it is told soon."""
        if process not in self._elsewhere:
            self.told_at = FORGOTTEN
        self._elsewhere[process] = seen, now

    def here(self, watching: int, now: float) -> Seen:
        """What this process sees."""
        if not self._said:
            return Seen(watching)
        self._said = {seat: word for seat, word in self._said.items() if word[1] > now}
        doings = [doing for doing, _ in self._said.values()]
        at_cards = Seen(doing=tuple(doing for doing in doings if doing is not None))
        return together((Seen(watching, doings.count(None)), at_cards))

    def everywhere(self, here: Seen, now: float) -> Seen:
        """What all processes see that were heard of lately."""
        if not self._elsewhere:
            return here
        self._elsewhere = {p: word for p, word in self._elsewhere.items() if now - word[1] < HEARD_LASTS}
        return together((here, *(seen for seen, _ in self._elsewhere.values())))
