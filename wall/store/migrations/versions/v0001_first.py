"""The first schema: walls, cards, changes, snapshots, receipts and people."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Compared by code unit on both databases, as Python and the browser compare.
key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", key, nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "wall",
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("intro", sa.String(length=1000), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("language", key, nullable=False),
        sa.Column("address", key, nullable=False),
        sa.Column("phase", key, nullable=False),
        sa.Column("moderation", key, nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("accent", sa.Integer(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("districts", sa.JSON(), nullable=False),
        sa.Column("contact", sa.String(length=300), nullable=False),
        sa.Column("credits", sa.String(length=4000), nullable=False),
        sa.Column("imprint", sa.String(length=10000), nullable=False),
        sa.Column("privacy", sa.String(length=20000), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", key, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("epoch", key, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "card",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=1500), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("districts", sa.JSON(), nullable=False),
        sa.Column("meeting", sa.String(length=200), nullable=False),
        sa.Column("website", sa.String(length=500), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("offers", sa.String(length=500), nullable=False),
        sa.Column("seeks", sa.String(length=500), nullable=False),
        sa.Column("newcomers", key, nullable=False),
        sa.Column("id", key, nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("status", key, nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("position", key, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("pinned_at_revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["wall_id"],
            ["wall.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("card_place", "card", ["wall_id", "section", "position"], unique=False)
    op.create_table(
        "change",
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", key, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", key, nullable=False),
        sa.Column("actor", key, nullable=False),
        sa.Column("card", sa.JSON(), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=True),
        sa.Column("was", sa.JSON(), nullable=False),
        sa.Column("card_id", key, nullable=True),
        sa.ForeignKeyConstraint(
            ["wall_id"],
            ["wall.id"],
        ),
        sa.PrimaryKeyConstraint("wall_id", "revision"),
    )
    op.create_index(op.f("ix_change_card_id"), "change", ["card_id"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("key", key, nullable=False),
        sa.Column("digest", key, nullable=False),
        sa.Column("card_id", key, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wall_id"],
            ["wall.id"],
        ),
        sa.PrimaryKeyConstraint("wall_id", "key"),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=True),
        sa.Column("role", key, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.ForeignKeyConstraint(
            ["wall_id"],
            ["wall.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "wall_id"),
    )
    op.create_index(op.f("ix_role_person_id"), "role", ["person_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("digest", key, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
    op.create_table(
        "sign_in_link",
        sa.Column("digest", key, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("epoch", key, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wall_id"],
            ["wall.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_snapshot_wall_id"), "snapshot", ["wall_id"], unique=False)
    op.create_table(
        "edit_link",
        sa.Column("card_id", key, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["card.id"],
        ),
        sa.PrimaryKeyConstraint("card_id"),
    )
