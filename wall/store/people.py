"""People who sign in: finding them, their roles, sessions and one-time links."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import NotFound
from wall.model.person import Person, Session, people, roles, sessions, sign_in_links
from wall.model.roles import Actor, Role, actor_with
from wall.model.types import now
from wall.model.wall import Wall, walls

SESSION_LASTS = timedelta(days=30)
LINK_LASTS = timedelta(days=7)  # an invitation
SIGN_IN_LASTS = timedelta(minutes=15)
OPEN_LINKS = 3  # short-lived ones of one person at a time: nobody's mailbox is filled by others


def digest(token: str) -> str:
    """What is kept of a token in its place."""
    return blake2b(token.encode(), digest_size=24).hexdigest()


async def person_by_email(connection: AsyncConnection, email: str) -> Person | None:
    query = select(people).where(people.c.email == email.strip().lower())
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else Person.model_construct(**row)


async def invite(
    connection: AsyncConnection, email: str, wall: Wall | None, role: Role, sections: Sequence[str] | None = None
) -> int:
    """Make sure this person exists and has this role in place of a former one; returns the person's number."""
    person = await person_by_email(connection, email)
    if person is None:
        row = {"email": email.strip().lower(), "password": "", "created_at": now()}
        key = (await connection.execute(insert(people).values(row).returning(people.c.id))).scalar_one()
    else:
        assert person.id is not None
        key = person.id
    wall_id = None if wall is None else wall.key
    await connection.execute(
        delete(roles).where(roles.c.person_id == key, roles.c.wall_id.is_not_distinct_from(wall_id))
    )
    row = {"person_id": key, "wall_id": wall_id, "role": role, "sections": None if sections is None else list(sections)}
    await connection.execute(insert(roles).values(row))
    return int(key)


async def new_link(connection: AsyncConnection, person_id: int, lasts: timedelta = LINK_LASTS) -> str:
    """A token that signs this person in once."""
    token = token_urlsafe(24)
    row = {"digest": digest(token), "person_id": person_id, "expires_at": now() + lasts}
    await connection.execute(insert(sign_in_links).values(row))
    return token


async def new_sign_in_link(connection: AsyncConnection, email: str) -> str | None:
    """A short-lived token for somebody who asked for one; None if there is no such person, or they have enough."""
    person = await person_by_email(connection, email)
    if person is None or person.id is None:
        return None
    await connection.execute(select(people.c.id).where(people.c.id == person.id).with_for_update())  # one after another
    link, moment = sign_in_links.c, now()
    await connection.execute(delete(sign_in_links).where(link.expires_at < moment))
    short = (link.person_id == person.id, link.expires_at < moment + SIGN_IN_LASTS)
    if (await connection.execute(select(func.count()).where(*short))).scalar_one() >= OPEN_LINKS:
        return None
    return await new_link(connection, person.id, SIGN_IN_LASTS)


async def link_is_open(connection: AsyncConnection, token: str) -> bool:
    """Whether a one-time link would still work."""
    link = sign_in_links.c
    query = select(link.person_id).where(link.digest == digest(token), link.expires_at > now())
    return (await connection.execute(query)).scalar_one_or_none() is not None


async def use_link(connection: AsyncConnection, token: str) -> int | None:
    """Spend a one-time link; returns whose it was, or None if it is unknown, old or spent."""
    link = sign_in_links.c
    query = delete(sign_in_links).where(link.digest == digest(token)).returning(link.person_id, link.expires_at)
    row = (await connection.execute(query)).one_or_none()
    return int(row.person_id) if row is not None and row.expires_at > now() else None


async def open_session(connection: AsyncConnection, person_id: int, device: str = "") -> str:
    """A new session's token; only its digest is kept. Whoever opens their first has joined."""
    token = token_urlsafe(32)
    moment = now()
    row = {"digest": digest(token), "person_id": person_id, "device": device, "created_at": moment, "seen_at": moment}
    row |= {"expires_at": moment + SESSION_LASTS}
    joins = update(people).where(people.c.id == person_id, people.c.joined_at.is_(None))
    await connection.execute(joins.values(joined_at=moment))
    await connection.execute(delete(sessions).where(sessions.c.expires_at < moment))
    await connection.execute(insert(sessions).values(row))
    return token


async def close_session(connection: AsyncConnection, token: str) -> None:
    await connection.execute(delete(sessions).where(sessions.c.digest == digest(token)))


async def sessions_of(connection: AsyncConnection, person_id: int) -> list[Session]:
    """Where a person is signed in, the latest first."""
    query = select(sessions).where(sessions.c.person_id == person_id, sessions.c.expires_at > now())
    rows = (await connection.execute(query.order_by(sessions.c.created_at.desc()))).mappings()
    return [Session.model_construct(**row) for row in rows]


async def end_sessions(connection: AsyncConnection, person_id: int, *, only: str = "", but: str = "") -> None:
    """End a person's sessions: one whose digest begins with `only`, or all but the one with the digest `but`."""
    where = [sessions.c.person_id == person_id]
    where += [sessions.c.digest.startswith(only, autoescape=True)] if only else []
    where += [sessions.c.digest != but] if but else []
    await connection.execute(delete(sessions).where(*where))


async def saw(connection: AsyncConnection, token: str) -> None:
    """Note that a session is in use; the day is enough."""
    await connection.execute(update(sessions).where(sessions.c.digest == digest(token)).values(seen_at=now()))


async def person_by_id(connection: AsyncConnection, person_id: int) -> Person | None:
    row = (await connection.execute(select(people).where(people.c.id == person_id))).mappings().one_or_none()
    return None if row is None else Person.model_construct(**row)


async def person_of_session(connection: AsyncConnection, token: str) -> tuple[Person, datetime | None] | None:
    """Who is signed in with this token, and when that was last noted."""
    query = (
        select(people, sessions.c.seen_at)
        .join(sessions, sessions.c.person_id == people.c.id)
        .where(sessions.c.digest == digest(token), sessions.c.expires_at > now())
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    return Person.model_construct(**{name: row[name] for name in Person.model_fields}), row["seen_at"]


async def roles_of(connection: AsyncConnection, person_id: int) -> list[tuple[str, Wall | None]]:
    """A person's roles; a role without a wall counts for the whole instance."""
    query = (
        select(roles.c.role.label("held"), walls)
        .outerjoin(walls, walls.c.id == roles.c.wall_id)
        .where(roles.c.person_id == person_id)
        .order_by(walls.c.title)
    )
    rows = (await connection.execute(query)).mappings().all()
    return [(row["held"], None if row["id"] is None else Wall.model_validate(dict(row))) for row in rows]


async def actor_on(connection: AsyncConnection, person_id: int, wall_id: int | None) -> Actor:
    """What a person is on this wall (None: on the instance): operator, owner, moderator, or a guest with a number."""
    query = select(roles).where(roles.c.person_id == person_id)
    return _actor((await connection.execute(query)).all(), person_id, wall_id)


def _actor(held: Sequence[Row[Any]], person_id: int, wall_id: int | None) -> Actor:
    """What these roles of a person make of them on a wall; one without a wall counts on every wall."""
    best = next((row for row in held if row.wall_id is None), None)
    best = best or next((row for row in held if row.wall_id == wall_id), None)
    return Actor("guest", person_id) if best is None else actor_with(best.role, person_id, best.sections)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role, as the list of people shows them; `joined_at` is when they first signed in."""

    person_id: int
    email: str
    role: Role
    sections: list[str] | None
    joined_at: datetime | None


async def team(connection: AsyncConnection, wall_id: int | None, *, lock: bool = False) -> list[Member]:
    """Who has a role on a wall, or on the instance (None); with `lock` nobody else changes these rows meanwhile."""
    query = (
        select(people.c.id, people.c.email, roles.c.role, roles.c.sections, people.c.joined_at)
        .join(people, people.c.id == roles.c.person_id)
        .where(roles.c.wall_id.is_not_distinct_from(wall_id))
        .order_by(people.c.email)
    )
    rows = await connection.execute(query.with_for_update() if lock else query)
    return [Member(*row) for row in rows]


async def member(connection: AsyncConnection, wall_id: int | None, person_id: int) -> Member:
    """Somebody who has a role here.

    Raises:
        NotFound: they have none.
    """
    for one in await team(connection, wall_id):
        if one.person_id == person_id:
            return one
    raise NotFound(f"person {person_id} has no role on wall {wall_id}")


async def drop_role(connection: AsyncConnection, person_id: int, wall_id: int | None) -> None:
    """Take a role away; whoever has none left has no open links either."""
    where = (roles.c.person_id == person_id, roles.c.wall_id.is_not_distinct_from(wall_id))
    await connection.execute(delete(roles).where(*where))
    left = select(roles.c.id).where(roles.c.person_id == person_id).limit(1)
    if (await connection.execute(left)).first() is None:
        await connection.execute(delete(sign_in_links).where(sign_in_links.c.person_id == person_id))


async def actors_of_sessions(
    connection: AsyncConnection, asked: Collection[tuple[str, int]]
) -> dict[tuple[str, int], Actor]:
    """Who each of these sessions (by digest) is on its wall; one that is over is left out."""
    query = select(sessions.c.digest, sessions.c.person_id.label("person"), *roles.c)
    query = query.outerjoin(roles, roles.c.person_id == sessions.c.person_id)
    query = query.where(sessions.c.digest.in_({key for key, _ in asked}), sessions.c.expires_at > now())
    found: dict[str, list[Row[Any]]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.digest, []).append(row)
    return {
        (key, wall_id): _actor([row for row in rows if row.role], rows[0].person, wall_id)
        for key, wall_id in asked
        if (rows := found.get(key))
    }


async def emails_of(connection: AsyncConnection, person_ids: Collection[int]) -> dict[int, str]:
    """The addresses of several people, by their number."""
    query = select(people.c.id, people.c.email).where(people.c.id.in_(person_ids))
    return {row.id: row.email for row in await connection.execute(query)}


async def set_password(connection: AsyncConnection, person_id: int, hashed: str) -> None:
    await connection.execute(update(people).where(people.c.id == person_id).values(password=hashed))
