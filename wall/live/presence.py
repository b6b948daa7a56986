"""Presence across processes: what each sees of a wall is told through the relay, summed up and shown (W8).

At most once in two seconds and room, however many come and go, and without a database.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from wall.live.crowd import NOBODY, Seen, seen_in
from wall.live.envelope import Envelope
from wall.live.relay import Relay
from wall.live.room import Room

EVERY = 2.0  # seconds between two presence frames of a room
AGAIN = 15.0  # seconds after which an unchanged word is repeated, so that it is not forgotten
BREATH = 200  # rooms after which others get their turn


class Presence:
    """Tells, hears and shows who is at the walls."""

    def __init__(self, relay: Relay, envelope: Envelope, me: str) -> None:
        self._relay, self._envelope, self._me = relay, envelope, me

    def hear(self, room: Room, content: dict[str, Any]) -> None:
        """Another process's word; its revision may tell that we missed something."""
        process, seen, revision = content.get("from"), seen_in(content), content.get("revision")
        if isinstance(process, str) and seen is not None:
            room.crowd.hear(process, seen, asyncio.get_running_loop().time())
        if isinstance(revision, int) and revision > room.board.revision:
            room.repair()

    async def show(self, rooms: Iterable[Room]) -> None:
        """Tell the others what is new here, show everybody here what is new anywhere."""
        for n, room in enumerate(rooms):
            now = asyncio.get_running_loop().time()
            here = room.crowd.here(room.watching, now)
            self._tell(room, here, now)
            room.show_presence(room.crowd.everywhere(here, now))
            if n % BREATH == BREATH - 1:
                await asyncio.sleep(0)

    def _tell(self, room: Room, here: Seen, now: float) -> None:
        crowd = room.crowd
        repeat = here != NOBODY and now - crowd.told_at > AGAIN
        if self._relay.alone or not (repeat or here != crowd.told):
            return
        crowd.told, crowd.told_at = here, now
        content = {
            **here._asdict(),
            "doing": [list(doing) for doing in here.doing],
            "from": self._me,
            "revision": room.board.revision,
        }
        self._relay.send(room.wall_id, self._envelope.seal(room.wall_id, content))
