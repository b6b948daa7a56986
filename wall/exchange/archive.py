"""A copy of a wall with its pictures: `wall.json` and every picture's files in one ZIP."""

import asyncio
import zipfile
from tempfile import TemporaryFile
from typing import IO

from wall.errors import Gone
from wall.exchange import json
from wall.exchange.portion import Portion
from wall.model.picture import Picture
from wall.model.wall import shelf_of
from wall.store.images import Images


async def write(portion: Portion, images: Images) -> IO[bytes]:
    """The ZIP, open at its beginning; whoever closes it removes it. A picture that is gone meanwhile is left out.

    Raises:
        Unavailable: the images' store does not answer.
    """
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - handed on
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            document = await asyncio.to_thread(json.write, portion)
            await asyncio.to_thread(archive.writestr, json.DOCUMENT, document, zipfile.ZIP_DEFLATED)
            for image in (portion.wall.get("logo", ""), portion.wall.get("cover", "")):  # a copy has them
                await _pictures(archive, "wall", shelf_of(portion.wall["slug"]), image, images)
            for card in portion.cards:
                await _pictures(archive, card["id"], card["id"], card["image"], images)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def _pictures(archive: zipfile.ZipFile, under: str, owner: str, image: str, images: Images) -> None:
    picture = Picture.named(image)
    for name in picture.files if picture is not None else ():
        try:
            body = await images.get(owner, image, name)
        except Gone:
            return
        await asyncio.to_thread(archive.writestr, f"images/{under}/{image}/{name}", body)
