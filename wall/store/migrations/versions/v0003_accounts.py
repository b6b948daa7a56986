"""Moderators of some sections, when people joined, devices of sessions, the second step of signing in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0008"

key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("role", sa.Column("sections", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("person", sa.Column("joined_at", sa.BigInteger(), nullable=True))
    op.add_column("session", sa.Column("device", sa.String(), nullable=False, server_default=""))
    op.add_column("session", sa.Column("seen_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "second_step",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("digest", key, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("person_id", "digest"),
    )
