"""Databases whose queries can be made to forget whose the rows are that they ask for."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.db.database import Database

OWNER = re.compile(r"\b(WHERE|AND)(\s+)((?:\w+\.)?(?:user_id|owner_id) = \$\d+(?:::\w+)?)")
"""The condition on the owner as SQLAlchemy writes it for asyncpg."""


class Forgetful:
    """Notes every statement with a condition on the owner, and can take it out of one of them."""

    def __init__(self, databases: Sequence[Database]) -> None:
        self.seen: set[str] = set()
        self._forgotten: str | None = None
        for database in databases:
            for engine in (database.engine, database.reader):
                event.listen(engine.sync_engine, "before_cursor_execute", self._look, retval=True)

    @contextmanager
    def forgetting(self, statement: str) -> Iterator[None]:
        """Run this statement without its condition."""
        self._forgotten = statement
        try:
            yield
        finally:
            self._forgotten = None

    def _look(self, *execution: Any) -> tuple[str, Any]:
        _, _, statement, parameters, _, _ = execution
        if OWNER.search(statement):
            self.seen.add(statement)
        if statement == self._forgotten:
            return OWNER.sub(r"\1\2(\3 OR true)", statement), parameters
        return statement, parameters
