"""Alembic migrations; `wall serve` and `wall demo` run them, `wall migrate` does only that."""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from wall.store.database import Database

HERE = Path(__file__).parent
REVISION = re.compile(r"^(down_)?revision = (?:\"(.+)\"|None)$", re.MULTILINE)


def newest() -> str:
    """The revision that no other one follows."""
    found = [match for file in HERE.glob("versions/v*.py") for match in REVISION.findall(file.read_text("utf-8"))]
    (head,) = {name for down, name in found if not down} - {name for down, name in found if down}
    return str(head)


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision; does nothing where it is there already."""
    known = inspect(connection).has_table("alembic_version")
    if known and connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest()]:
        return
    # Only here: with all it brings along it takes 10 MB, for something that is hardly ever to be done.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def migrate(database: Database) -> None:
    """Run what is missing; processes that start together take turns."""
    await database.migrate(upgrade)
