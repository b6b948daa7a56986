"""A contact says whether moderators entered it; of those that wait nobody knows, so that their authors see none."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("contact", sa.Column("by_team", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE contact SET by_team = other")
