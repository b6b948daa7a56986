"""Alembic migrations; `wall serve` and `wall demo` run them, `wall migrate` does only that."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from wall.store.database import Database


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest revision; does nothing where it is there already."""
    script = ScriptDirectory.from_config(_config())
    if MigrationContext.configure(connection).get_current_revision() != script.get_current_head():
        command.upgrade(_config(connection), "head")


async def migrate(database: Database) -> None:
    """Run what is missing; processes that start together take turns."""
    await database.migrate(upgrade)
