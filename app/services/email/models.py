"""Tables of mail accounts, their mail, and what is sent to many."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    func,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MainBase

TIMESTAMPTZ = TIMESTAMP(timezone=True)

WORDS = (
    "setweight(to_tsvector('simple'::regconfig, left(subject, 1000)), 'A'::\"char\") || "
    "setweight(to_tsvector('simple'::regconfig, left(sender_name || ' '::text || sender || ' '::text || recipients, "
    "20000)), 'B'::\"char\") || to_tsvector('simple'::regconfig, left(text, 100000))"
)
"""What is searched. `simple`, as mail is in any language. A tsvector holds 1 MB at most: these lengths stay below it
also when every word is another."""


class Account(MainBase):
    """A mail account of one user.

    `smtp` and `imap` hold host, port, security and username; `secret` the passwords, encrypted with the key of the name
    `key`. `lease_until` is set while a process reads the mailbox; `next_send_at` paces what is sent in batches.
    """

    __tablename__ = "email_accounts"
    __table_args__ = (Index("ix_email_accounts_owner_id", "owner_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(Uuid)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text, server_default=sql("''"))
    smtp: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    imap: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    folders: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    key: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
    synced_at: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)
    sync_error: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)
    lease_owner: Mapped[str | None] = mapped_column(Text)
    next_send_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())


class Folder(MainBase):
    """How far a folder was read: up to `last_uid` of `uid_validity`; flags as of `mod_seq`, where there is one."""

    __tablename__ = "email_folders"
    __table_args__ = (Index("uq_email_folders_account_id_name", "account_id", "name", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("email_accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    uid_validity: Mapped[int] = mapped_column(BigInteger, server_default=sql("0"))
    last_uid: Mapped[int] = mapped_column(BigInteger, server_default=sql("0"))
    mod_seq: Mapped[int] = mapped_column(BigInteger, server_default=sql("0"))


class Message(MainBase):
    """A message that was read from a folder, or that we sent (then without a folder, until one shows it).

    `state` is `whole`, `large` (only its headers are known) or `unreadable`. `seen_pending`: that it was read, or not,
    is still to be told to the mail server. `recipients`: addresses, with ", " between.
    """

    __tablename__ = "email_messages"
    __table_args__ = (
        Index("uq_email_messages_folder_id_uid", "folder_id", "uid", unique=True),
        Index("ix_email_messages_owner_id_sent_at", "owner_id", sql("sent_at DESC")),
        Index("ix_email_messages_account_id_message_id", "account_id", "message_id"),
        Index("ix_email_messages_account_id_replies_to", "account_id", "replies_to"),
        Index("ix_email_messages_words", "words", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(Uuid)
    account_id: Mapped[int] = mapped_column(ForeignKey("email_accounts.id", ondelete="CASCADE"))
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("email_folders.id", ondelete="CASCADE"))
    uid: Mapped[int | None] = mapped_column(BigInteger)
    outgoing: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(Text)
    replies_to: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    sender: Mapped[str] = mapped_column(Text)
    sender_name: Mapped[str] = mapped_column(Text)
    recipients: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ)
    size: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[bool] = mapped_column(Boolean)
    seen_pending: Mapped[bool] = mapped_column(Boolean, server_default=sql("false"))
    flagged: Mapped[bool] = mapped_column(Boolean)
    answered: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(TSVECTOR, Computed(WORDS, persisted=True))


class Attachment(MainBase):
    """A file of a message, with its bytes: it can be downloaded while the mail server is away."""

    __tablename__ = "email_attachments"
    __table_args__ = (
        Index("ix_email_attachments_message_id", "message_id"),
        Index("ix_email_attachments_owner_id", "owner_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(Uuid)
    message_id: Mapped[int] = mapped_column(ForeignKey("email_messages.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Batch(MainBase):
    """One text to many. `state`: `sending`, `done` or `cancelled`; a lease while a process sends it."""

    __tablename__ = "email_batches"
    __table_args__ = (
        Index("ix_email_batches_owner_id", "owner_id"),
        Index("ix_email_batches_state", "state", postgresql_where=sql("state = 'sending'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(Uuid)
    account_id: Mapped[int] = mapped_column(ForeignKey("email_accounts.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default=sql("'sending'"))
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
    retry_at: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)
    lease_until: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)
    lease_owner: Mapped[str | None] = mapped_column(Text)


class Delivery(MainBase):
    """One recipient of a batch. `state`: `pending`, `sending`, `sent`, `failed`, `unknown` or `cancelled`."""

    __tablename__ = "email_deliveries"
    __table_args__ = (
        Index("uq_email_deliveries_batch_id_recipient", "batch_id", "recipient", unique=True),
        Index("ix_email_deliveries_batch_id_state_id", "batch_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("email_batches.id", ondelete="CASCADE"))
    recipient: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    values: Mapped[dict[str, str]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text, server_default=sql("'pending'"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=sql("0"))
    reason: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)
