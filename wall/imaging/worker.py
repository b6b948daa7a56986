"""The process that decodes one picture: reads it from stdin, writes our own versions to stdout, may do nothing else.

What it says is one line of JSON and then the bytes. It never answers for longer than its limits let it; whoever started
it takes silence for a no.
"""

import json
import os
import re
import resource
import sys
from hashlib import blake2b
from io import BytesIO
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError, features

from wall.model.picture import WIDTHS  # nothing else of the house: this process has to stay small

MEMORY = 200 * 2**20  # bytes of address space, a quarter of which is Python, Pillow and its codecs
SECONDS = 15  # of CPU
TALLEST = 1920  # pixels of the largest version
# Pixels that stay below 150 MB, by what the decoders need for each; a plain JPEG is decoded at a part of its size.
MOST = {"JPEG": 110_000_000, "MPO": 110_000_000, "PNG": 12_000_000, "WEBP": 6_500_000, "AVIF": 10_000_000}
MOST_PROGRESSIVE = 16_000_000
LONGEST_SIDE = 30_000
# A picture that is something else as well: a page, a script, a document or an archive behind it.
ELSE = re.compile(rb"<script[\s>]|<!doctype|<html[\s>]|<svg[\s>]|<\?php|%PDF-1|<iframe[\s>]", re.IGNORECASE)
ZIP_END, ZIP_REACH = b"PK\x05\x06", 66_000


class Refused(Exception):
    """Why it cannot be taken: `unsupported` or `too_large`."""


def limit() -> None:
    """Give up what a decoder does not need."""
    os.nice(10)  # the walls come first
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def remade(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What is to be known of a picture, and its versions in the order named there.

    Raises:
        Refused: it is none of the formats, several at once, broken or too large.
    """
    Image.MAX_IMAGE_PIXELS = None  # counted below, by format, before anything is decoded
    if ELSE.search(data) or ZIP_END in data[-ZIP_REACH:]:
        raise Refused("unsupported")
    try:
        image: Image.Image = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP", "AVIF"))
        width, height = image.size
        most = MOST_PROGRESSIVE if image.info.get("progressive") else MOST[image.format or ""]
        if width * height > most or max(width, height) > LONGEST_SIDE:
            raise Refused("too_large")
        if min(width, height) < 1:
            raise Refused("unsupported")
        image.draft("RGB", (WIDTHS[-1], WIDTHS[-1]))  # a JPEG need not be decoded at its full size
        image.load()
        profile, turned = image.info.get("icc_profile"), image.getexif().get(0x0112, 1)
        sideways = turned in (5, 6, 7, 8)
        shown = (TALLEST, WIDTHS[-1]) if sideways else (WIDTHS[-1], TALLEST)
        image = _plain(image, shown)
        image = _turned(image, turned)
        image = _in_srgb(image, profile)
    except Refused:
        raise
    except MemoryError:
        raise Refused("too_large") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError, EOFError, TypeError, IndexError):
        raise Refused("unsupported") from None
    kinds: dict[str, dict[str, int]] = {"webp": {"quality": 80, "method": 4}}
    if features.check("avif"):
        kinds = {"avif": {"quality": 58, "speed": 8, "max_threads": 1}} | kinds
    versions: list[tuple[str, bytes]] = []
    for wide in sorted({min(wide, image.width) for wide in WIDTHS}):
        size = (wide, max(1, round(image.height * wide / image.width)))
        smaller = image if wide == image.width else image.resize(size, Image.Resampling.LANCZOS)
        for kind, how in kinds.items():
            buffer = BytesIO()
            smaller.save(buffer, kind.upper(), **how)
            versions.append((f"{wide}.{kind}", buffer.getvalue()))
    digest = blake2b(b"".join(body for _, body in versions), digest_size=12).hexdigest()
    name = f"{digest}-{image.width}x{image.height}{'a' if 'avif' in kinds else ''}"
    about = {"name": name, "versions": [(file, len(body)) for file, body in versions]}
    return about, [body for _, body in versions]


def _plain(image: Image.Image, most: tuple[int, int]) -> Image.Image:
    """At most as large as shown, in three colours, on white."""
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    elif image.mode.startswith("I") or image.mode == "F":
        image = (image if image.mode == "F" else image.point(lambda value: value / 256)).convert("L")
    elif image.mode == "1":
        image = image.convert("L")
    image.thumbnail(most, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if image.mode in ("LA", "La", "RGBA", "RGBa"):
        whole = image.convert("RGBA")
        image = Image.new("RGB", whole.size, (255, 255, 255))
        image.paste(whole, mask=whole.getchannel("A"))
    return image if image.mode in ("RGB", "CMYK") else image.convert("RGB")


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    """The picture the right way up, with nothing else known of it."""
    bare = image.copy()
    bare.info = {}
    bare.getexif().clear()
    if orientation in range(2, 9):
        bare.getexif()[0x0112] = orientation
        ImageOps.exif_transpose(bare, in_place=True)
    return bare


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as every browser shows them without a profile."""
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            image = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    image = image if image.mode == "RGB" else image.convert("RGB")
    image.info = {}
    return image


def main(given: BinaryIO, said: BinaryIO) -> None:
    data = given.read()
    try:
        about, bodies = remade(data)
    except MemoryError:
        about, bodies = {"refused": "too_large"}, []
    except Refused as refusal:
        about, bodies = {"refused": str(refusal)}, []
    said.write(json.dumps(about).encode() + b"\n" + b"".join(bodies))


if __name__ == "__main__":
    limit()
    main(sys.stdin.buffer, sys.stdout.buffer)
