"""A wall: its settings, its sections and kinds, its revision and epoch."""

import re
import secrets
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import JSON, Table
from sqlmodel import Field, SQLModel

from wall.model.picture import ALT, Picture
from wall.model.types import ByteString, Moment, shares_names
from wall.text import clean, slug

Phase = Literal["draft", "event", "open", "frozen", "archived"]
Moderation = Literal["before", "after"]
ORIGIN = re.compile(r"^https://[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::\d{1,5})?$")  # it stands in a header
SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$")


@shares_names
class Section(BaseModel):
    """A column of the wall; the id stays when the name changes."""

    id: str
    name: str


class Kind(BaseModel):
    """A kind of network and the hue (0–350, in steps of ten) its cards carry."""

    name: str
    hue: int


KINDS = [
    Kind(name=name, hue=hue)
    for name, hue in {
        "Aktionsbündnis": 30,
        "Arbeitskreis": 250,
        "Stammtisch": 70,
        "Runder Tisch": 310,
        "Netzwerk": 170,
        "Initiative": 350,
        "Forum": 210,
        "Anlaufstelle": 130,
        "Veranstaltung": 50,
        "Sonstiges": 270,
    }.items()
]


def _line(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _prose(value: Any) -> Any:
    return clean(value, lines=True) if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_line)]
Prose = Annotated[str, BeforeValidator(_prose)]


class WallSettings(SQLModel):
    """What moderators can set, in the order of the settings page."""

    title: Line = Field(max_length=120)
    intro: Prose = Field("", max_length=1000)
    place: Line = Field("", max_length=120)
    held_on: date | None = None
    language: Literal["de", "en"] = Field("de", sa_type=ByteString)
    address: Literal["sie", "ihr"] = Field("sie", sa_type=ByteString)
    phase: Phase = Field("event", sa_type=ByteString)
    moderation: Moderation = Field("before", sa_type=ByteString)
    listed: bool = True
    accent: int = Field(260, ge=0, le=350)
    logo: str = Field("", sa_type=ByteString, description="Name of the picture beside the title.")
    logo_alt: Line = Field("", max_length=ALT)
    cover: str = Field("", sa_type=ByteString, description="Name of the picture above the title.")
    cover_alt: Line = Field("", max_length=ALT)
    sections: list[Section] = Field(default_factory=list, sa_type=JSON, max_length=20)
    kinds: list[Kind] = Field(default_factory=lambda: list(KINDS), sa_type=JSON, max_length=36)
    topics: list[str] = Field(default_factory=list, sa_type=JSON, max_length=100)
    districts: list[str] = Field(default_factory=list, sa_type=JSON, max_length=200)
    contact: Line = Field("", max_length=300)
    credits: Prose = Field("", max_length=4000)
    contact_months: int = Field(12, ge=1, le=120)
    rejected_days: int = Field(90, ge=1, le=3650)
    confirm_months: int = Field(12, ge=0, le=60)
    lapse_months: int = Field(3, ge=1, le=24)
    embed_origins: list[str] = Field(default_factory=list, sa_type=JSON, max_length=20)
    imprint: Prose = Field("", max_length=10000)
    privacy: Prose = Field("", max_length=20000)

    @field_validator("title")
    @classmethod
    def _must_have_a_title(cls, value: str) -> str:
        if not value:
            raise PydanticCustomError("missing", "needs a value")
        return value

    @field_validator("sections", "kinds")
    @classmethod
    def _must_not_be_empty(cls, value: list[Any]) -> list[Any]:
        if not value:
            raise PydanticCustomError("missing", "needs at least one")
        return value

    @field_validator("logo", "cover")
    @classmethod
    def _must_be_a_picture_of_ours(cls, value: str) -> str:
        if value and Picture.named(value) is None:
            raise PydanticCustomError("not_a_choice", "expected the name of a picture")
        return value

    @field_validator("embed_origins")
    @classmethod
    def _must_be_origins(cls, value: list[str]) -> list[str]:
        origins = [origin.strip().lower().rstrip("/") for origin in value]
        if not all(ORIGIN.match(origin) for origin in origins):
            raise PydanticCustomError("not_an_origin", "needs https:// and a host name")
        return list(dict.fromkeys(origins))


@shares_names
class Wall(WallSettings):
    """A wall at one revision."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(sa_type=ByteString, unique=True)
    revision: int = 0
    epoch: str = Field(sa_type=ByteString)
    created_at: datetime = Field(sa_type=Moment)

    @property
    def key(self) -> int:
        """The database id of a stored wall."""
        assert self.id is not None, "this wall was never stored"
        return self.id

    @property
    def settings(self) -> dict[str, Any]:
        """What moderators can set, by field, as plain data."""
        return self.model_dump(include=set(WallSettings.model_fields))

    @property
    def shelf(self) -> str:
        """Where its own pictures are kept, beside those of the cards."""
        return shelf_of(self.slug)

    @property
    def takes_pins(self) -> bool:
        """Whether everybody may pin now."""
        return self.phase in ("event", "open")

    def section(self, section_id: str) -> Section | None:
        return next((section for section in self.sections if section.id == section_id), None)

    def hue(self, kind: str) -> int:
        """The hue of a kind; a kind the wall no longer has gets the accent."""
        return next((k.hue for k in self.kinds if k.name == kind), self.accent)


class WallRow(Wall, table=True):
    __tablename__ = "wall"


def shelf_of(slug: str) -> str:
    """Where the pictures of the wall at this address are kept."""
    return f"wall-{slug}"


def new_epoch() -> str:
    """A name for one unbroken history of a wall (rule W10)."""
    return secrets.token_urlsafe(6)


def sections_named(names: list[str], existing: list[Section]) -> list[Section]:
    """Sections in the order of `names`; one that keeps its name, or is renamed in its place, keeps its id.

    As many new names as names gone are taken for renamings, in order.
    """
    names = list(dict.fromkeys(name for raw in names if (name := clean(raw))))
    ids = {section.name: section.id for section in existing}
    gone = [section for section in existing if section.name not in names]
    new = [name for name in names if name not in ids]
    if len(gone) == len(new):
        ids |= {name: section.id for name, section in zip(new, gone, strict=True)}
    taken = set(ids.values())
    found: list[Section] = []
    for name in names:
        section_id = ids.get(name) or _free_id(slug(name, longest=32) or "abschnitt", taken)
        taken.add(section_id)
        found.append(Section(id=section_id, name=name))
    return found


def _free_id(wanted: str, taken: set[str]) -> str:
    candidate, n = wanted, 1
    while candidate in taken:
        n += 1
        candidate = f"{wanted}-{n}"
    return candidate


walls: Table = SQLModel.metadata.tables["wall"]
