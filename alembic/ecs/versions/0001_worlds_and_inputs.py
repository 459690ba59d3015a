"""Create worlds and the log of their inputs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Create worlds and the log of their inputs."""
    op.create_table(
        "worlds",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worlds"),
        sa.UniqueConstraint("name", name="uq_worlds_name"),
    )
    op.create_table(
        "inputs",
        sa.Column("world_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("tick", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("world_id", "number", name="pk_inputs"),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name="fk_inputs_world_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("inputs")
    op.drop_table("worlds")
