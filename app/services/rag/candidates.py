"""What ranking has to know of chunks, kept in this process: asking the database for it takes longer than ranking."""

from collections.abc import Collection

from app.db.database import Database
from app.services.rag import repository
from app.services.rag.found import Candidate

KEPT = 50_000
"""Candidates, of about 0.5 kB each: a question has 150 of them, and questions about one codebase share most."""


class Candidates:
    """Candidates by chunk.

    What is kept is never stale: a chunk does not change (a file that changed gets new chunks, with new numbers), and
    whoever asks has just found the number in the index.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[int, Candidate] = {}

    async def of(self, ids: Collection[int]) -> list[Candidate]:
        """Return the candidates of these chunks; one that was replaced since it was found may be missing."""
        missing = [chunk for chunk in ids if chunk not in self._kept]
        if missing:
            read = await repository.candidates(self._database, missing)
            self._kept |= {item.chunk_id: item for item in read}
        found = [item for chunk in ids if (item := self._kept.get(chunk)) is not None]
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return found

    def forget(self) -> None:
        """Begin anew: the numbers may mean other chunks, as in a database that was made anew."""
        self._kept.clear()
