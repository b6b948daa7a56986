"""A proposal: words for a card that is on the wall, or a report about it, until a moderator has decided."""

from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import JSON, Column, ForeignKey, Table
from sqlmodel import Field, SQLModel

from wall.model.card import CONTENT, Card
from wall.model.types import ByteString, Moment

ProposalKind = Literal["author", "suggestion", "report"]  # by whoever holds the link · by anybody · something is wrong
ProposalStatus = Literal["open", "accepted", "rejected"]
ReportReason = Literal["outdated", "wrong", "personal", "insult", "advert", "other"]
REASONS: tuple[str, ...] = get_args(ReportReason)
PICTURE = ("image", "image_alt")  # by its author only
LONGEST = 1000  # characters of words to the moderators
MOST = 100  # that may be open on one wall at once, besides authors' own


def standing(card: Card) -> dict[str, Any]:
    """What a card says in everything that can be proposed, by field."""
    return {field: getattr(card, field) for field in (*CONTENT, *PICTURE)}


class Proposal(SQLModel):
    """`fields` is what the card shall say, by field, and `was` what it said there at revision `base`."""

    id: str
    wall_id: int
    card_id: str
    kind: ProposalKind = Field(sa_type=ByteString)
    status: ProposalStatus = Field("open", sa_type=ByteString)
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    was: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    base: int = 0
    reason: str = Field("", sa_type=ByteString)
    words: str = ""
    made_at: datetime = Field(sa_type=Moment)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by: str = Field("", sa_type=ByteString)

    @property
    def content(self) -> dict[str, Any]:
        """The words it proposes, without a picture."""
        return {field: value for field, value in self.fields.items() if field in CONTENT}

    @property
    def picture(self) -> dict[str, Any]:
        """The picture it proposes and its description; {} for none."""
        return {field: value for field, value in self.fields.items() if field in PICTURE}

    def overtaken(self, now: dict[str, Any]) -> dict[str, Any]:
        """Fields that say something else by now than when it was proposed, and not what it proposes."""
        return {f: now[f] for f, value in self.fields.items() if now[f] != self.was[f] and now[f] != value}


class ProposalRow(Proposal, table=True):
    __tablename__ = "proposal"
    id: str = Field(sa_type=ByteString, primary_key=True)
    wall_id: int = Field(foreign_key="wall.id", index=True)
    card_id: str = Field(sa_column=Column(ByteString, ForeignKey("card.id"), index=True, nullable=False))


proposals: Table = SQLModel.metadata.tables["proposal"]
