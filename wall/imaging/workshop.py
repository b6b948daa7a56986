"""Has pictures remade: each in a process of its own, few at a time; no stranger's file is decoded in ours."""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

from wall.apart import worked
from wall.errors import TooLarge, Unavailable, Unsupported
from wall.model.picture import MOST_BYTES, Picture

AT_ONCE = 2
WAITING = 24  # pictures that may wait for their turn
PATIENCE = 30.0  # seconds for one picture
MOST_MADE = 8 * 2**20  # bytes of all versions of one picture
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")  # JPEG, PNG; WebP and AVIF name themselves a few bytes later
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """Our own versions of a picture: its name, and by file name what is in them."""

    name: str
    files: dict[str, bytes]


def starts_like_a_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a format we take. What they say is not believed any further."""
    if data.startswith(STARTS):
        return True
    return (data[:4] == b"RIFF" and data[8:12] == b"WEBP") or data[4:12] in (b"ftypavif", b"ftypavis")


class Workshop:
    """Remakes pictures."""

    def __init__(self) -> None:
        self._benches = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def remake(self, data: bytes) -> Made:
        """Our versions of a picture, the right way up, without anything it knew.

        Raises:
            Unsupported: it is none of JPEG, PNG, WebP and AVIF, or broken, or something else as well.
            TooLarge: it has too many bytes or pixels.
            Unavailable: too many wait already.
        """
        if len(data) > MOST_BYTES:
            raise TooLarge(f"a picture of {len(data)} bytes")
        if not starts_like_a_picture(data):
            raise Unsupported("no picture by its first bytes")
        if self._waiting >= WAITING:
            raise Unavailable("too many pictures wait")
        self._waiting += 1
        try:
            async with self._benches:
                return _read(*await worked("wall.imaging.worker", data, PATIENCE))
        finally:
            self._waiting -= 1


def _read(code: int, said: bytes) -> Made:
    """What a worker said, held to what it may say: it has read a stranger's file."""
    head, _, rest = said.partition(b"\n")
    try:
        about: dict[str, Any] = orjson.loads(head)
        refused = about.get("refused")
    except (orjson.JSONDecodeError, AttributeError):
        log.warning("image.worker_died", code=code)
        raise Unsupported(f"the decoder ended with {code}") from None
    if refused == "too_large":
        raise TooLarge("too many pixels")
    picture = Picture.named(str(about.get("name")))
    if refused or code or picture is None or len(rest) > MOST_MADE:
        raise Unsupported(f"the decoder said {str(refused)[:40]!r}")
    files, start = {}, 0
    for file, size in about["versions"]:
        files[file], start = rest[start : start + size], start + size
    if tuple(files) != picture.files or start != len(rest) or not all(files.values()):
        raise Unsupported("the decoder said more or less than it announced")
    return Made(picture.name, files)
