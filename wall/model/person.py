"""People who sign in: moderators and operators, their roles, sessions and one-time links."""

from datetime import datetime

from sqlalchemy import Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from wall.model.types import ByteString, Moment


class Person(SQLModel):
    """Somebody who signs in; without a password only by one-time links."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(sa_type=ByteString, unique=True)
    password: str = ""
    created_at: datetime = Field(sa_type=Moment)


class PersonRow(Person, table=True):
    __tablename__ = "person"


class Role(SQLModel, table=True):
    """What a person may do on one wall; without a wall it counts for the whole instance (operator)."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("person_id", "wall_id"),)
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    wall_id: int | None = Field(default=None, foreign_key="wall.id")
    role: str = Field(sa_type=ByteString)


class Session(SQLModel, table=True):
    """A signed-in browser; only the hash of its cookie is kept."""

    __tablename__ = "session"
    digest: str = Field(sa_type=ByteString, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)


class SignInLink(SQLModel, table=True):
    """A one-time link; only the hash of its token is kept."""

    __tablename__ = "sign_in_link"
    digest: str = Field(sa_type=ByteString, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    expires_at: datetime = Field(sa_type=Moment)


people: Table = SQLModel.metadata.tables["person"]
roles: Table = SQLModel.metadata.tables["role"]
sessions: Table = SQLModel.metadata.tables["session"]
sign_in_links: Table = SQLModel.metadata.tables["sign_in_link"]
