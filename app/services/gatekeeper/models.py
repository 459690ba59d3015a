"""Tables of accounts, sessions, tokens and what happened to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, LargeBinary, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import AuthBase

TIMESTAMPTZ = TIMESTAMP(timezone=True)


class User(AuthBase):
    """An account. Names and addresses are unique whatever their case."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_username", text("lower(username)"), unique=True),
        Index("uq_users_email", text("lower(email)"), unique=True),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=text("gen_random_uuid()"))
    username: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    full_name: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now(), onupdate=func.now())


class Session(AuthBase):
    """One login: a family of refresh tokens of which only the newest works.

    `current_jti` names the newest pair of tokens, issued at `issued_at`; `previous_jti` the one before, which
    may be shown once more within the grace window. A row stays after its end, as the record of it. `network` is the one
    the password was given from, `address` and `user_agent` are those of the last refresh.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_user_id_network", "user_id", "network"),
        Index("ix_sessions_expires_at", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    current_jti: Mapped[UUID] = mapped_column(Uuid)
    previous_jti: Mapped[UUID | None] = mapped_column(Uuid)
    issued_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
    network: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)
    revoked_reason: Mapped[str | None] = mapped_column(Text)


class PersonalToken(AuthBase):
    """A token for a script; `hash` is its SHA-256, as the token itself is 256 random bits."""

    __tablename__ = "personal_tokens"
    __table_args__ = (
        Index("ix_personal_tokens_user_id", "user_id"),
        Index("uq_personal_tokens_hash", "hash", unique=True),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=text("gen_random_uuid()"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)
    last_used_at: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)


class StreamTicket(AuthBase):
    """Opens one stream for a session; `hash` is the SHA-256 of the ticket."""

    __tablename__ = "stream_tickets"
    __table_args__ = (Index("ix_stream_tickets_session_id", "session_id"),)

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ)


class AuditEntry(AuthBase):
    """Something that concerns security. It names accounts and does not refer to them: it outlives them.

    `user_id` is the account that it happened to, `actor_id` the one that did it; None where nobody was logged in.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_at", "at"),
        Index("ix_audit_log_user_id_id", "user_id", "id"),
        Index("ix_audit_log_actor_id_id", "actor_id", "id"),
        Index("ix_audit_log_event_id", "event", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
    event: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    user_id: Mapped[UUID | None] = mapped_column(Uuid)
    username: Mapped[str | None] = mapped_column(Text)
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    actor: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
