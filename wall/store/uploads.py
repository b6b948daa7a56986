"""Files that are being brought in, as rows: only for whoever sent them, and for an hour at most."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import NotFound
from wall.model.types import now
from wall.model.upload import KEPT, Stage, Upload, uploads

_COLUMNS = [uploads.c[name] for name in Upload.model_fields]


async def keep(connection: AsyncConnection, upload: Upload, content: bytes) -> None:
    """Keep what was read, in place of whatever the same person has sent to this wall before."""
    mine = (uploads.c.wall_id == upload.wall_id, uploads.c.person_id == upload.person_id)
    await connection.execute(delete(uploads).where(*mine, uploads.c.stage != "bringing"))
    await connection.execute(insert(uploads).values(upload.model_dump() | {"content": content, "plan": b""}))


async def find(connection: AsyncConnection, wall_id: int, upload_id: str, person_id: int | None) -> Upload:
    """What this person has sent to this wall.

    Raises:
        NotFound: nothing of this name, or it is somebody else's, or too old.
    """
    query = select(*_COLUMNS).where(uploads.c.id == upload_id, uploads.c.wall_id == wall_id)
    query = query.where(uploads.c.person_id == person_id, uploads.c.made_at > now() - KEPT)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no upload {upload_id!r}")
    return Upload.model_construct(**row)


async def content(connection: AsyncConnection, upload_id: str) -> bytes:
    """The packed table."""
    found: bytes = (await connection.execute(select(uploads.c.content).where(uploads.c.id == upload_id))).scalar_one()
    return found


async def plan(connection: AsyncConnection, upload_id: str) -> bytes:
    """The packed plan."""
    found: bytes = (await connection.execute(select(uploads.c.plan).where(uploads.c.id == upload_id))).scalar_one()
    return found


async def step(
    connection: AsyncConnection, upload_id: str, before: Sequence[Stage], beat: datetime | None = None, **values: Any
) -> bool:
    """Go on with an upload, if it still stands where it was seen; False: somebody was faster."""
    mine = [uploads.c.id == upload_id, uploads.c.stage.in_(before)]
    if beat is not None:
        mine.append(uploads.c.beat_at == beat)
    done = await connection.execute(update(uploads).where(*mine).values(beat_at=now(), **values))
    return bool(done.rowcount)


async def drop(connection: AsyncConnection, upload_id: str) -> None:
    await connection.execute(delete(uploads).where(uploads.c.id == upload_id))


async def any_old(connection: AsyncConnection, moment: datetime) -> bool:
    """Whether anything is older than an hour."""
    query = select(uploads.c.id).where(uploads.c.made_at <= moment - KEPT).limit(1)
    return (await connection.execute(query)).first() is not None


async def drop_old(connection: AsyncConnection, moment: datetime) -> int:
    """Erase what is older than an hour."""
    return (await connection.execute(delete(uploads).where(uploads.c.made_at <= moment - KEPT))).rowcount
