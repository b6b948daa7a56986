"""Many rows into one table in one statement, without SQLAlchemy's work for each of them.

The statement is Core's; its text and the types' converters are looked up once per kind of database. A pin writes three
rows; Core's own `execute(insert(table), rows)` takes several times as long for them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Dialect, Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

Columns = list[tuple[str, Any]]  # name, and what makes the driver's value of ours, if anything has to


class Rows:
    """Inserts rows that hold a value for every column given."""

    def __init__(self, table: Table, *, without: tuple[str, ...] = ()) -> None:
        self._table = table
        self._columns = [column for column in table.c if column.name not in without]
        self._known: dict[str, tuple[str, Columns]] = {}

    def _for(self, dialect: Dialect) -> tuple[str, Columns]:
        known = self._known.get(dialect.name)
        if known is None:
            statement = str(insert(self._table).compile(dialect=dialect, column_keys=[c.name for c in self._columns]))
            converters = [(c.name, c.type.dialect_impl(dialect).bind_processor(dialect)) for c in self._columns]
            known = self._known[dialect.name] = statement, converters
        return known

    async def add(self, connection: AsyncConnection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows, each a value by column name; none is fine too."""
        statement, columns = self._for(connection.dialect)
        written = [tuple([convert(row[n]) if convert else row[n] for n, convert in columns]) for row in rows]
        if written:
            await connection.exec_driver_sql(statement, written)
