"""A change: one revision of one wall, complete enough to bring a board from the revision before to this one."""

from datetime import datetime
from typing import Any, Literal

from pydantic import PrivateAttr
from sqlalchemy import JSON, Column, ForeignKey, Integer, Table
from sqlmodel import Field, SQLModel

from wall.model.card import Card
from wall.model.types import ByteString, Moment

ChangeKind = Literal[
    "pinned",
    "edited",
    "moved",
    "approved",
    "rejected",
    "hidden",
    "shown",
    "withdrawn",
    "merged",
    "erased",
    "confirmed",
    "archived",
    "lapsed",
    "configured",
    "restored",
    "undone",
]


class Change(SQLModel):
    """A journal entry. `card` is the whole card after the change, `was` the former values of what changed.

    `was` also holds what belongs to the change alone: a rejection's `reason` and `words`, of an undoing the revision it
    `undoes`, and of changes that are one deed and undone `together` the first and last revision (or all of them).
    """

    wall_id: int
    revision: int
    epoch: str = Field(sa_type=ByteString)
    at: datetime = Field(sa_type=Moment)
    kind: ChangeKind = Field(sa_type=ByteString)
    actor: str = Field(sa_type=ByteString)
    card: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    settings: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    was: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    _after: Card | None = PrivateAttr(None)

    @property
    def after(self) -> Card | None:
        """The card after the change, read from `card` once; whoever made the change has it already."""
        after = self._after
        if after is None and self.card is not None:
            after = self._after = Card.model_validate(self.card)
        return after


class ChangeRow(Change, table=True):
    __tablename__ = "change"
    wall_id: int = Field(sa_column=Column(Integer, ForeignKey("wall.id"), primary_key=True))
    revision: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    card_id: str | None = Field(default=None, sa_type=ByteString, index=True)


class Snapshot(SQLModel):
    """The board at one revision."""

    id: int | None = Field(default=None, primary_key=True)
    wall_id: int = Field(foreign_key="wall.id", index=True)
    epoch: str = Field(sa_type=ByteString)
    revision: int
    at: datetime = Field(sa_type=Moment)
    name: str = ""
    state: dict[str, Any] = Field(sa_type=JSON)


class SnapshotRow(Snapshot, table=True):
    __tablename__ = "snapshot"


class Receipt(SQLModel):
    """What an idempotency key was answered with, so that the same pin sent twice is one card."""

    wall_id: int = Field(foreign_key="wall.id", primary_key=True)
    key: str = Field(sa_type=ByteString, primary_key=True)
    digest: str = Field(sa_type=ByteString)
    card_id: str = Field(sa_type=ByteString)
    at: datetime = Field(sa_type=Moment)


class ReceiptRow(Receipt, table=True):
    __tablename__ = "receipt"


changes: Table = SQLModel.metadata.tables["change"]
snapshots: Table = SQLModel.metadata.tables["snapshot"]
receipts: Table = SQLModel.metadata.tables["receipt"]
