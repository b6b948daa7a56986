"""Whether cards still stand: how often a wall asks, and what was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0010"

key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "asking",
        sa.Column("card_id", key, nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("lapsed_at", sa.BigInteger(), nullable=True),
        sa.Column("link", key, nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"]),
        sa.ForeignKeyConstraint(["wall_id"], ["wall.id"]),
        sa.PrimaryKeyConstraint("card_id"),
    )
    for column in ("link", "wall_id"):
        op.create_index(f"ix_asking_{column}", "asking", [column])
    op.add_column("wall", sa.Column("confirm_months", sa.Integer(), nullable=False, server_default="12"))
    op.add_column("wall", sa.Column("lapse_months", sa.Integer(), nullable=False, server_default="3"))
