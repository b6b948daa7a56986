"""Whether a card still stands: when it counts as long unconfirmed, and what was asked about it."""

from datetime import datetime, timedelta

from sqlalchemy import Column, ForeignKey, Table
from sqlmodel import Field, SQLModel

from wall.model.card import Card
from wall.model.types import MONTH, ByteString, Moment
from wall.model.wall import Wall

LINK_LASTS = timedelta(days=365)


def due_before(wall: Wall, moment: datetime) -> datetime | None:
    """What was confirmed last before this counts as long unconfirmed; None: the wall does not ask."""
    return moment - wall.confirm_months * MONTH if wall.confirm_months else None


def is_stale(wall: Wall, card: Card, moment: datetime) -> bool:
    """Whether a card on the wall was not confirmed for longer than its wall allows."""
    limit = due_before(wall, moment)
    return limit is not None and card.status == "approved" and (card.confirmed_at or card.created_at) < limit


class Asking(SQLModel):
    """The last time somebody was asked by mail whether a card still stands.

    It is stored before the mail is sent, so that nobody gets two: who dies in between sends one too few. `sent_at` is
    set when the mail server has it, `lapsed_at` when the card was taken out of sight because nobody answered.
    """

    card_id: str
    wall_id: int
    asked_at: datetime = Field(sa_type=Moment)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    lapsed_at: datetime | None = Field(default=None, sa_type=Moment)
    link: str = Field(sa_type=ByteString, index=True, description="Digest of the link's token.")


class AskingRow(Asking, table=True):
    __tablename__ = "asking"
    card_id: str = Field(sa_column=Column(ByteString, ForeignKey("card.id"), primary_key=True))
    wall_id: int = Field(foreign_key="wall.id", index=True)


askings: Table = SQLModel.metadata.tables["asking"]
