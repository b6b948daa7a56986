"""People who sign in: moderators and operators, their roles, sessions and one-time links."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from wall.model.types import ByteString, Moment


class Person(SQLModel):
    """Somebody who signs in; without a password only by one-time links."""

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(sa_type=ByteString, unique=True)
    password: str = ""
    created_at: datetime = Field(sa_type=Moment)
    joined_at: datetime | None = Field(default=None, sa_type=Moment)  # first signed in


class PersonRow(Person, table=True):
    __tablename__ = "person"
    __table_args__ = {"sqlite_autoincrement": True}  # nobody gets the number of an erased account


class Role(SQLModel, table=True):
    """What a person may do on one wall; without a wall it counts for the whole instance (operator).

    With `sections` (their ids) a moderator has to do with these only.
    """

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("person_id", "wall_id"),)
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    wall_id: int | None = Field(default=None, foreign_key="wall.id")
    role: str = Field(sa_type=ByteString)
    sections: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class Session(SQLModel):
    """A signed-in browser; only the hash of its cookie is kept."""

    digest: str = Field(sa_type=ByteString, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    device: str = ""  # browser and system in a word each
    seen_at: datetime | None = Field(default=None, sa_type=Moment)  # to the day


class SessionRow(Session, table=True):
    __tablename__ = "session"


class SignInLink(SQLModel, table=True):
    """A one-time link; only the hash of its token is kept."""

    __tablename__ = "sign_in_link"
    digest: str = Field(sa_type=ByteString, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    expires_at: datetime = Field(sa_type=Moment)


class SecondStep(SQLModel):
    """A code from an app, asked for after password or link. The secret itself is not kept: it is made of `seed` and
    SECRET_KEY. `last_step` is the half minute whose code was used last."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    seed: str
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    last_step: int = Field(default=0, sa_type=BigInteger)
    failures: int = 0
    failed_at: datetime | None = Field(default=None, sa_type=Moment)


class SecondStepRow(SecondStep, table=True):
    __tablename__ = "second_step"


class RecoveryCode(SQLModel, table=True):
    """Opens once where the app is lost; only its hash is kept."""

    __tablename__ = "recovery_code"
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    digest: str = Field(sa_type=ByteString, primary_key=True)


people: Table = SQLModel.metadata.tables["person"]
roles: Table = SQLModel.metadata.tables["role"]
sessions: Table = SQLModel.metadata.tables["session"]
sign_in_links: Table = SQLModel.metadata.tables["sign_in_link"]
second_steps: Table = SQLModel.metadata.tables["second_step"]
recovery_codes: Table = SQLModel.metadata.tables["recovery_code"]
