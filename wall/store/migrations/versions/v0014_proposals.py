"""Proposed changes and reports, until a moderator has decided."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0003"

key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", key, nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("card_id", key, nullable=False),
        sa.Column("kind", key, nullable=False),
        sa.Column("status", key, nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("reason", key, nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", key, nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"]),
        sa.ForeignKeyConstraint(["wall_id"], ["wall.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("wall_id", "card_id"):
        op.create_index(f"ix_proposal_{column}", "proposal", [column])
