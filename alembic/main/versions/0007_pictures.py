"""Create the pictures: what a model that sees embeds, and another one may embed again."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "pictures",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name="pk_pictures"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_pictures_file_id", ondelete="CASCADE"),
    )
    op.create_index("ix_pictures_hash", "pictures", ["hash"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("pictures")
