"""Plans: when a wall goes into another phase by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0002"

key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "plan",
        sa.Column("wall_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("phase", key, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", key, nullable=False),
        sa.ForeignKeyConstraint(["wall_id"], ["wall.id"]),
        sa.PrimaryKeyConstraint("wall_id", "phase"),
    )
