"""The second step of signing in: setting it up, asking for a code once, leaving it."""

import time
from collections.abc import Sequence
from datetime import timedelta
from secrets import token_urlsafe
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from wall.model import second_step
from wall.model.types import now
from wall.store import second_steps
from wall.store.database import Database

Outcome = Literal["right", "wrong", "wait"]
FAILURES = 10  # wrong codes, then a pause; only who knows the password can bring it about
PAUSE = timedelta(minutes=15)
LONGEST = 40  # characters of a code that are looked at


async def begin(database: Database, person_id: int) -> None:
    """Make the seed of a second step to be set up; what was begun before goes on, what is confirmed stays."""

    async def job(connection: AsyncConnection) -> None:
        if await second_steps.of_person(connection, person_id, lock=True) is None:
            await second_steps.begin(connection, person_id, token_urlsafe(24))

    await database.write(job)


async def confirm(database: Database, keys: Sequence[str], person_id: int, code: str) -> list[str] | None:
    """Turn it on with a first code of the app; returns the recovery codes, which are never shown again.

    None: the code is wrong, or nothing was begun.
    """

    async def job(connection: AsyncConnection) -> list[str] | None:
        kept = await second_steps.of_person(connection, person_id, lock=True)
        if kept is None or kept.confirmed_at is not None:
            return None
        step = second_step.step_of([second_step.secret_of(kept.seed, keys[0])], _bare(code), time.time())
        if step is None:
            return None
        codes = [second_step.new_recovery_code() for _ in range(second_step.RECOVERY_CODES)]
        digests = [second_step.recovery_digest(each, person_id, keys[0]) for each in codes]
        await second_steps.confirm(connection, person_id, step, now(), digests)
        return codes

    return await database.write(job)


async def check(database: Database, keys: Sequence[str], person_id: int, code: str) -> Outcome:
    """Take a code of the app or a recovery code. Each opens once; after too many wrong ones there is a pause."""

    async def job(connection: AsyncConnection) -> Outcome:
        kept = await second_steps.of_person(connection, person_id, lock=True)
        if kept is None or kept.confirmed_at is None:
            return "wrong"
        moment = now()
        paused = kept.failed_at is not None and timedelta(0) <= moment - kept.failed_at < PAUSE
        failures = kept.failures if paused else 0
        if failures >= FAILURES:
            return "wait"
        secrets = [second_step.secret_of(kept.seed, key) for key in keys]
        step = second_step.step_of(secrets, _bare(code), time.time())
        # A code that somebody watched being typed is spent, and every one before it: of those only the last is known.
        # So a clock that is set back refuses codes until it has caught up; to let them in would open it to the watched.
        if step is not None and step > kept.last_step:
            await second_steps.passed(connection, person_id, step)
            return "right"
        digests = [second_step.recovery_digest(code[:LONGEST], person_id, key) for key in keys]
        if step is None and await second_steps.spend(connection, person_id, digests):
            await second_steps.passed(connection, person_id, kept.last_step)
            return "right"
        await second_steps.failed(connection, person_id, failures + 1, moment)
        return "wrong"

    return await database.write(job)


async def end(database: Database, person_id: int) -> None:
    """No second step any more."""
    await database.write(lambda connection: second_steps.drop(connection, person_id))


def _bare(code: str) -> str:
    return "".join(char for char in code[:LONGEST] if not char.isspace())
