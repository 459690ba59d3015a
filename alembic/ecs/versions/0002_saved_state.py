"""Save the state of worlds, and the results of inputs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"

NONE = sa.text("0")


def new_of_worlds() -> list[sa.Column[Any]]:
    return [
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("last_input", sa.BigInteger(), server_default=NONE, nullable=False),
        sa.Column("applied", sa.BigInteger(), server_default=NONE, nullable=False),
        sa.Column("tick", sa.BigInteger(), server_default=NONE, nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=NONE, nullable=False),
        sa.Column("layout", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("real_speed", sa.Double(), server_default=NONE, nullable=False),
        sa.Column("tick_ms", sa.Double(), server_default=NONE, nullable=False),
        sa.Column("saved_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
    ]


def new_of_inputs() -> list[sa.Column[Any]]:
    return [
        sa.Column("caller", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
    ]


def upgrade() -> None:
    """Add what is saved; before this revision nothing wrote worlds or inputs."""
    for column in new_of_worlds():
        op.add_column("worlds", column)
    op.drop_constraint("uq_worlds_name", "worlds")
    op.drop_column("worlds", "name")
    op.create_index("uq_worlds_active", "worlds", ["active"], unique=True, postgresql_where=sa.text("active"))
    for column in new_of_inputs():
        op.add_column("inputs", column)
    op.drop_column("inputs", "version")
    op.alter_column("inputs", "tick", existing_type=sa.BigInteger(), nullable=True)
    op.create_table(
        "blocks",
        sa.Column("world_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("world_id", "name", "block", name="pk_blocks"),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name="fk_blocks_world_id", ondelete="CASCADE"),
    )
    # Numbers do not shrink much, and trying takes 5 ms for a megabyte; room in the pages keeps updates in place.
    op.execute("ALTER TABLE blocks ALTER COLUMN content SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE blocks SET (fillfactor = 50)")


def downgrade() -> None:
    """Take it back; logs of this revision cannot be kept, as the one before knows neither results nor open inputs."""
    op.drop_table("blocks")
    op.execute("TRUNCATE worlds CASCADE")
    op.alter_column("inputs", "tick", existing_type=sa.BigInteger(), nullable=False)
    op.add_column("inputs", sa.Column("version", sa.Integer(), nullable=False))
    for column in new_of_inputs():
        op.drop_column("inputs", column.name)
    op.drop_index("uq_worlds_active", "worlds")
    op.add_column("worlds", sa.Column("name", sa.Text(), nullable=False))
    op.create_unique_constraint("uq_worlds_name", "worlds", ["name"])
    for column in new_of_worlds():
        op.drop_column("worlds", column.name)
