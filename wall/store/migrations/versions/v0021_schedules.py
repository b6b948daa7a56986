"""A card's meeting may also be kept as fields, of which dates are made."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("card", sa.Column("schedule", sa.JSON(none_as_null=True), nullable=True))
