"""Tables of the shelf: what files were before they changed or went."""

from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC, SPARSEVEC
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MainBase
from app.services.rag.models import DIMENSION, TERM_SPACE, TIMESTAMPTZ


class ShelvedFile(MainBase):
    """What a file was before it changed or went: when that content comes back, as with a branch, so does its index."""

    __tablename__ = "shelved_files"
    __table_args__ = (
        Index("ix_shelved_files_source_id_path_hash", "source_id", "path", "hash", unique=True),
        Index("ix_shelved_files_shelved_at", "shelved_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    chunker: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    chunks: Mapped[int] = mapped_column(Integer)
    shelved_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())


class ShelvedChunk(MainBase):
    """A chunk of a shelved file with its place on both legs; columns as in `Chunk`, `ChunkVector` and `ChunkTerms`."""

    __tablename__ = "shelved_chunks"

    file_id: Mapped[int] = mapped_column(ForeignKey("shelved_files.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    start_line: Mapped[int] = mapped_column(Integer)
    end_line: Mapped[int] = mapped_column(Integer)
    symbol: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    modality: Mapped[str] = mapped_column(Text)
    defines: Mapped[list[str]] = mapped_column(ARRAY(Text))
    text: Mapped[str] = mapped_column(Text)
    embedding: Mapped[Any] = mapped_column(HALFVEC(DIMENSION))
    terms: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    weights: Mapped[Any] = mapped_column(SPARSEVEC(TERM_SPACE))


class ShelvedSymbol(MainBase):
    """A definition of a shelved file; columns as in `Symbol`."""

    __tablename__ = "shelved_symbols"

    file_id: Mapped[int] = mapped_column(ForeignKey("shelved_files.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    qualified: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    line: Mapped[int] = mapped_column(Integer)
    end_line: Mapped[int] = mapped_column(Integer)
    parts: Mapped[list[str]] = mapped_column(ARRAY(Text))
