"""The second step of signing in as it is kept: a seed, the last code used, and the hashes of recovery codes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model.person import SecondStep, recovery_codes, second_steps


async def of_person(connection: AsyncConnection, person_id: int, *, lock: bool = False) -> SecondStep | None:
    """A person's second step, also one that is only being set up; with `lock` one asks after the other."""
    query = select(second_steps).where(second_steps.c.person_id == person_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else SecondStep.model_construct(**row)


async def begin(connection: AsyncConnection, person_id: int, seed: str) -> None:
    await connection.execute(insert(second_steps).values(person_id=person_id, seed=seed, last_step=0, failures=0))


async def confirm(connection: AsyncConnection, person_id: int, step: int, at: datetime, digests: Sequence[str]) -> None:
    """From now on it is asked for; the digests are those of its recovery codes."""
    await passed(connection, person_id, step)
    mine = second_steps.c.person_id == person_id
    await connection.execute(update(second_steps).where(mine).values(confirmed_at=at))
    await connection.execute(insert(recovery_codes), [{"person_id": person_id, "digest": digest} for digest in digests])


async def passed(connection: AsyncConnection, person_id: int, step: int) -> None:
    """Remember the code that was used, and forget the wrong ones before it."""
    mine = second_steps.c.person_id == person_id
    await connection.execute(update(second_steps).where(mine).values(last_step=step, failures=0, failed_at=None))


async def failed(connection: AsyncConnection, person_id: int, failures: int, at: datetime) -> None:
    mine = second_steps.c.person_id == person_id
    await connection.execute(update(second_steps).where(mine).values(failures=failures, failed_at=at))


async def spend(connection: AsyncConnection, person_id: int, digests: Sequence[str]) -> bool:
    """Use up a recovery code; whether there was one."""
    codes = recovery_codes.c
    spent = delete(recovery_codes).where(codes.person_id == person_id, codes.digest.in_(digests))
    return (await connection.execute(spent)).rowcount > 0


async def codes_left(connection: AsyncConnection, person_id: int) -> int:
    query = select(func.count()).where(recovery_codes.c.person_id == person_id)
    return int((await connection.execute(query)).scalar_one())


async def drop(connection: AsyncConnection, person_id: int) -> None:
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
    await connection.execute(delete(second_steps).where(second_steps.c.person_id == person_id))
