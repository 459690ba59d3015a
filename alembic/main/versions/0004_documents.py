"""Create the documents: title, metadata, picture and owner of what was sent in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "documents",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Uuid()),
        sa.Column("title", sa.Text()),
        sa.Column("picture", sa.LargeBinary()),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name="pk_documents"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_documents_file_id", ondelete="CASCADE"),
    )
    op.create_index("ix_documents_picture", "documents", ["picture"], postgresql_where=sa.text("picture IS NOT NULL"))


def downgrade() -> None:
    """Drop it, and the sources of documents: nothing could bring their files back."""
    op.drop_table("documents")
    op.execute("DELETE FROM sources WHERE path IS NULL")
