"""Create the mail room: accounts, folders, messages, attachments, batches and deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.services.email.models import WORDS

revision: str = "0009"
down_revision: str | None = "0008"

MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "email_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("smtp", postgresql.JSONB()),
        sa.Column("imap", postgresql.JSONB()),
        sa.Column("folders", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("synced_at", MOMENT),
        sa.Column("sync_error", sa.Text()),
        sa.Column("lease_until", MOMENT),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("next_send_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_email_accounts"),
    )
    op.create_index("ix_email_accounts_owner_id", "email_accounts", ["owner_id"])
    op.create_table(
        "email_folders",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("mod_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_email_folders"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["email_accounts.id"], name="fk_email_folders_account_id", ondelete="CASCADE"
        ),
    )
    op.create_index("uq_email_folders_account_id_name", "email_folders", ["account_id", "name"], unique=True)
    create_messages()
    create_batches()


def create_messages() -> None:
    """Create the tables of what is read."""
    op.create_table(
        "email_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("folder_id", sa.BigInteger()),
        sa.Column("uid", sa.BigInteger()),
        sa.Column("outgoing", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("replies_to", sa.Text()),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("seen_pending", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), sa.Computed(WORDS, persisted=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_email_messages"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["email_accounts.id"], name="fk_email_messages_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["email_folders.id"], name="fk_email_messages_folder_id", ondelete="CASCADE"
        ),
    )
    op.create_index("uq_email_messages_folder_id_uid", "email_messages", ["folder_id", "uid"], unique=True)
    op.create_index("ix_email_messages_owner_id_sent_at", "email_messages", ["owner_id", sa.text("sent_at DESC")])
    op.create_index("ix_email_messages_account_id_message_id", "email_messages", ["account_id", "message_id"])
    op.create_index("ix_email_messages_account_id_replies_to", "email_messages", ["account_id", "replies_to"])
    op.create_index("ix_email_messages_words", "email_messages", ["words"], postgresql_using="gin")
    op.create_table(
        "email_attachments",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_email_attachments"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["email_messages.id"], name="fk_email_attachments_message_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_email_attachments_message_id", "email_attachments", ["message_id"])
    op.create_index("ix_email_attachments_owner_id", "email_attachments", ["owner_id"])


def create_batches() -> None:
    """Create the tables of what is sent to many."""
    op.create_table(
        "email_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text()),
        sa.Column("state", sa.Text(), server_default=sa.text("'sending'"), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("retry_at", MOMENT),
        sa.Column("lease_until", MOMENT),
        sa.Column("lease_owner", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_email_batches"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["email_accounts.id"], name="fk_email_batches_account_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_email_batches_owner_id", "email_batches", ["owner_id"])
    op.create_index("ix_email_batches_state", "email_batches", ["state"], postgresql_where=sa.text("state = 'sending'"))
    op.create_table(
        "email_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("sent_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_email_deliveries"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["email_batches.id"], name="fk_email_deliveries_batch_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "uq_email_deliveries_batch_id_recipient", "email_deliveries", ["batch_id", "recipient"], unique=True
    )
    op.create_index("ix_email_deliveries_batch_id_state_id", "email_deliveries", ["batch_id", "state", "id"])


def downgrade() -> None:
    """Drop them."""
    for table in (
        "email_deliveries",
        "email_batches",
        "email_attachments",
        "email_messages",
        "email_folders",
        "email_accounts",
    ):
        op.drop_table(table)
