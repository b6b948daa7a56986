"""Files that are being brought in, until they are pinned or an hour old."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", key, nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("stage", key, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.Column("come", sa.Integer(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["wall_id"], ["wall.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_upload_wall_id", "upload", ["wall_id"])
