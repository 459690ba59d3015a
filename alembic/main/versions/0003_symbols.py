"""Create the symbols, and the signature of each text."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"

EVERYTHING = "decode(repeat('ff', 1024), 'hex')"
"""The signature of a text that may hold any trigram: what was read before is looked into until it is read again."""


def upgrade() -> None:
    """Create the symbols, and the signature of each text; files are indexed again for their symbols."""
    op.create_table(
        "symbols",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("qualified", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("end_line", sa.Integer(), nullable=False),
        sa.Column("parts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_symbols"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_symbols_file_id", ondelete="CASCADE"),
    )
    op.create_index("ix_symbols_file_id_line", "symbols", ["file_id", "line"])
    op.create_index("ix_symbols_folded", "symbols", ["folded"], postgresql_ops={"folded": "text_pattern_ops"})
    op.create_index("ix_symbols_parts", "symbols", ["parts"], postgresql_using="gin")
    op.add_column("file_texts", sa.Column("signature", sa.LargeBinary()))
    op.execute(f"UPDATE file_texts SET signature = {EVERYTHING}")
    op.alter_column("file_texts", "signature", nullable=False)
    op.execute("UPDATE files SET state = 'pending' WHERE state = 'indexed'")


def downgrade() -> None:
    """Drop them."""
    op.drop_column("file_texts", "signature")
    op.drop_table("symbols")
