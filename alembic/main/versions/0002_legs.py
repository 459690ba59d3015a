"""Create the extra legs: which there are, how far each is, and the key their vectors are found by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"

TIMESTAMPTZ = postgresql.TIMESTAMP(timezone=True)

KEY = r"substr(sha256(convert_to(f.path || ' ' || coalesce(c.symbol, '') || E'\n' || c.text, 'UTF8')), 1, 16)"


def upgrade() -> None:
    """Create the tables, and give every chunk that is there its key."""
    op.add_column("chunks", sa.Column("key", sa.LargeBinary()))
    op.execute(f"UPDATE chunks c SET key = {KEY} FROM files f WHERE f.id = c.file_id")
    op.alter_column("chunks", "key", nullable=False)
    op.create_index("ix_chunks_key", "chunks", ["key"])
    op.create_index("ix_chunks_source_id", "chunks", ["source_id"])
    op.create_table(
        "legs",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer()),
        sa.Column("modalities", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("wanted_at", TIMESTAMPTZ, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_legs"),
        sa.UniqueConstraint("name", name="uq_legs_name"),
    )
    op.create_table(
        "leg_coverage",
        sa.Column("leg_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("leg_id", "source_id", name="pk_leg_coverage"),
        sa.ForeignKeyConstraint(["leg_id"], ["legs.id"], name="fk_leg_coverage_leg_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_leg_coverage_source_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop them, with the tables of vectors that were made while running."""
    for leg in op.get_bind().scalars(sa.text("SELECT id FROM legs")).all():
        op.execute(f"DROP TABLE IF EXISTS leg_{leg:d}")
    op.drop_table("leg_coverage")
    op.drop_table("legs")
    op.drop_index("ix_chunks_source_id", "chunks")
    op.drop_index("ix_chunks_key", "chunks")
    op.drop_column("chunks", "key")
