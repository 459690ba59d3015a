"""Tables of the index. `files` is both the manifest and the work list; each leg of search has its own table."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC, SPARSEVEC
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import MainBase

DIMENSION = 256
"""Of the built-in embedding."""

TERM_SPACE = 1_000_000_000
"""Term ids are below this: the largest dimension of pgvector's sparsevec."""

TIMESTAMPTZ = TIMESTAMP(timezone=True)


class Source(MainBase):
    """A directory that is kept in step, or a set of documents that were sent in (`path` is null).

    What is `private` is seen by its owner alone. Names and directories are unique among what is shared, and among what
    one owner keeps private, so that nobody learns from a refusal what others have. `branch` and `commit` are those of a
    git checkout; `embedded` counts chunks that were embedded, `reused` those that came back from the shelf.
    """

    __tablename__ = "sources"
    __table_args__ = (
        CheckConstraint("visibility = 'shared' OR owner_id IS NOT NULL", name="private_has_owner"),
        Index("ix_sources_shared_name", "name", unique=True, postgresql_where=text("visibility = 'shared'")),
        Index("ix_sources_shared_path", "path", unique=True, postgresql_where=text("visibility = 'shared'")),
        Index("ix_sources_own_name", "owner_id", "name", unique=True, postgresql_where=text("visibility = 'private'")),
        Index("ix_sources_own_path", "owner_id", "path", unique=True, postgresql_where=text("visibility = 'private'")),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    path: Mapped[str | None] = mapped_column(Text)
    include: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    exclude: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    watch: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    owner_id: Mapped[UUID | None] = mapped_column(Uuid)
    visibility: Mapped[str] = mapped_column(Text, server_default=text("'shared'"))
    generation: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    scan_requested: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    scan_finished: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    scanning: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    problem: Mapped[str | None] = mapped_column(Text)
    paused: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    branch: Mapped[str | None] = mapped_column(Text)
    commit: Mapped[str | None] = mapped_column(Text)
    embedded: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    reused: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())


class File(MainBase):
    """One file as it should be indexed (`hash`) and as it is (`indexed_hash`), with its place in the work list."""

    __tablename__ = "files"
    __table_args__ = (
        Index("ix_files_source_id_path", "source_id", "path", unique=True),
        Index("ix_files_work", text("changed_at DESC"), postgresql_where=text("state = 'pending'")),
        Index("ix_files_lease_owner", "lease_owner", postgresql_where=text("lease_owner IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    mtime_ns: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    indexed_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    chunker: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    chunks: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    lease_owner: Mapped[str | None] = mapped_column(Text)
    lease_until: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)
    retry_at: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)
    changed_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())
    indexed_at: Mapped[datetime | None] = mapped_column(TIMESTAMPTZ)


class FileText(MainBase):
    """The text of a file as the scanner read it, so that a worker needs no access to the disk.

    `signature` tells which trigrams it holds (see `texts.signature`).
    """

    __tablename__ = "file_texts"

    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class Document(MainBase):
    """What is known of a file that was sent in, beside its text; `owner_id` is the account that sent it.

    `picture` is the hash of the picture that the text describes, so that it is described once.
    """

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_picture", "picture", postgresql_where=text("picture IS NOT NULL")),)

    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    owner_id: Mapped[UUID | None] = mapped_column(Uuid)
    title: Mapped[str | None] = mapped_column(Text)
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)
    about: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())


class Picture(MainBase):
    """A picture that was sent in, made small (see `documents.extraction_process`); `hash` is that of what was sent."""

    __tablename__ = "pictures"
    __table_args__ = (Index("ix_pictures_hash", "hash"),)

    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Symbol(MainBase):
    """A definition: `folded` is its name in lower case, `parts` are the tokens of the name (see `lexical.tokens`)."""

    __tablename__ = "symbols"
    __table_args__ = (
        Index("ix_symbols_file_id_line", "file_id", "line"),
        Index("ix_symbols_folded", "folded", postgresql_ops={"folded": "text_pattern_ops"}),
        Index("ix_symbols_parts", "parts", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    qualified: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    line: Mapped[int] = mapped_column(Integer)
    end_line: Mapped[int] = mapped_column(Integer)
    parts: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Chunk(MainBase):
    """A piece of a file, with the lines it stands on (1-based, inclusive) and what it defines.

    `key` names what is embedded of it: the extra legs keep their vectors by it.
    """

    __tablename__ = "chunks"
    __table_args__ = (
        Index("ix_chunks_file_id", "file_id"),
        Index("ix_chunks_source_id", "source_id"),
        Index("ix_chunks_key", "key"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id", ondelete="CASCADE"))
    source_id: Mapped[int] = mapped_column(Integer)
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


class ChunkVector(MainBase):
    """The dense leg of the built-in embedding; narrow, so that an exact scan of one source stays quick."""

    __tablename__ = "chunk_vectors"
    __table_args__ = (Index("ix_chunk_vectors_source_id", "source_id"),)

    chunk_id: Mapped[int] = mapped_column(ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(Integer)
    embedding: Mapped[Any] = mapped_column(HALFVEC(DIMENSION))


class ChunkTerms(MainBase):
    """The lexical leg: BM25 weights of a chunk's terms, and the terms themselves to find candidates by."""

    __tablename__ = "chunk_terms"
    __table_args__ = (Index("ix_chunk_terms_terms", "terms", postgresql_using="gin"),)

    chunk_id: Mapped[int] = mapped_column(ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(Integer)
    terms: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    weights: Mapped[Any] = mapped_column(SPARSEVEC(TERM_SPACE))


class TermStatistics(MainBase):
    """In how many chunks of a source each term occurs: int32 arrays of equal length, terms ascending."""

    __tablename__ = "term_statistics"

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)
    chunks: Mapped[int] = mapped_column(Integer)
    terms: Mapped[bytes] = mapped_column(LargeBinary)
    documents: Mapped[bytes] = mapped_column(LargeBinary)


class Leg(MainBase):
    """An extra dense leg. Its vectors are in a table of its own, `leg_<id>`, which is made while running.

    `dimension` is null until the model was asked for the first time; `problem` says why its backend embeds nothing.
    """

    __tablename__ = "legs"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    dimension: Mapped[int | None] = mapped_column(Integer)
    modalities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    problem: Mapped[str | None] = mapped_column(Text)
    wanted_at: Mapped[datetime] = mapped_column(TIMESTAMPTZ, server_default=func.now())


class LegCoverage(MainBase):
    """How far a leg is with a source; `version` counts the changes of its vectors there."""

    __tablename__ = "leg_coverage"

    leg_id: Mapped[int] = mapped_column(ForeignKey("legs.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    chunks: Mapped[int] = mapped_column(Integer)
    missing: Mapped[int] = mapped_column(Integer)
    complete: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
