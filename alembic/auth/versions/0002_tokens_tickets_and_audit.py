"""Create personal access tokens, stream tickets and the audit log; sessions learn where they are used."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"

TIMESTAMPTZ = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Create them."""
    op.add_column("sessions", sa.Column("last_used_at", TIMESTAMPTZ, server_default=sa.func.now(), nullable=False))
    for name in ("network", "address", "user_agent"):
        op.add_column("sessions", sa.Column(name, sa.Text()))
    op.drop_index("ix_sessions_user_id", "sessions")
    op.create_index("ix_sessions_user_id_network", "sessions", ["user_id", "network"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "personal_tokens",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", TIMESTAMPTZ, server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", TIMESTAMPTZ),
        sa.Column("last_used_at", TIMESTAMPTZ),
        sa.PrimaryKeyConstraint("id", name="pk_personal_tokens"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_personal_tokens_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_personal_tokens_user_id", "personal_tokens", ["user_id"])
    op.create_index("uq_personal_tokens_hash", "personal_tokens", ["hash"], unique=True)
    op.create_table(
        "stream_tickets",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", TIMESTAMPTZ, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_stream_tickets"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_stream_tickets_session_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_stream_tickets_session_id", "stream_tickets", ["session_id"])
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", TIMESTAMPTZ, server_default=sa.func.now(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("username", sa.Text()),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("actor", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("user_agent", sa.Text()),
        sa.Column("request_id", sa.Text()),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    op.create_index("ix_audit_log_user_id_id", "audit_log", ["user_id", "id"])
    op.create_index("ix_audit_log_actor_id_id", "audit_log", ["actor_id", "id"])
    op.create_index("ix_audit_log_event_id", "audit_log", ["event", "id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("audit_log", "stream_tickets", "personal_tokens"):
        op.drop_table(table)
    op.drop_index("ix_sessions_expires_at", "sessions")
    op.drop_index("ix_sessions_user_id_network", "sessions")
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    for name in ("user_agent", "address", "network", "last_used_at"):
        op.drop_column("sessions", name)
