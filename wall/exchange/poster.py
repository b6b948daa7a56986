"""The pictures that go with links to a wall or a card (Open Graph): what is on them, and a few kept in memory."""

from collections import OrderedDict
from hashlib import blake2b
from typing import Any

import orjson
import structlog

from wall.apart import worked
from wall.errors import Unavailable
from wall.exchange.benches import Benches
from wall.exchange.portion import Portion
from wall.model.dates import day
from wall.model.wall import Wall
from wall.text import shortened, soft
from wall.words import Words

KEPT = 6 * 2**20  # bytes of posters in memory
PATIENCE = 30.0  # seconds for one poster
MEETING, PLACE, TITLE = 110, 32, 44  # characters that there is room for
log = structlog.get_logger(__name__)


def of_card(wall: Wall, portion: Portion, card: dict[str, Any]) -> dict[str, Any]:
    """What stands on a card's poster."""
    place = ", ".join(card["districts"][:2]) + (f" +{len(card['districts']) - 2}" if card["districts"][2:] else "")
    return {
        "what": "card",
        "lang": wall.language,
        "hue": wall.hue(card["kind"]),
        "kind": card["kind"],
        "name": soft(card["name"], wall.language),
        "meeting": shortened(card["meeting"], MEETING),
        "wall": shortened(portion.wall["title"], TITLE),
        "place": shortened(place, PLACE),
    }


def of_wall(wall: Wall, count: int, hues: list[int], t: Words) -> dict[str, Any]:
    """What stands on a wall's poster: no word of any card, so that it outlives all of them."""
    hues = hues or [wall.accent]
    when = day(wall.held_on, wall.language) if wall.held_on else ""
    return {
        "what": "wall",
        "lang": wall.language,
        "hue": wall.accent,
        "name": soft(wall.title, wall.language),
        "place": shortened(" · ".join(filter(None, (wall.place, when))), TITLE),
        "count": t.n("count.cards", count),
        "hues": [hues[number % len(hues)] for number in range(6)],
    }


class Posters:
    """Has posters drawn, one at a time, each in a process of its own that forgets what it read."""

    def __init__(self) -> None:
        self._benches = Benches(1, 24)
        self._kept: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()
        self._forgotten = 0

    async def drawn(self, key: str, said: dict[str, Any]) -> bytes:
        """The PNG of what is said, drawn if it is not at hand.

        Raises:
            Unavailable: too many wait, or it could not be drawn.
        """
        words = orjson.dumps({"layout": "poster.typ", "data": said})
        digest = blake2b(words, digest_size=16).digest()
        if (found := self._at_hand(key, digest)) is not None:
            return found
        async with self._benches.one():
            if (found := self._at_hand(key, digest)) is not None:  # drawn while we waited
                return found
            forgotten = self._forgotten
            code, drawn = await worked("wall.exchange.typesetter", words, PATIENCE)
            if code or not drawn.startswith(b"\x89PNG"):
                log.warning("poster.failed", code=code)
                raise Unavailable("the poster was not drawn")
            if forgotten == self._forgotten:
                self._keep(key, digest, drawn)
            return drawn

    def forget(self, card_id: str) -> None:
        """Let go of a card's poster, and of what is being drawn: it may be of this card."""
        self._kept.pop(card_id, None)
        self._forgotten += 1

    def _at_hand(self, key: str, digest: bytes) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None or kept[0] != digest:
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def _keep(self, key: str, digest: bytes, drawn: bytes) -> None:
        self._kept[key] = (digest, drawn)
        self._kept.move_to_end(key)
        while sum(len(body) for _, body in self._kept.values()) > KEPT:
            self._kept.popitem(last=False)
