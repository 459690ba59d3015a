"""Worlds, the numbered log of their inputs, and their saved state.

The state of a world is the fold of its log from its seed; what is saved spares the fold.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Double, ForeignKey, Index, Integer, LargeBinary, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import EcsBase

NONE = text("0")


class World(EcsBase):
    """One world; everything random in it comes from its seed. The one that is active is the one that runs.

    `last_input` is the number of the newest input of the log. `version` counts the saves; `applied` and `tick` say
    which state was saved last, `layout` in which form. `real_speed` and `tick_ms` are what the engine measured.
    """

    __tablename__ = "worlds"
    __table_args__ = (Index("uq_worlds_active", "active", unique=True, postgresql_where=text("active")),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=text("gen_random_uuid()"))
    seed: Mapped[int] = mapped_column(BigInteger)
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    last_input: Mapped[int] = mapped_column(BigInteger, server_default=NONE)
    applied: Mapped[int] = mapped_column(BigInteger, server_default=NONE)
    tick: Mapped[int] = mapped_column(BigInteger, server_default=NONE)
    version: Mapped[int] = mapped_column(BigInteger, server_default=NONE)
    layout: Mapped[str] = mapped_column(Text, server_default=text("''"))
    real_speed: Mapped[float] = mapped_column(Double, server_default=NONE)
    tick_ms: Mapped[float] = mapped_column(Double, server_default=NONE)
    saved_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())


class Input(EcsBase):
    """One entry of a world's log, numbered from 1 without gaps.

    `tick` and `result` are set when the engine applies it: at the start of that tick, and in the order of numbers. One
    that is `withdrawn` before that changes nothing.
    """

    __tablename__ = "inputs"

    world_id: Mapped[UUID] = mapped_column(ForeignKey("worlds.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    caller: Mapped[str] = mapped_column(Text, server_default=text("''"))
    admin: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    withdrawn: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.now())
    tick: Mapped[int | None] = mapped_column(BigInteger)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Block(EcsBase):
    """Some rows of one table of a world's state, as of save `version` (see `app.services.ecs.state.table`)."""

    __tablename__ = "blocks"

    world_id: Mapped[UUID] = mapped_column(ForeignKey("worlds.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    block: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary)
