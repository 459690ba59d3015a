"""Create the shelf, and what a source tells of its pause, its checkout and its work."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC, SPARSEVEC
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"

TEXTS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    """Create the shelf; add the columns of a source."""
    op.create_table(
        "shelved_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("chunker", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("shelved_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shelved_files"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_shelved_files_source_id", ondelete="CASCADE"),
    )
    op.create_index("ix_shelved_files_source_id_path_hash", "shelved_files", ["source_id", "path", "hash"], unique=True)
    op.create_index("ix_shelved_files_shelved_at", "shelved_files", ["shelved_at"])
    op.create_table(
        "shelved_chunks",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("start_line", sa.Integer(), nullable=False),
        sa.Column("end_line", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("defines", TEXTS, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("embedding", HALFVEC(256), nullable=False),
        sa.Column("terms", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("weights", SPARSEVEC(1_000_000_000), nullable=False),
        sa.PrimaryKeyConstraint("file_id", "number", name="pk_shelved_chunks"),
        sa.ForeignKeyConstraint(
            ["file_id"], ["shelved_files.id"], name="fk_shelved_chunks_file_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "shelved_symbols",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("qualified", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("end_line", sa.Integer(), nullable=False),
        sa.Column("parts", TEXTS, nullable=False),
        sa.PrimaryKeyConstraint("file_id", "number", name="pk_shelved_symbols"),
        sa.ForeignKeyConstraint(
            ["file_id"], ["shelved_files.id"], name="fk_shelved_symbols_file_id", ondelete="CASCADE"
        ),
    )
    op.add_column("sources", sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("sources", sa.Column("branch", sa.Text()))
    op.add_column("sources", sa.Column("commit", sa.Text()))
    op.add_column("sources", sa.Column("embedded", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("sources", sa.Column("reused", sa.BigInteger(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    """Drop them."""
    for column in ("reused", "embedded", "commit", "branch", "paused"):
        op.drop_column("sources", column)
    for table in ("shelved_symbols", "shelved_chunks", "shelved_files"):
        op.drop_table(table)
