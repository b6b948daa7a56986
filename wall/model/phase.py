"""A wall's phases: draft → event → open → frozen → archived, and what is planned for later."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, Table
from sqlmodel import Field, SQLModel

from wall.errors import Finished, Frozen
from wall.model.types import ByteString, Moment
from wall.model.wall import Phase, Wall

PLANNED: tuple[Phase, ...] = ("frozen", "open")  # what may be planned ahead


def closed(wall: Wall) -> Frozen:
    """Why a wall takes nothing now: it is held up, or finished."""
    return (Finished if wall.phase == "archived" else Frozen)(f"the wall is {wall.phase}")


class Plan(SQLModel, table=True):
    """When a wall goes into a phase by itself.

    It is no setting: a wall that is put back, or a freeze that is undone, must not bring back a time that is over.
    """

    __tablename__ = "plan"
    wall_id: int = Field(sa_column=Column(Integer, ForeignKey("wall.id"), primary_key=True, autoincrement=False))
    phase: str = Field(sa_type=ByteString, primary_key=True)
    at: datetime = Field(sa_type=Moment)
    by: str = Field(sa_type=ByteString, description="Who planned it, as in the journal.")


plans: Table = SQLModel.metadata.tables["plan"]
