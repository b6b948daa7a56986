"""The pictures of a wall: its logo, and one above its title."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    for name in ("logo", "cover"):
        op.add_column("wall", sa.Column(name, key, nullable=False, server_default=""))
        op.add_column("wall", sa.Column(f"{name}_alt", sa.String(length=300), nullable=False, server_default=""))
