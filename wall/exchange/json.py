"""The project's own JSON: a wall and its cards, complete enough to be put up elsewhere without loss.

    {"format": "netzwerk-wand", "version": 1, "holds": "everybody" | "team" | "copy", "state": "…",
     "address": "https://…/w/leipzig", "wall": {…}, "cards": [{…}, …]}

`wall` and `cards` carry the names of the API. Cards stand in the wall's order. `state` is a digest of both, which an
import holds against what it read. A copy holds every setting and every card, whatever its status; the others hold what
visitors or moderators see. Contacts are in none of them. Pictures are named by a card's `image`; in a ZIP of
`wall.json` their files lie beside it under `images/<card>/<image>/<file>`, without one they are at
`<address>/c/<card>/image/<image>/<file>`. The wall's `logo` and `cover` lie under `images/wall/<name>/<file>`.
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from io import BytesIO
from typing import Any

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from wall.actions.adopt import adopt, refuse_taken
from wall.actions.ledger import Ledger
from wall.errors import Complaint, Invalid
from wall.exchange.portion import Portion, gently
from wall.model.card import Card, complaints
from wall.model.meeting import taken
from wall.model.picture import Picture
from wall.model.wall import Wall, WallSettings

FORMAT, VERSION = "netzwerk-wand", 1
DOCUMENT = "wall.json"
MAX_JSON, MAX_ALL = 100_000_000, 1_000_000_000  # bytes: of the document, of a ZIP unpacked
MAX_FILE = 8 * 2**20  # bytes of one picture's file
MAX_CARDS, MAX_REVISION = 50_000, 2**31 - 1
ID = re.compile(r"[0-9a-f]{12}")
EPOCH = re.compile(r"[\w-]{1,24}", re.ASCII)
POSITION = re.compile(r"[0-9A-Za-z]{1,200}", re.ASCII)
PICTURE_FILE = re.compile(r"images/([0-9a-f]{12}|wall)/([0-9a-z-]{1,40})/(\d{1,4}\.(?:webp|avif))")
STARTS = {"webp": lambda body: body[:4] == b"RIFF" and body[8:12] == b"WEBP", "avif": lambda body: body[4:8] == b"ftyp"}


@dataclass(frozen=True, slots=True)
class Copy:
    """A wall as a file tells it, not yet of this installation. `pictures` are by owner (a card's id, or "wall"), name
    and file.
    """

    wall: Wall
    cards: list[Card]
    pictures: Mapping[tuple[str, str], Mapping[str, bytes]] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """Equal for equal walls, whatever numbers their databases gave them."""
        wall = self.wall.model_dump(mode="json", exclude={"id"})
        cards = [card.model_dump(mode="json", exclude={"wall_id"}) for card in self.cards]
        return digest(wall, cards)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What the cards say and nothing else, the section by name: for an import into a wall that is there."""
        names = {section.id: section.name for section in self.wall.sections}
        return [card.content | {"section": names.get(card.section, "")} for card in self.cards if card.visible]


def digest(wall: Mapping[str, Any], cards: list[dict[str, Any]]) -> str:
    """A digest of a wall and its cards as plain data, whatever their order."""
    seen = blake2b(orjson.dumps(wall, option=orjson.OPT_SORT_KEYS), digest_size=12)
    for card in gently(sorted(cards, key=lambda card: str(card.get("id")))):
        seen.update(orjson.dumps(card, option=orjson.OPT_SORT_KEYS))
    return seen.hexdigest()


def write(portion: Portion) -> bytes:
    """The document, a card a line. Card by card, because the whole of it at once would keep everybody waiting."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "holds": portion.holds,
        "state": digest(portion.wall, portion.cards),
        "address": portion.address,
        "wall": portion.wall,
    }
    cards = b",\n".join(map(orjson.dumps, gently(portion.cards)))
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)[:-2] + b',\n  "cards": [\n' + cards + b"\n  ]\n}\n"


def wrong(what: str = "file") -> Invalid:
    return Invalid([Complaint(what, "not_a_choice")])


def read(content: bytes) -> Copy:
    """The wall in a JSON document, or in a ZIP of one and its pictures. Nothing is stored.

    Raises:
        Invalid: it is neither, is of a newer version, is damaged, or says what no wall can hold.
    """
    if not content.startswith(b"PK"):
        return _read(content, {})
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > MAX_ALL:
                raise wrong()
            document = _unpacked(archive, DOCUMENT, MAX_JSON)
            pictures: dict[str, dict[str, bytes]] = {}
            for info in infos:
                if found := PICTURE_FILE.fullmatch(info.filename):
                    body = _unpacked(archive, info.filename, MAX_FILE)
                    pictures.setdefault(f"{found[1]}/{found[2]}", {})[found[3]] = body
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, OSError):
        raise wrong() from None
    return _read(document, pictures)


def _unpacked(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A file of an archive, no more of it than it may have, whatever its head says."""
    with archive.open(name) as file:
        body = file.read(most + 1)
    if len(body) > most:
        raise wrong()
    return body


def _read(content: bytes, pictures: Mapping[str, Mapping[str, bytes]]) -> Copy:
    try:
        document = orjson.loads(content) if len(content) <= MAX_JSON else None
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise wrong()
    if document.get("version") != VERSION:
        raise wrong("version")
    about, listed = document.get("wall"), document.get("cards")
    if not isinstance(about, dict) or not isinstance(listed, list) or len(listed) > MAX_CARDS:
        raise wrong()
    if not all(isinstance(card, dict) for card in listed):
        raise wrong()
    try:
        if document.get("state") != digest(about, listed):
            raise wrong("state")  # cut off, or changed by hand
        wall = _wall(about)
        cards = [_card(card, wall) for card in listed]
    except ValidationError as error:
        raise Invalid(complaints(error)) from None
    except PydanticCustomError:
        raise wrong("schedule") from None
    except orjson.JSONEncodeError:  # nested too deeply to be one of ours
        raise wrong() from None
    if len({card.id for card in cards}) != len(cards):
        raise wrong("id")
    named = [(card.id, card.image) for card in cards] + [("wall", wall.logo), ("wall", wall.cover)]
    return Copy(wall, cards, {(owner, name): _pictures(owner, name, pictures) for owner, name in named if name})


def _wall(about: dict[str, Any]) -> Wall:
    settings = WallSettings.model_validate(about)
    origin = {name: about.get(name) for name in ("slug", "revision", "epoch")}
    created = about.get("created_at") or "2000-01-01T00:00:00Z"
    wall = Wall.model_validate(settings.model_dump() | origin | {"created_at": created})
    if not EPOCH.fullmatch(wall.epoch) or not 0 <= wall.revision <= MAX_REVISION:
        raise wrong("epoch")
    return wall


def _card(said: dict[str, Any], wall: Wall) -> Card:
    """A card as the file has it; what only a copy tells is what it is for everybody where the file says nothing."""
    known = {"status": "approved", "pinned_at_revision": said.get("revision")} | said
    known = {name: value for name, value in known.items() if name in Card.model_fields}
    card = Card.model_validate(known | {"wall_id": 0})
    whole = ID.fullmatch(card.id) and (POSITION.fullmatch(card.position) or card.status == "erased")
    merged = not card.merged_into or ID.fullmatch(card.merged_into)
    if not (whole and merged) or not 0 <= card.pinned_at_revision <= card.revision <= wall.revision:
        raise wrong("id")
    if card.visible and wall.section(card.section) is None:
        raise wrong("section")
    if card.schedule is not None and taken(card.schedule) != card.schedule:
        raise wrong("schedule")
    if card.image and Picture.named(card.image) is None:
        raise wrong("image")
    return card


def _pictures(owner: str, image: str, pictures: Mapping[str, Mapping[str, bytes]]) -> Mapping[str, bytes]:
    """The files of a picture, if they are all there: what its name says, or none.

    Raises:
        Invalid: they are not what the name says they are.
    """
    picture, files = Picture.named(image), pictures.get(f"{owner}/{image}", {})
    if picture is None or not files:
        return {}
    bodies = [files.get(name, b"") for name in picture.files]
    seen = blake2b(b"".join(bodies), digest_size=12).hexdigest()
    kinds = all(STARTS[name.rpartition(".")[2]](body) for name, body in zip(picture.files, bodies, strict=True))
    if not kinds or seen != image.partition("-")[0]:
        raise wrong("image")
    return dict(zip(picture.files, bodies, strict=True))


async def take(ledger: Ledger, copy: Copy, slug: str = "") -> Wall:
    """Put up the wall of a copy here, under its own address or another; everything in it stays what it was.

    Raises:
        Invalid: the address is taken, or the cards are on a wall of this installation already.
        Unavailable: the pictures cannot be kept.
    """
    wall = copy.wall.model_copy(update={"slug": slug or copy.wall.slug})
    async with ledger.database.read() as connection:
        await refuse_taken(connection, wall, copy.cards)
    for (owner, name), files in copy.pictures.items():
        if files and ledger.images is not None:
            await ledger.images.put(wall.shelf if owner == "wall" else owner, name, files)
    return await adopt(ledger, wall, copy.cards)
