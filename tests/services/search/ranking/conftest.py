"""Short ways to say what is ranked."""

from collections.abc import Callable
from itertools import count

import pytest

from app.services.rag.found import Candidate, Ranked
from app.services.search.ranking import Hit, Question, rank, understand

Make = Callable[..., Candidate]


def question(text: str) -> Question:
    """Read a question of whose words none is rarer than another."""
    return understand(text, lambda _: 1.0)


def order(text: str, *candidates: Candidate, leg: str = "lexical") -> list[str]:
    """Return the paths of candidates that stand on one leg in the order given, as ranking orders them."""
    return [hit.candidate.path for hit in hits(text, *candidates, leg=leg)]


def hits(text: str, *candidates: Candidate, leg: str = "lexical") -> list[Hit]:
    ranking = [Ranked(item.chunk_id, 1.0 - place / 1000) for place, item in enumerate(candidates)]
    return rank(question(text), {leg: ranking}, candidates)


@pytest.fixture
def chunk() -> Make:
    """Make candidates, each in a file of its own unless told."""
    numbers = count(1)
    files: dict[str, int] = {}

    def make(
        path: str,
        defines: tuple[str, ...] = (),
        kind: str = "function",
        language: str = "python",
        symbol: str = "",
        file_chunks: int = 1,
    ) -> Candidate:
        file = files.setdefault(path, len(files) + 1)
        name = symbol or (defines[0] if defines else None)
        return Candidate(next(numbers), file, path, name, kind, language, defines, file_chunks)

    return make
