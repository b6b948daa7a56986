"""The recent changes of a wall that a room keeps for those who come back, or read slowly."""

from collections.abc import Iterator

from wall.live.protocol import KEPT_CHANGES, TOO_FAR
from wall.model.change import Change
from wall.model.erasure import redacted


class Recent:
    """Changes without a gap, the newest last. A list, for an empty deque takes ten times the memory."""

    __slots__ = ("_changes", "_most")

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._most = KEPT_CHANGES

    def __iter__(self) -> Iterator[Change]:
        return iter(self._changes)

    def add(self, change: Change) -> None:
        self._changes.append(change)
        if len(self._changes) > self._most + self._most // 4:
            del self._changes[: -self._most]

    def add_older(self, older: list[Change], since: int, revision: int) -> None:
        """Put changes from the journal before those kept, if they lead from `since` to them, or to the board's
        `revision` where none is kept, without a gap."""
        first = self._changes[0].revision if self._changes else revision + 1
        older = [change for change in older if change.revision < first]
        if older and older[0].revision == since + 1 and older[-1].revision == first - 1:
            self._most = max(KEPT_CHANGES, TOO_FAR)
            self._changes = [*older, *self._changes][-self._most :]

    def reach(self, since: int) -> bool:
        """Whether every change after `since` is kept."""
        return bool(self._changes) and self._changes[0].revision <= since + 1

    def after(self, since: int) -> list[Change]:
        return [change for change in self._changes if change.revision > since]

    def clear(self) -> None:
        self._changes.clear()

    def redact(self, card_id: str) -> None:
        """Let go of every word of an erased card."""
        self._changes = [bare(change, card_id) for change in self._changes]


def bare(change: Change, card_id: str) -> Change:
    """The change without the words of this card, if it is about it."""
    return redacted(change) if change.card is not None and change.card["id"] == card_id else change
