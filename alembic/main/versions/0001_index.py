"""Create the index: sources, files, chunks and the two built-in legs."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC, SPARSEVEC
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None

TIMESTAMPTZ = postgresql.TIMESTAMP(timezone=True)
EMPTY = sa.text("'{}'")


def upgrade() -> None:
    """Create the index."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public")
    create_sources()
    create_files()
    create_chunks()
    create_legs()


def create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text()),
        sa.Column("include", postgresql.ARRAY(sa.Text()), server_default=EMPTY, nullable=False),
        sa.Column("exclude", postgresql.ARRAY(sa.Text()), server_default=EMPTY, nullable=False),
        sa.Column("watch", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("owner_id", sa.Uuid()),
        sa.Column("visibility", sa.Text(), server_default=sa.text("'shared'"), nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("scan_requested", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("scan_finished", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("scanning", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("created_at", TIMESTAMPTZ, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("name", name="uq_sources_name"),
        sa.UniqueConstraint("path", name="uq_sources_path"),
    )


def create_files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("indexed_hash", sa.LargeBinary()),
        sa.Column("chunker", sa.Text()),
        sa.Column("model", sa.Text()),
        sa.Column("chunks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", TIMESTAMPTZ),
        sa.Column("retry_at", TIMESTAMPTZ),
        sa.Column("changed_at", TIMESTAMPTZ, server_default=sa.func.now(), nullable=False),
        sa.Column("indexed_at", TIMESTAMPTZ),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_files_source_id", ondelete="CASCADE"),
    )
    op.create_index("ix_files_source_id_path", "files", ["source_id", "path"], unique=True)
    op.create_index(
        "ix_files_work", "files", [sa.text("changed_at DESC")], postgresql_where=sa.text("state = 'pending'")
    )
    op.create_index(
        "ix_files_lease_owner", "files", ["lease_owner"], postgresql_where=sa.text("lease_owner IS NOT NULL")
    )
    op.create_table(
        "file_texts",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name="pk_file_texts"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_file_texts_file_id", ondelete="CASCADE"),
    )


def create_chunks() -> None:
    op.create_table(
        "chunks",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("start_line", sa.Integer(), nullable=False),
        sa.Column("end_line", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("defines", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chunks"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_chunks_file_id", ondelete="CASCADE"),
    )
    op.create_index("ix_chunks_file_id", "chunks", ["file_id"])


def create_legs() -> None:
    to_chunk = {"columns": ["chunk_id"], "refcolumns": ["chunks.id"], "ondelete": "CASCADE"}
    op.create_table(
        "chunk_vectors",
        sa.Column("chunk_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("embedding", HALFVEC(256), nullable=False),
        sa.PrimaryKeyConstraint("chunk_id", name="pk_chunk_vectors"),
        sa.ForeignKeyConstraint(**to_chunk, name="fk_chunk_vectors_chunk_id"),
    )
    op.create_index("ix_chunk_vectors_source_id", "chunk_vectors", ["source_id"])
    op.create_table(
        "chunk_terms",
        sa.Column("chunk_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("weights", SPARSEVEC(1_000_000_000), nullable=False),
        sa.PrimaryKeyConstraint("chunk_id", name="pk_chunk_terms"),
        sa.ForeignKeyConstraint(**to_chunk, name="fk_chunk_terms_chunk_id"),
    )
    op.create_index("ix_chunk_terms_terms", "chunk_terms", ["terms"], postgresql_using="gin")
    op.create_table(
        "term_statistics",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("documents", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="pk_term_statistics"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_term_statistics_source_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop the index; the extension stays, as others may use it."""
    for table in ("term_statistics", "chunk_terms", "chunk_vectors", "chunks", "file_texts", "files", "sources"):
        op.drop_table(table)
