"""A text as rows, with constant-time sizes."""

from itertools import accumulate


class Lines:
    r"""The rows of a text, 0-based.

    Only ``\n`` ends a row, as in most editors and in tree-sitter; carriage returns, form feeds and U+2028
    stay inside it.
    """

    __slots__ = ("_offsets", "rows", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.rows = text.split("\n")
        self._offsets = [0, *accumulate(len(row) + 1 for row in self.rows)]

    def __len__(self) -> int:
        return len(self.rows)

    def size(self, start: int, end: int) -> int:
        """Return the characters of rows `start` to `end`, inclusive."""
        return self._offsets[end + 1] - self._offsets[start] - 1

    def slice(self, start: int, end: int) -> str:
        """Return rows `start` to `end`, inclusive, as they stand in the text."""
        return self.text[self._offsets[start] : self._offsets[end + 1] - 1]

    def is_blank(self, row: int) -> bool:
        """Tell whether a row holds white space only."""
        row_text = self.rows[row]
        return not row_text or row_text.isspace()

    def indentation(self, row: int) -> int:
        """Return the number of leading white space characters of a row."""
        row_text = self.rows[row]
        return len(row_text) - len(row_text.lstrip())

    def trim(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the range without blank rows at its ends, or None if all its rows are blank."""
        while start <= end and self.is_blank(start):
            start += 1
        while end >= start and self.is_blank(end):
            end -= 1
        return (start, end) if start <= end else None
