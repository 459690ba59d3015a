"""The lines of a chunk that answer best."""

from itertools import accumulate

from app.services.rag.lexical import query_tokens, tokens


class Snippets:
    """Cuts chunks down to the lines that share most words with a query."""

    def __init__(self, query: str, lines: int) -> None:
        """Take the query, and how many lines a snippet has at most."""
        self._lines = lines
        self._wanted = frozenset(query_tokens(query))
        # A word begins with its stem but for the last letter (`queries`, `query`): most lines hold no such beginning,
        # and looking for it takes a tenth of the time of taking a line into tokens.
        self._beginnings = tuple(token[:-1] for token in self._wanted)

    def of(self, text: str) -> str:
        """Return consecutive lines of `text`: those that share most words with the query.

        The first window wins a tie, so a chunk that shares no word shows its head.
        """
        every = text.split("\n")
        if len(every) <= self._lines:
            return text
        if self._lines == 0:
            return ""
        lower = text.lower()
        beginnings = [beginning for beginning in self._beginnings if beginning in lower]
        if not beginnings:
            return "\n".join(every[: self._lines])
        sums = [0, *accumulate(self._shared(line, beginnings) for line in every)]
        starts = range(len(every) - self._lines + 1)
        best = max(starts, key=lambda start: (sums[start + self._lines] - sums[start], -start))
        return "\n".join(every[best : best + self._lines])

    def _shared(self, line: str, beginnings: list[str]) -> int:
        lower = line.lower()
        for beginning in beginnings:
            if beginning in lower:
                return len(self._wanted.intersection(tokens(line)))
        return 0
