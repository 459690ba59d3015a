"""Matches as they are shown: definitions and whole words first, each with its symbol and its lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.services.rag.symbols import Definition
from app.services.search.schemas import FormExplanation, Result
from app.services.search.syntax.found import Match

LONGEST_LINE = 500
"""Characters of a line that are shown."""

MOST_LINES = 60
"""Lines of a snippet at most: a pattern may match a whole class."""

TURN_COST = 0.1
WHOLE_WORD, DEFINES = 0.2, 0.3
"""What the signals of zoekt's ranking (whole word, definition) add to 0.5; a file that is read late loses a tenth for
each turn."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A match with its score, 0 to 1, and the definition around it."""

    match: Match
    score: float
    definition: Definition | None


def scored(match: Match, definition: Definition | None) -> Scored:
    """Return the match with its score."""
    score = 0.5 + WHOLE_WORD * match.whole - TURN_COST * match.entry.turn
    if definition is not None and definition.line == match.start_line:
        score += DEFINES
    return Scored(match, round(score, 4), definition)


def ordered(matches: Sequence[Scored]) -> list[Scored]:
    """Return the best first; equal ones in the order of files and lines."""
    return sorted(matches, key=lambda item: (-item.score, item.match.entry.path, item.match.start_line))


def result(item: Scored, mode: str, context_lines: int, *, explain: bool) -> Result:
    """Return a match as it is shown."""
    match, definition = item.match, item.definition
    defines = definition is not None and definition.line == match.start_line
    why = FormExplanation(match=mode, whole_word=match.whole, defines=defines, captures=match.captures)
    return Result(
        path=match.entry.path,
        start_line=match.start_line,
        end_line=match.end_line,
        score=item.score,
        snippet=lines_around(match.content, match.start_line, match.end_line, context_lines),
        symbol=definition.qualified if definition else None,
        language=match.entry.language,
        match_type=mode,
        source=match.entry.source,
        explain=why if explain else None,
    )


def lines_around(content: bytes, first: int, last: int, context: int) -> str:
    """Return the lines from `context` before `first` to `context` after `last` (1-based), shortened."""
    start = max(first - 1 - context, 0)
    stop = min(last + context, start + MOST_LINES)
    lines = content.split(b"\n", stop)[start:stop]
    if lines and lines[-1] == b"" and len(lines) > 1:
        lines.pop()
    return "\n".join(line[: 4 * LONGEST_LINE].decode("utf-8", "replace")[:LONGEST_LINE] for line in lines)
