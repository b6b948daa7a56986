"""Who has which role: inviting people, changing what they may do, taking it away. No wall stays without an owner."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from wall.errors import Complaint, Invalid, LastOne
from wall.model.roles import Actor, Role
from wall.model.wall import Wall
from wall.store import boards, people
from wall.store.database import Database
from wall.text import address_of

ON_A_WALL: tuple[Role, ...] = ("moderator", "owner")


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody with a role, and the token of the one-time link that lets them in."""

    person_id: int
    email: str
    role: Role
    token: str


def _checked(wall: Wall | None, role: str, sections: Sequence[str]) -> tuple[Role, list[str] | None]:
    """A role that can be given here, and the sections it is limited to.

    Raises:
        Invalid: there is no such role, or the wall has no such section.
    """
    if wall is None:
        if role != "operator":
            raise Invalid([Complaint("role", "not_a_choice")])
        return "operator", None
    known: Role | None = next((each for each in ON_A_WALL if each == role), None)
    if known is None:
        raise Invalid([Complaint("role", "not_a_choice")])
    if any(wall.section(section) is None for section in sections):
        raise Invalid([Complaint("sections", "not_a_choice")])
    return known, list(dict.fromkeys(sections)) if sections and known == "moderator" else None


async def _spare(connection: AsyncConnection, wall: Wall | None, person_id: int, actor: Actor) -> None:
    """Refuse to take away the last one who could give it back. The wall is locked: of two who go at once one stays.

    Raises:
        LastOne: this person leads the wall, or the instance, alone.
    """
    wall_id = None if wall is None else wall.key
    if wall_id is not None:
        await boards.lock_wall(connection, wall_id)
    top: Role = "operator" if wall is None else "owner"
    held = [one for one in await people.team(connection, wall_id, lock=wall is None) if one.role == top]
    if [one.person_id for one in held] == [person_id] and (wall is None or not actor.may("operate")):
        raise LastOne(f"person {person_id} is the last {top}")


async def invite(
    database: Database, wall: Wall | None, email: str, role: str, sections: Sequence[str], actor: Actor
) -> Invited:
    """Give somebody a role, in place of one they have here, and make the link of their invitation.

    Raises:
        Invalid: there is no such address, role or section.
        LastOne: they lead the wall alone and would no longer.
    """
    address = address_of(email)
    if not address:
        raise Invalid([Complaint("email", "not_an_address")])
    given, limited = _checked(wall, role, sections)

    async def job(connection: AsyncConnection) -> Invited:
        known = await people.person_by_email(connection, address)
        if known is not None and known.id is not None and given == "moderator":
            await _spare(connection, wall, known.id, actor)
        person_id = await people.invite(connection, address, wall, given, limited)
        return Invited(person_id, address, given, await people.new_link(connection, person_id))

    return await database.write(job)


async def invite_again(database: Database, wall: Wall | None, person_id: int) -> Invited:
    """A new link for somebody who has a role here.

    Raises:
        NotFound: they have none.
    """

    async def job(connection: AsyncConnection) -> Invited:
        one = await people.member(connection, None if wall is None else wall.key, person_id)
        return Invited(person_id, one.email, one.role, await people.new_link(connection, person_id))

    return await database.write(job)


async def change(
    database: Database, wall: Wall, person_id: int, role: str, sections: Sequence[str], actor: Actor
) -> None:
    """Let somebody do more or less on this wall.

    Raises:
        NotFound: they have no role here.
        Invalid: there is no such role or section.
        LastOne: they lead the wall alone and would no longer.
    """
    given, limited = _checked(wall, role, sections)

    async def job(connection: AsyncConnection) -> None:
        one = await people.member(connection, wall.key, person_id)
        if given == "moderator":
            await _spare(connection, wall, person_id, actor)
        await people.invite(connection, one.email, wall, given, limited)

    await database.write(job)


async def revoke(database: Database, wall: Wall | None, person_id: int, actor: Actor) -> None:
    """Take somebody's role away; links they have not used yet are void where no other role is left.

    Raises:
        NotFound: they have no role here.
        LastOne: they lead the wall, or the instance, alone.
    """

    async def job(connection: AsyncConnection) -> None:
        wall_id = None if wall is None else wall.key
        await people.member(connection, wall_id, person_id)
        await _spare(connection, wall, person_id, actor)
        await people.drop_role(connection, person_id, wall_id)

    await database.write(job)
