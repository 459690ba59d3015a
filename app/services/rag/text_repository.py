"""Queries over the texts of files: what there is, with which signature, and the texts themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

PREFIX_BYTES = 8
"""Of a hash, to notice that a file changed: two contents of one file share them once in 10^19."""

_ROW_BYTES = 8 + PREFIX_BYTES


@dataclass(frozen=True, slots=True)
class Listing:
    """One moment of a source: its name, its generation, and a prefix of the hash of each file by id."""

    source_id: int
    name: str
    generation: int
    files: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class FileDetails:
    """A file with the signature of its text; `head` is its beginning, for a shebang."""

    id: int
    path: str
    size: int
    hash: bytes
    signature: bytes
    head: str


async def listings(connection: AsyncConnection, source_ids: Sequence[int]) -> list[Listing]:
    """Return what each source holds: one statement, so that the generation is that of the files.

    A file is packed into 16 bytes, so that 100,000 of them are one value of 1.6 MB.
    """
    rows = await connection.execute(
        text(
            "SELECT s.id, s.name, s.generation, (SELECT string_agg(int8send(f.id) || substr(f.hash, 1, :prefix), '') "
            "FROM files f WHERE f.source_id = s.id AND f.hash IS NOT NULL) AS files "
            "FROM sources s WHERE s.id = ANY(CAST(:sources AS int[]))"
        ),
        {"sources": list(source_ids), "prefix": PREFIX_BYTES},
    )
    return [Listing(row.id, row.name, row.generation, unpack(row.files or b"")) for row in rows]


def unpack(packed: bytes) -> dict[int, bytes]:
    """Return prefixes of hashes by file id."""
    starts = range(0, len(packed), _ROW_BYTES)
    return {int.from_bytes(packed[at : at + 8], "big"): packed[at + 8 : at + _ROW_BYTES] for at in starts}


async def details(connection: AsyncConnection, ids: Sequence[int]) -> list[FileDetails]:
    """Return the files that have a text; one that is gone is missing."""
    rows = await connection.execute(
        text(
            "SELECT f.id, f.path, f.size, f.hash, t.signature, substr(t.text, 1, 100) AS head "
            "FROM files f JOIN file_texts t ON t.file_id = f.id "
            "WHERE f.id = ANY(CAST(:ids AS bigint[])) AND f.hash IS NOT NULL"
        ),
        {"ids": list(ids)},
    )
    return [FileDetails(*row) for row in rows]


async def contents(connection: AsyncConnection, ids: Sequence[int]) -> Mapping[int, tuple[bytes, bytes]]:
    """Return hash and text in UTF-8 by file id; one that is gone is missing."""
    rows = await connection.execute(
        text(
            "SELECT f.id, f.hash, convert_to(t.text, 'UTF8') FROM files f JOIN file_texts t ON t.file_id = f.id "
            "WHERE f.id = ANY(CAST(:ids AS bigint[])) AND f.hash IS NOT NULL"
        ),
        {"ids": list(ids)},
    )
    return {file_id: (content_hash, content) for file_id, content_hash, content in rows}
