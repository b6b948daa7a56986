"""A contact says which of its parts moderators entered: these its card's author does not see before everybody does."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("contact", sa.Column("from_team", key, nullable=False, server_default=""))
    op.execute("UPDATE contact SET from_team = 'name email phone' WHERE by_team")
    op.drop_column("contact", "by_team")
