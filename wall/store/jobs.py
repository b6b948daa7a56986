"""Jobs as rows: when each is due, who took it, and whether that one still lives."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model.job import jobs

LOCK = 6840312  # PostgreSQL's number for "somebody is planning jobs"; SQLite has one writer anyway


@dataclass(frozen=True, slots=True)
class Standing:
    """One job as it stands in the database."""

    name: str
    due_at: datetime
    holder: str
    beats: int


async def standing(connection: AsyncConnection) -> dict[str, Standing]:
    """Every job that was ever planned, by name."""
    rows = await connection.execute(select(jobs.c.name, jobs.c.due_at, jobs.c.holder, jobs.c.beats))
    return {row.name: Standing(*row) for row in rows}


async def alone(connection: AsyncConnection) -> None:
    """Until this transaction ends nobody else plans a job."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


async def plan(connection: AsyncConnection, name: str, due_at: datetime) -> None:
    """Say when a job is due; nothing else about it changes."""
    known = await connection.execute(update(jobs).where(jobs.c.name == name).values(due_at=due_at))
    if not known.rowcount:
        row = {"name": name, "due_at": due_at, "ran_at": None, "holder": "", "beats": 0}
        await connection.execute(insert(jobs).values(row))


async def take(connection: AsyncConnection, seen: Standing, me: str) -> bool:
    """Take a job, if it still stands as it was seen."""
    mine = update(jobs).where(jobs.c.name == seen.name, jobs.c.due_at == seen.due_at)
    mine = mine.where(jobs.c.holder == seen.holder, jobs.c.beats == seen.beats)
    taken = await connection.execute(mine.values(holder=me, beats=seen.beats + 1))
    return bool(taken.rowcount)


async def beat(connection: AsyncConnection, name: str, me: str) -> bool:
    """Say that whoever runs a job still lives; False: somebody else has it by now."""
    mine = (jobs.c.name == name, jobs.c.holder == me)
    return bool((await connection.execute(update(jobs).where(*mine).values(beats=jobs.c.beats + 1))).rowcount)


async def give_back(connection: AsyncConnection, name: str, me: str, **known: datetime) -> None:
    """Let go of a job; `known` says when it is due again and when it ran."""
    mine = (jobs.c.name == name, jobs.c.holder == me)
    await connection.execute(update(jobs).where(*mine).values(holder="", **known))
