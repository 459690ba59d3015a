"""Create the jobs of ComfyUI and the workflows that are kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"

TIME = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Create both."""
    op.create_table(
        "comfy_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("images", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", TIME, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comfy_jobs"),
    )
    op.create_index("ix_comfy_jobs_owner_id", "comfy_jobs", ["owner_id", "created_at"])
    op.create_table(
        "comfy_workflows",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("graph", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", TIME, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", TIME, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comfy_workflows"),
        sa.UniqueConstraint("owner_id", "name", name="uq_comfy_workflows_owner_id_name"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("comfy_workflows")
    op.drop_table("comfy_jobs")
