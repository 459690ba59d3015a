"""What stands in relation to a place in a file."""

import re

from app.db.database import Database
from app.services.rag import neighbour_repository as repository
from app.services.rag.found import Ranked
from app.services.rag.neighbour_repository import Place
from app.services.rag.scope import Scope, SeenSources
from app.services.rag.symbols import Symbols

__all__ = ["Neighbours", "Place"]

MOST_DEFINITIONS = 3
"""A name that is defined in more places says little about which one is meant."""

_NAME = re.compile(r"[^\W\d]\w{2,}")


class Neighbours:
    """Chunks related to one, of the main database."""

    def __init__(self, database: Database, symbols: Symbols) -> None:
        self._database = database
        self._symbols = symbols

    async def at(self, source_ids: SeenSources, path: str, line: int) -> Place | None:
        """Return the chunk that holds a line, or else the nearest before it; None for an unknown path."""
        async with self._database.reading() as connection:
            return await repository.at(connection, source_ids, path, line)

    async def same_file(self, place: Place) -> set[int]:
        """Return all chunks of the file."""
        async with self._database.reading() as connection:
            return await repository.of_file(connection, place.file_id)

    async def near(self, place: Place, scope: Scope, limit: int) -> list[Ranked]:
        """Return the chunks nearest in meaning, by cosine similarity."""
        async with self._database.reading() as connection:
            return await repository.near(connection, place.chunk_id, scope.sources, limit)

    async def used(self, place: Place, scope: Scope, limit: int) -> list[Ranked]:
        """Return the chunks that define names which the chunk uses, the rarest names first."""
        names = sorted(set(_NAME.findall(place.text)).difference(place.defines))
        definitions = await self._symbols.named(names, scope, MOST_DEFINITIONS)
        places = [(item.file_id, item.line) for item in definitions if item.file_id != place.file_id]
        if not places:
            return []
        async with self._database.reading() as connection:
            ids = await repository.holding(connection, places[:limit])
        return [Ranked(chunk_id, 1 / rank) for rank, chunk_id in enumerate(dict.fromkeys(ids), 1)]
