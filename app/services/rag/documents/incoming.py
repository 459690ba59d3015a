"""One document on its way in: what will be kept of it, or why it is refused."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.services.rag.documents.naming import path_of
from app.services.rag.indexing.reading import Reading, understand
from app.services.rag.indexing.rules import is_secret
from app.services.rag.indexing.walk import OnDisk

MAX_METADATA_BYTES = 16_384
"""Of one document, as JSON: it is shown with every hit."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped NUL in JSON, not the text backslash-u-0000: PostgreSQL keeps no NUL."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: `hash` is that of what was sent; `described` by a model, or known by its name alone."""

    hash: bytes
    content: bytes
    described: bool


@dataclass(frozen=True, slots=True)
class Incoming:
    """A document that can be kept.

    Attributes:
        source: Its name as it was sent.
        title: Shown to people.
        metadata: JSON.
        reading: Its text under its path, as the scanner would have read it from disk.
        picture: The picture that the text is about.
    """

    source: str
    title: str | None
    metadata: bytes
    reading: Reading
    picture: Picture | None = None

    @property
    def path(self) -> str:
        """Where it stands in its source."""
        return self.reading.path

    @property
    def about(self) -> object:
        """The metadata as an object."""
        return orjson.loads(self.metadata)


def prepare(source: str, content: str, title: str | None, metadata: Mapping[str, Any], max_bytes: int) -> Incoming:
    """Return the document as it will be kept (1 ms for 100 kB).

    Raises:
        ValueError: It is refused; the text says why.
    """
    path = path_of(source)
    if is_secret(path.rpartition("/")[2]):
        raise ValueError("files of that name hold secrets and are never indexed")
    if not content.strip():
        raise ValueError("content is empty")
    try:
        encoded = content.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"content holds half a surrogate pair at character {error.start}") from error
    if len(encoded) > max_bytes:
        limit = f"{max_bytes / 1_000_000:g} MB (RAG_CONTINUOUS_INDEXING_MAX_FILE_SIZE_MB)"
        raise ValueError(f"content is larger than {limit}: send it in parts")
    reading = understand(path, OnDisk(len(encoded), time.time_ns()), encoded)
    if reading.reason is not None:
        raise ValueError(reading.reason)
    return Incoming(source, title, kept(metadata), reading)


def kept(metadata: Mapping[str, Any]) -> bytes:
    """Return metadata as JSON.

    Raises:
        ValueError: It is too large, or holds what PostgreSQL does not keep.
    """
    try:
        encoded = orjson.dumps(dict(metadata))
    except orjson.JSONEncodeError as error:
        raise ValueError(f"metadata cannot be kept: {error}") from error
    if len(encoded) > MAX_METADATA_BYTES:
        raise ValueError(f"metadata takes {len(encoded)} bytes as JSON: {MAX_METADATA_BYTES} are the most")
    if _NUL.search(encoded):
        raise ValueError("metadata holds a NUL character")
    return encoded
