"""The definitions of the index as other rooms ask for them."""

from collections.abc import Sequence

from app.db.database import Database
from app.services.rag import symbol_repository as repository
from app.services.rag.found import Ranked
from app.services.rag.scope import Scope
from app.services.rag.symbol_repository import Definition, Wanted

__all__ = ["Definition", "Symbols", "Wanted"]


class Symbols:
    """Definitions of the main database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lookup(self, wanted: Wanted, scope: Scope, limit: int) -> list[tuple[Definition, str, bool]]:
        """Return definitions with how they match (exact, case, prefix, part) and whether the qualifier does."""
        async with self._database.reading() as connection:
            return await repository.lookup(connection, wanted, scope, limit)

    async def names(self, scope: Scope, shortest: int, longest: int, limit: int) -> list[str]:
        """Return distinct names of a length, the most frequent first."""
        async with self._database.reading() as connection:
            return await repository.names(connection, scope, shortest, longest, limit)

    async def named(self, names: Sequence[str], scope: Scope, most_each: int) -> list[Definition]:
        """Return the definitions of those names that have at most `most_each`."""
        async with self._database.reading() as connection:
            return await repository.named(connection, names, scope, most_each)

    async def defining(self, names: Sequence[str], scope: Scope, limit: int) -> list[Ranked]:
        """Return the chunks that define one of these very names, types first."""
        if not names:
            return []
        return await repository.defining(self._database, names, scope, limit)

    async def around(self, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Definition]:
        """Return the innermost definition around each place (file id, line) that has one."""
        if not places:
            return {}
        async with self._database.reading() as connection:
            return await repository.around(connection, places)

    async def completions(self, start: str, scope: Scope, limit: int) -> tuple[list[tuple[str, str, int]], list[str]]:
        """Return names (with kind and number of definitions) and paths that begin with `start`."""
        async with self._database.reading() as connection:
            names = await repository.completions(connection, start, scope, limit)
            return names, await repository.file_completions(connection, start, scope, limit)
