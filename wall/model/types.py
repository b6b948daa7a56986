"""Column types that mean the same in SQLite and PostgreSQL."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import BigInteger, Dialect, String
from sqlalchemy.types import TypeDecorator

M = TypeVar("M", bound=BaseModel)
_NO_FIELDS: set[str] = set()
MONTH = timedelta(days=30.44)
ZONE = ZoneInfo("Europe/Berlin")  # whose clock people on the wall go by

# Keys are compared by code unit, as the browser and Python do; a PostgreSQL locale would sort "a" before "Z".
ByteString = String().with_variant(String(collation="C"), "postgresql")


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole milliseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else round(value.timestamp() * 1000)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


def now() -> datetime:
    """The time, cut to whole milliseconds so that what is stored equals what is in memory."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def built(cls: type[M], values: dict[str, Any]) -> M:
    """An object of values that are complete and known to be right, which it takes over.

    `model_construct` without its search for defaults and aliases: a tenth of the time, several times on every pin.
    """
    made: M = cls.__new__(cls)
    object.__setattr__(made, "__dict__", values)
    return made


def shares_names(cls: type[M]) -> type[M]:
    """A class whose `settled` objects share the table of their attributes' names.

    Python fills that table while the first few objects are made and then lets nobody in any more; those that pydantic
    makes leave it empty. So the first one is made here, before anybody else can.
    """
    settled(cls, dict.fromkeys(cls.model_fields))
    return cls


def settled(cls: type[M], values: Mapping[str, Any]) -> M:
    """An object of values that are complete and known to be right, slim enough to stay in memory by the ten thousand.

    Set one by one, attributes need no table of names of their own; the set of the fields that were given, which nobody
    asks for, is one for all.
    """
    made = object.__new__(cls)
    for name in cls.model_fields:
        object.__setattr__(made, name, values[name])
    object.__setattr__(made, "__pydantic_fields_set__", _NO_FIELDS)
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


def altered(model: M, **update: Any) -> M:
    """A copy with some values replaced by others that are known to be right."""
    return built(type(model), model.__dict__ | update)
