"""Whether a chunk defines what the question names."""

from app.services.rag.found import Candidate
from app.services.search.ranking.places import NAMED_SO, named_so
from app.services.search.ranking.question import Question, QuestionKind

DEFINES = {QuestionKind.symbol: 3.0, QuestionKind.words: 0.5}
"""Who looks up a name wants its definition before its hundred uses; in a sentence the name may be incidental."""

DEFINES_TYPE = {QuestionKind.symbol: 1.0, QuestionKind.words: 0.0}
"""On top, for a class, an interface or a module: methods share their names with many others, types seldom do."""

TYPES = frozenset({"class", "interface", "enum", "type", "namespace"})


def definition_boosts(question: Question, candidate: Candidate) -> dict[str, float]:
    """Return the factors of what a chunk defines."""
    defined = [name for name in question.names if name in candidate.defines]
    if not defined:
        return {}
    share = max(map(question.share, defined))
    factors = {"defines": 1 + DEFINES[question.kind] * share}
    if candidate.kind in TYPES and _own_name(candidate) in defined:
        factors["defines_type"] = 1 + DEFINES_TYPE[question.kind] * share
    if any(named_so(candidate.path, name) for name in defined):
        factors["named_so"] = 1 + NAMED_SO[question.kind] * share
    return {name: factor for name, factor in factors.items() if factor != 1}


def _own_name(candidate: Candidate) -> str:
    return (candidate.symbol or "").rpartition(".")[2]
