"""What people looked for and did not find: words, counted by wall and day, and nothing that tells who looked.

A word is told, once a day, when people in so many different networks have missed it: a name that one person looks for
again and again never is. Of who asked only a hash with a key of this process and day is kept, in memory, until then.
"""

import re
import secrets
from collections.abc import Iterable
from datetime import date
from hashlib import blake2b

import structlog

from wall.text import fold

ENOUGH = 3  # networks that missed a word on one day
MOST = 2000  # words a day that are counted
WORD = re.compile(r"[^\W\d_]{4,30}")  # no numbers, no addresses
log = structlog.get_logger(__name__)


class Missed:
    """Counts until midnight."""

    def __init__(self) -> None:
        self._day = date.min
        self._key = b""
        self._askers: dict[tuple[str, str], set[bytes]] = {}
        self._told: set[tuple[str, str]] = set()

    def note(self, wall: str, words: Iterable[str], who: str, day: date) -> None:
        """Somebody in the network `who` found nothing on a wall for these words."""
        if day != self._day:
            self._day, self._key, self._askers, self._told = day, secrets.token_bytes(16), {}, set()
        for typed in words:
            word = (wall, fold(typed))
            if not WORD.fullmatch(word[1]) or word in self._told:
                continue
            if word not in self._askers and len(self._askers) >= MOST:
                continue
            askers = self._askers.setdefault(word, set())
            askers.add(blake2b(who.encode(), key=self._key, digest_size=8).digest())
            if len(askers) >= ENOUGH:
                del self._askers[word]
                self._told.add(word)
                log.info("search.missed", wall=wall, word=word[1])
