"""A card: what a person writes (one set of definitions for form, API and import) and what the wall adds."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ValidationError, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import JSON, Column, ForeignKey, Index, Table
from sqlmodel import Field, SQLModel

from wall.errors import Complaint, Invalid
from wall.model.meeting import SCHEDULE, taken
from wall.model.types import ByteString, Moment, shares_names
from wall.model.wall import Line, Prose, Wall
from wall.text import clean, fold, readable

Status = Literal["pending", "approved", "rejected", "withdrawn", "archived", "merged", "erased"]
Newcomers = Literal["", "yes", "ask", "no"]
LINK = re.compile(r"^[a-z0-9.-]+\.[a-z]{2,}(?::\d+)?(?:[/?#]\S*)?$", re.IGNORECASE)


def _items(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    lines = [clean(item) if isinstance(item, str) else item for item in value]
    return list(dict.fromkeys(line for line in lines if line != ""))


Item = Annotated[str, Field(max_length=60)]
Items = Annotated[list[Item], BeforeValidator(_items)]


class CardContent(SQLModel):
    """What a person writes on a card. Unknown fields are ignored; the order is the form's."""

    name: Line = Field(max_length=120, description="Name of the network, 1–120 characters.")
    kind: Line = Field(max_length=60, description="One of the wall's kinds.")
    section: Line = Field(max_length=40, description="Id of one of the wall's sections.")
    description: Prose = Field("", max_length=1500, description="Tiny Markdown: paragraphs, emphasis, lists, links.")
    topics: Items = Field(default_factory=list, max_length=8, sa_type=JSON, description="Up to eight topics.")
    districts: Items = Field(
        default_factory=list, max_length=70, sa_type=JSON, description="Some of the wall's districts; none: all."
    )
    meeting: Line = Field("", max_length=200, description="When and where it meets, in free words.")
    schedule: Annotated[dict[str, Any] | None, WithJsonSchema(SCHEDULE)] = Field(
        None,
        sa_type=JSON(none_as_null=True),
        description="When it meets, as fields; without it the free words count where they are clear.",
    )
    website: Line = Field("", max_length=500, description="An http(s) address.")
    members: Annotated[list[Annotated[str, Field(max_length=120)]], BeforeValidator(_items)] = Field(
        default_factory=list, max_length=60, sa_type=JSON, description="Organisations that take part."
    )
    offers: Prose = Field("", max_length=500, description="What it offers to partners.")
    seeks: Prose = Field("", max_length=500, description="What it seeks from partners.")
    newcomers: Newcomers = Field("", sa_type=ByteString, description="Open to newcomers: yes, ask first, no, or open.")
    english: Prose = Field("", max_length=1500, description="The text in English, written by a person.")
    easy: Prose = Field("", max_length=1500, description="The text in Leichte Sprache, written by a person.")

    @field_validator("name", "kind", "section")
    @classmethod
    def _must_be_readable(cls, value: str, info: ValidationInfo) -> str:
        if (info.context or {}).get("wall") is None:  # a card that a wall took before, or what is left of one
            return value
        if not value:
            raise PydanticCustomError("missing", "needs a value")
        if not readable(value):
            raise PydanticCustomError("blank", "holds nothing readable")
        return value

    @field_validator("website")
    @classmethod
    def _must_be_a_link(cls, value: str) -> str:
        if not value:
            return ""
        if "://" not in value and LINK.match(value):
            value = f"https://{value}"
        try:
            parts = urlsplit(value)
            host = parts.hostname or ""
        except ValueError:
            host = ""
        if not host or parts.scheme not in ("http", "https") or "." not in host or re.search(r"[\s<>\"\\]", value):
            raise PydanticCustomError("not_a_link", "expected an http(s) address")
        return value

    @field_validator("schedule", mode="before")
    @classmethod
    def _must_be_a_schedule(cls, value: Any, info: ValidationInfo) -> Any:
        return value if (info.context or {}).get("wall") is None else taken(value)

    @field_validator("kind", "section", "topics", "districts")
    @classmethod
    def _must_be_what_the_wall_has(cls, value: Any, info: ValidationInfo) -> Any:
        wall: Wall | None = (info.context or {}).get("wall")
        if wall is None:  # a card that a wall took before
            return value
        if info.field_name == "kind":
            return _chosen(fold(value), _by_fold(tuple([kind.name for kind in wall.kinds])))
        if info.field_name == "section":
            return _chosen(value, {section.id: section.id for section in wall.sections})
        if not value:
            return value
        if info.field_name == "districts":
            known = _by_fold(tuple(wall.districts))
            return list(dict.fromkeys(_chosen(fold(item), known) for item in value))
        known = _by_fold(tuple(wall.topics))
        return list(dict.fromkeys(known.get(fold(topic), topic) for topic in value))

    @classmethod
    def take(cls, raw: Mapping[str, Any], wall: Wall) -> Self:
        """The content in `raw`, cleaned, if this wall can take it.

        Raises:
            Invalid: names every field that cannot be taken and why.
        """
        try:
            return cls.model_validate(dict(raw), context={"wall": wall})
        except ValidationError as error:
            raise Invalid(complaints(error)) from None


@lru_cache(maxsize=1024)
def _by_fold(choices: tuple[str, ...]) -> dict[str, str]:
    """A wall's choices by what they fold to; of two that fold alike the first counts."""
    return {fold(choice): choice for choice in reversed(choices)}


def _chosen(value: str, choices: Mapping[str, str]) -> str:
    choice = choices.get(value)
    if choice is None:
        raise PydanticCustomError("not_a_choice", "expected one of the wall's")
    return choice


_OURS = ("not_a_schedule", "not_an_address", "not_an_origin", "not_a_number", "not_in_range")
_CODES = {"string_too_long": "too_long", "too_long": "too_many", "literal_error": "not_a_choice"}
_CODES |= {"greater_than_equal": "not_in_range", "less_than_equal": "not_in_range"}


def complaints(error: ValidationError) -> list[Complaint]:
    """A validation error in the codes of wall/words, one per field."""
    found: dict[str, Complaint] = {}
    for item in error.errors():
        field = str(item["loc"][0]) if item["loc"] else ""
        context = item.get("ctx") or {}
        given = item.get("input")
        params = {"max": context["max_length"]} if "max_length" in context else {}
        if params:
            params["length"] = len(given) if isinstance(given, str | list) else 0
        code = _CODES.get(item["type"], item["type"])
        known = code in ("missing", "blank", "too_long", "too_many", "not_a_choice", "not_a_link", "not_a_date", *_OURS)
        found.setdefault(field, Complaint(field, code if known else "not_a_choice", params))
    return list(found.values())


CONTENT = tuple(CardContent.model_fields)


@shares_names
class Card(CardContent):
    """A card on a wall, as boards hold it."""

    id: str = Field(sa_type=ByteString, primary_key=True)
    wall_id: int = Field(foreign_key="wall.id")
    status: Status = Field(sa_type=ByteString)
    hidden: bool = False
    position: str = Field(sa_type=ByteString)
    revision: int
    pinned_at_revision: int
    created_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    image: str = Field("", sa_type=ByteString, description="Name of its picture.")
    image_alt: str = Field("", max_length=300, description="What is to be seen on the picture.")
    merged_into: str = Field("", sa_type=ByteString)  # id of the card that a merged one leads to

    @property
    def visible(self) -> bool:
        """Whether everybody may see it."""
        return self.status == "approved" and not self.hidden

    @property
    def content(self) -> dict[str, Any]:
        """What a person wrote, by field."""
        return {field: getattr(self, field) for field in CONTENT}

    @property
    def plain(self) -> dict[str, Any]:
        """The card as the journal keeps it: JSON's own types only."""
        values = dict(self.__dict__)
        for field in MOMENTS:
            if (moment := values[field]) is not None:
                values[field] = f"{moment.isoformat()[:-6]}Z"  # as pydantic writes UTC
        return values

    @property
    def place(self) -> tuple[str, str]:
        """Sorts the cards of one section; the id settles equal positions the same way everywhere."""
        return (self.position, self.id)


BLANK = {name: field.default for name, field in Card.model_fields.items() if not field.is_required()}
MOMENTS = tuple(name for name, field in Card.model_fields.items() if field.annotation in (datetime, datetime | None))


class CardRow(Card, table=True):
    __tablename__ = "card"
    __table_args__ = (Index("card_place", "wall_id", "section", "position"),)


class EditLink(SQLModel, table=True):
    """Raised to make a card's older edit links useless; a card without a row is at generation 1."""

    __tablename__ = "edit_link"
    card_id: str = Field(sa_column=Column(ByteString, ForeignKey("card.id"), primary_key=True))
    generation: int = 1


STATUSES: tuple[str, ...] = get_args(Status)
cards: Table = SQLModel.metadata.tables["card"]
edit_links: Table = SQLModel.metadata.tables["edit_link"]
