"""The number of an account that was erased is never given out again: the history still says who did what by it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0012"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":  # PostgreSQL's sequences only ever go on
        return
    with op.batch_alter_table("person", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
        pass
    assert connection.execute(sa.text("PRAGMA foreign_key_check")).first() is None, "a row refers to nobody"
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'person'"))
    highest = """
        INSERT INTO sqlite_sequence (name, seq) SELECT 'person', max(number) FROM (
            SELECT coalesce(max(id), 0) AS number FROM person
            UNION ALL SELECT coalesce(max(CAST(substr(actor, instr(actor, ':') + 1) AS INTEGER)), 0)
            FROM change WHERE instr(actor, ':') > 0
        )
    """
    connection.execute(sa.text(highest))
