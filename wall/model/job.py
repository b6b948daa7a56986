"""A job: what the server does by itself once a night, whichever of its processes comes to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Table
from sqlmodel import Field, SQLModel

from wall.model.types import ZONE, ByteString, Moment

MOST_AHEAD = timedelta(hours=27)  # a day of 25 hours, and an hour that a clock may be put back


@dataclass(frozen=True, slots=True)
class Job:
    """`run` gets the time and may be run again after a crash: twice has to be as good as once."""

    name: str
    at: time
    run: Callable[[datetime], Awaitable[object]]

    def next(self, after: datetime) -> datetime:
        """When it is due next, by the clock on the wall in Germany."""
        here = after.astimezone(ZONE)
        due = datetime.combine(here.date(), self.at, ZONE)
        if due <= here:
            due = datetime.combine(here.date() + timedelta(days=1), self.at, ZONE)
        return due.astimezone(after.tzinfo)


class JobRow(SQLModel, table=True):
    """When a job is due, and which process runs it now; `beats` goes on counting while that one lives."""

    __tablename__ = "job"
    name: str = Field(sa_type=ByteString, primary_key=True)
    due_at: datetime = Field(sa_type=Moment)
    ran_at: datetime | None = Field(default=None, sa_type=Moment)
    holder: str = Field("", sa_type=ByteString)
    beats: int = 0


jobs: Table = SQLModel.metadata.tables["job"]
