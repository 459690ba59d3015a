"""What a search by form finds."""

from dataclasses import dataclass, field

from app.services.rag.texts import FileEntry


@dataclass(frozen=True, slots=True)
class Match:
    """Lines of a file (1-based, inclusive) that match.

    Attributes:
        entry: The file.
        content: Its text.
        start_line: First line.
        end_line: Last line.
        whole: Whether the match begins and ends with words.
        captures: Text of each metavariable of a pattern.
    """

    entry: FileEntry
    content: bytes
    start_line: int
    end_line: int
    whole: bool = False
    captures: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Matches:
    """Matches in the order in which files were looked into.

    Attributes:
        found: The matches.
        enough: Whether it stopped because it had enough: there may be more.
        in_time: Whether everything that could match was looked into, or enough was found.
    """

    found: list[Match] = field(default_factory=list)
    enough: bool = False
    in_time: bool = True
