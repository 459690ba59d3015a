"""Whether a chunk defines what the question names."""

from app.services.rag.found import Candidate
from app.services.search.ranking.places import NAMED_SO, named_so
from app.services.search.ranking.question import Question, QuestionKind
from app.services.search.ranking.words import joined

DEFINES = {QuestionKind.symbol: 4.0, QuestionKind.words: 2.5}
"""Who looks up a name wants its definition before its hundred uses; in a sentence the name may be incidental."""

DEFINES_TYPE = {QuestionKind.symbol: 2.0, QuestionKind.words: 1.5}
"""On top, for a class, an interface or a module: methods share their names with many others, types seldom do."""

DEFINES_PHRASE = 1.5
"""Words that stand together and are one name in the code: `rate limiter` asks for `RateLimiter`, most likely."""

TYPES = frozenset({"class", "interface", "enum", "type", "namespace"})


def definition_boosts(question: Question, candidate: Candidate) -> dict[str, float]:
    """Return the factors of what a chunk defines."""
    factors: dict[str, float] = {}
    if defined := [name for name in question.names if name in candidate.defines]:
        factors["defines"] = DEFINES[question.kind]
        if candidate.kind in TYPES and _own_name(candidate) in defined:
            factors["defines_type"] = DEFINES_TYPE[question.kind]
        if any(named_so(candidate.path, name) for name in defined):
            factors["named_so"] = NAMED_SO
    elif question.phrases and not question.phrases.isdisjoint(map(joined, candidate.defines)):
        factors["defines_phrase"] = DEFINES_PHRASE
    return factors


def _own_name(candidate: Candidate) -> str:
    return (candidate.symbol or "").rpartition(".")[2]
