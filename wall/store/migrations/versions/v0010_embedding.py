"""Which other sites may show a wall in a frame."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("wall", sa.Column("embed_origins", sa.JSON(), nullable=False, server_default="[]"))
