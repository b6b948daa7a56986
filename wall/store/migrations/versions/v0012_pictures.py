"""Cards may have a picture, and words that say what is to be seen on it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0014"

key = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("card", sa.Column("image", key, nullable=False, server_default=""))
    op.add_column("card", sa.Column("image_alt", sa.String(length=300), nullable=False, server_default=""))
