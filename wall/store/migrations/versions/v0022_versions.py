"""A card's text may also be there in English and in Leichte Sprache."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    for name in ("english", "easy"):
        op.add_column("card", sa.Column(name, sa.String(), nullable=False, server_default=""))
