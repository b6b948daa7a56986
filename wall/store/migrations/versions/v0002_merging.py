"""Cards that were merged know the card they lead to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0006"

key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("card", sa.Column("merged_into", key, nullable=False, server_default=""))
