"""Which part of the index a question is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NewType

SeenSources = NewType("SeenSources", tuple[int, ...])
"""Ids of sources that a caller may see: `Rag.sources`, which takes the caller, gives them, and queries ask for them."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look, and filters; an empty filter means everything.

    Attributes:
        sources: Ids of the sources to look in.
        paths: Globs on the path (`*` also matches `/`); a plain folder means all below it.
        languages: Language names, lower-case.
        modality: `code`, `docs`, `captions`, `images` (the pictures themselves) or None for all text.
    """

    sources: SeenSources
    paths: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    modality: str | None = None

    @property
    def narrow(self) -> bool:
        """Whether more than the source decides, so that chunks must be looked at before vectors."""
        return bool(self.paths or self.languages or self.modality)


def like(glob: str) -> str:
    """Return the SQL LIKE pattern of a path glob; `src/app` and `src/app/` mean everything below."""
    escaped = glob.strip("/").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if not any(sign in glob for sign in "*?["):
        return escaped
    return escaped.replace("**/", "*").replace("*", "%").replace("?", "_")


def path_expression(paths: Sequence[str]) -> str:
    """Return a regular expression (RE2's syntax) for whole paths that says the same as `like` does in SQL."""
    return "(?s)" + "|".join(f"(?:{_expression(like(path))}(?:/.*)?)" for path in paths)


def _expression(pattern: str) -> str:
    signs = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign[-1])) for sign in signs)


def condition(scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the SQL condition on a chunk `c` and its file `f`, and its parameters; constants only in the text."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    if scope.paths:
        patterns = [like(path) for path in scope.paths]
        parts.append("f.path LIKE ANY(CAST(:patterns AS text[]))")
        values["patterns"] = patterns + [f"{pattern}/%" for pattern in patterns]
    if scope.languages:
        parts.append("c.language = ANY(CAST(:languages AS text[]))")
        values["languages"] = list(scope.languages)
    if scope.modality:
        parts.append("c.modality = :modality")
        values["modality"] = scope.modality
    return " AND ".join(parts), values
