"""The picture of a card as its name tells it: how large, in which formats, and the versions there are of it."""

import re
from dataclasses import dataclass

WIDTHS = (320, 640, 1280)  # pixels; a smaller picture is not made larger
MOST_BYTES = 12 * 2**20  # of a file that is sent in
NAME = re.compile(r"([0-9a-f]{24})-([1-9]\d{0,3})x([1-9]\d{0,3})(a?)")
ALT = 300  # characters that say what is to be seen


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of our own making; `name` holds a digest of what is in it, its size, and whether there is AVIF too."""

    name: str
    width: int
    height: int
    avif: bool

    @classmethod
    def named(cls, name: str) -> "Picture | None":
        """The picture of this name; None if no name of ours reads so."""
        found = NAME.fullmatch(name)
        return None if found is None else cls(name, int(found[2]), int(found[3]), bool(found[4]))

    @property
    def widths(self) -> tuple[int, ...]:
        return tuple(sorted({min(width, self.width) for width in WIDTHS}))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The formats, the smaller files first."""
        return ("avif", "webp") if self.avif else ("webp",)

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(f"{width}.{kind}" for width in self.widths for kind in self.kinds)
