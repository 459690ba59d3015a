"""The grammar of a language, with the query that finds its definitions."""

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

from tree_sitter import Language, Query

_FOLDER = Path(__file__).with_name("grammars")


@dataclass(frozen=True)
class Grammar:
    """One language. Both parts load on first use, so that a process pays only for the languages it meets.

    Attributes:
        module: Import name of the grammar's wheel.
        queries: Files in `grammars` without their suffix, joined in this order.
        function: Name in the module of the function that returns the language.
    """

    module: str
    queries: tuple[str, ...]
    function: str = "language"

    @cached_property
    def language(self) -> Language:
        """The parse tables."""
        return Language(getattr(import_module(self.module), self.function)())

    @cached_property
    def query(self) -> Query:
        """The patterns of definitions; their captures are described in `grammars/__init__.py`."""
        return Query(self.language, "\n".join((_FOLDER / f"{name}.scm").read_text("utf-8") for name in self.queries))
