"""The lines of a chunk that answer best."""

from app.services.rag.lexical import query_tokens, tokens


def snippet(text: str, query: str, lines: int) -> str:
    """Return at most `lines` consecutive lines of `text`: those that share most words with the query.

    The first window wins a tie, so a chunk that shares no word shows its head.
    """
    every = text.split("\n")
    if len(every) <= lines:
        return text
    if lines == 0:
        return ""
    wanted = set(query_tokens(query))
    shared = [len(wanted.intersection(tokens(line))) for line in every]
    starts = range(len(every) - lines + 1)
    best = max(starts, key=lambda start: (sum(shared[start : start + lines]), -start))
    return "\n".join(every[best : best + lines])
