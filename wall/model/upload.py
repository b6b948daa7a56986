"""A file that somebody brings in: what was read from it, until it is pinned, or for an hour."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import JSON, LargeBinary, Table
from sqlmodel import Field, SQLModel

from wall.model.types import ByteString, Moment

KEPT = timedelta(hours=1)
SILENCE = timedelta(seconds=90)  # after which work that does not say how far it is counts as broken off

# read: its columns wait to be matched · checking: tried on the wall · checked: shown before it is done
# bringing: being pinned · done: the report
Stage = Literal["read", "checking", "checked", "bringing", "done"]
BEGAN: dict[Stage, Stage] = {"checking": "read", "bringing": "checked"}  # where work began


class Upload(SQLModel):
    """`about` is the head of what was read, `choices` what was said about it, `summary` what came of trying it,
    `report` what was done. The table and the plan are packed; the file itself is not kept."""

    id: str
    wall_id: int
    person_id: int
    stage: Stage = Field("read", sa_type=ByteString)
    made_at: datetime = Field(sa_type=Moment)
    beat_at: datetime = Field(sa_type=Moment)
    come: int = Field(0, description="Rows that are done, while it is tried.")
    about: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    choices: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    summary: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    report: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)

    def stands_at(self, moment: datetime) -> Stage:
        """Where it stands: work that fell silent goes back to where it began."""
        if moment - self.beat_at > SILENCE:
            return BEGAN.get(self.stage, self.stage)
        return self.stage


class UploadRow(Upload, table=True):
    __tablename__ = "upload"
    id: str = Field(sa_type=ByteString, primary_key=True)
    wall_id: int = Field(foreign_key="wall.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    content: bytes = Field(sa_type=LargeBinary)
    plan: bytes = Field(sa_type=LargeBinary)


uploads: Table = SQLModel.metadata.tables["upload"]
