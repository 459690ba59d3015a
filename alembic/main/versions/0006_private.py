"""Let names and directories be unique among what is shared, and among what one owner keeps private."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"

SHARED = sa.text("visibility = 'shared'")
PRIVATE = sa.text("visibility = 'private'")


def upgrade() -> None:
    """Replace the two constraints by four."""
    op.drop_constraint("uq_sources_name", "sources")
    op.drop_constraint("uq_sources_path", "sources")
    op.create_check_constraint("private_has_owner", "sources", "visibility = 'shared' OR owner_id IS NOT NULL")
    op.create_index("ix_sources_shared_name", "sources", ["name"], unique=True, postgresql_where=SHARED)
    op.create_index("ix_sources_shared_path", "sources", ["path"], unique=True, postgresql_where=SHARED)
    op.create_index("ix_sources_own_name", "sources", ["owner_id", "name"], unique=True, postgresql_where=PRIVATE)
    op.create_index("ix_sources_own_path", "sources", ["owner_id", "path"], unique=True, postgresql_where=PRIVATE)


def downgrade() -> None:
    """Put them back, without what is private: before, everybody saw everything."""
    op.execute("DELETE FROM sources WHERE visibility = 'private'")
    for name in ("own_path", "own_name", "shared_path", "shared_name"):
        op.drop_index(f"ix_sources_{name}", "sources")
    op.drop_constraint("ck_sources_private_has_owner", "sources")
    op.create_unique_constraint("uq_sources_path", "sources", ["path"])
    op.create_unique_constraint("uq_sources_name", "sources", ["name"])
