"""A contact: whom to ask about a card; personal data that lives apart from cards, boards and the journal."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Self, get_args

from pydantic import ValidationError, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import Column, ForeignKey, Table
from sqlmodel import Field, SQLModel

from wall.errors import Complaint, Invalid
from wall.model.card import complaints
from wall.model.types import ByteString, Moment
from wall.model.wall import Line
from wall.text import address_of

Visibility = Literal["public", "request", "team"]  # everybody · a message through us · the wall's organisers only
VISIBILITIES: tuple[str, ...] = get_args(Visibility)
PARTS = ("name", "email", "phone")
CONSENTS = ("2026-11",)  # every version somebody may have agreed to, newest first; the words are consent.<version>
ANSWER_WITHIN = timedelta(days=14)  # how long somebody who was named by others may take to agree


class ContactDetails(SQLModel):
    """What a person writes: three parts, and for each who may see it."""

    name: Line = Field("", max_length=120)
    email: Line = Field("", max_length=254, sa_type=ByteString, index=True)
    phone: Line = Field("", max_length=40)
    name_for: Visibility = Field("team", sa_type=ByteString)
    email_for: Visibility = Field("request", sa_type=ByteString)
    phone_for: Visibility = Field("team", sa_type=ByteString)

    @field_validator("email")
    @classmethod
    def _must_be_an_address(cls, value: str) -> str:
        if not value:
            return ""
        found = address_of(value)
        if not found:
            raise PydanticCustomError("not_an_address", "expected an e-mail address")
        return found

    @field_validator("phone")
    @classmethod
    def _must_be_a_number(cls, value: str) -> str:
        if value and not (re.fullmatch(r"\+?[\d\s()/.-]+", value) and sum(c.isdigit() for c in value) >= 5):
            raise PydanticCustomError("not_a_number", "expected a telephone number")
        return value

    @classmethod
    def take(cls, raw: Mapping[str, Any]) -> Self:
        """The details in `raw`, cleaned.

        Raises:
            Invalid: names every part that cannot be taken and why.
        """
        try:
            return cls.model_validate({field: raw[field] for field in cls.model_fields if field in raw})
        except ValidationError as error:
            raise Invalid(complaints(error)) from None

    @property
    def empty(self) -> bool:
        return not any(getattr(self, part) for part in PARTS)

    def shows_more_than(self, former: "ContactDetails | None") -> bool:
        """Whether anybody would learn from these details what they did not from the former ones."""
        before = former.wishes if former is not None else {}
        return any(
            part not in before
            or getattr(self, part) != getattr(former, part)
            or VISIBILITIES.index(wish) < VISIBILITIES.index(before[part])
            for part, wish in self.wishes.items()
        )

    @property
    def wishes(self) -> dict[str, str]:
        """Who may see which part, of the parts that hold something."""
        return {part: getattr(self, f"{part}_for") for part in PARTS if getattr(self, part)}


class Contact(ContactDetails):
    """The one contact of a card. Taken back it keeps its row, emptied, so that no repetition brings it back."""

    card_id: str
    wall_id: int
    other: bool = Field(False, description="Entered by somebody else: hidden until the person agrees.")
    from_team: str = Field("", sa_type=ByteString, description="The parts that moderators entered, spaces between.")
    consent: str = Field("", sa_type=ByteString, description="Version of the words that were agreed to.")
    consented_at: datetime | None = Field(default=None, sa_type=Moment)
    consented_by: str = Field("", sa_type=ByteString, description="A role, as in the journal; person: by mail.")
    asked_at: datetime = Field(
        sa_type=Moment, description="When it was entered; the person's link is good for this one."
    )

    @property
    def agreed(self) -> bool:
        """Whether the person whose data this is has agreed to it."""
        return not self.empty and self.consented_at is not None

    @property
    def waiting(self) -> bool:
        """Whether the person has yet to answer."""
        return not self.empty and self.consented_at is None

    @property
    def of_team(self) -> list[str]:
        """The parts that moderators entered. As long as there are any, all of it is somebody else's to the author."""
        return [part for part in self.from_team.split() if getattr(self, part)]

    @property
    def unseen(self) -> dict[str, str]:
        """What the card's author may not see, and who may: of the team's parts those not both public and agreed to."""
        wishes = self.wishes
        return {part: wishes[part] for part in self.of_team if not (self.agreed and wishes[part] == "public")}

    def written_over(self, typed: ContactDetails, at: datetime) -> Self:
        """What these details become when the card's author types others: parts that they may not see stay as they are
        where nothing was typed. Where anybody would learn more, the person has yet to agree, asked `at` this moment.

        Raises:
            Invalid: at another address somebody would read what is kept from the author.
        """
        unseen, values = self.unseen, typed.model_dump()
        left = [part for part in unseen if not values[part]]
        values |= {f"{part}_for": wish for part, wish in unseen.items()} | {part: getattr(self, part) for part in left}
        readdressed = typed.email and ("email" in unseen or typed.email != self.email)
        if left and readdressed:
            raise Invalid([Complaint("email", "another_person")])
        kept = (
            part
            for part in self.of_team
            if values[part] == getattr(self, part) and (part in left or part not in unseen)
        )
        written = self.model_copy(update=values | {"from_team": " ".join(kept)})
        if len(left) < len(unseen) or written.shows_more_than(self):
            anew = {"other": True, "asked_at": at, "consent": "", "consented_at": None, "consented_by": ""}
            written = written.model_copy(update=anew)
        return written

    @property
    def reachable(self) -> bool:
        """Whether a visitor may write to this person through us."""
        return self.agreed and bool(self.email) and self.email_for != "team"


class ContactRow(Contact, table=True):
    __tablename__ = "contact"
    card_id: str = Field(sa_column=Column(ByteString, ForeignKey("card.id"), primary_key=True))
    wall_id: int = Field(foreign_key="wall.id", index=True)


def consented(details: ContactDetails, other: bool, version: str) -> None:
    """Refuse details that nobody has agreed to, and those of somebody whom we cannot ask; `version` is '' for no tick.

    Raises:
        Invalid: says which of the two.
    """
    if details.empty:
        return
    if other and not details.email:
        raise Invalid([Complaint("email", "address_to_ask")])
    if not other and version not in CONSENTS:
        raise Invalid([Complaint("agree", "agree_first")])


contacts: Table = SQLModel.metadata.tables["contact"]
