"""Contacts in a table of their own, and how long a wall keeps what nobody needs any more."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0001"

key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", key, nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("name_for", key, nullable=False),
        sa.Column("email_for", key, nullable=False),
        sa.Column("phone_for", key, nullable=False),
        sa.Column("card_id", key, nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("other", sa.Boolean(), nullable=False),
        sa.Column("consent", key, nullable=False),
        sa.Column("consented_at", sa.BigInteger(), nullable=True),
        sa.Column("consented_by", key, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"]),
        sa.ForeignKeyConstraint(["wall_id"], ["wall.id"]),
        sa.PrimaryKeyConstraint("card_id"),
    )
    for column in ("email", "wall_id"):
        op.create_index(f"ix_contact_{column}", "contact", [column])
    op.add_column("wall", sa.Column("contact_months", sa.Integer(), nullable=False, server_default="12"))
    op.add_column("wall", sa.Column("rejected_days", sa.Integer(), nullable=False, server_default="90"))
