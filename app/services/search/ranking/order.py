"""From the legs' rankings to one, with reasons."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import prod

from app.services.rag.found import Candidate, Ranked
from app.services.rag.service import DENSE
from app.services.search.ranking.definitions import definition_boosts
from app.services.search.ranking.files import file_boosts
from app.services.search.ranking.hit import Hit
from app.services.search.ranking.penalties import SUPERSEDED, is_code, path_penalties, penalties, superseded
from app.services.search.ranking.places import path_boosts
from app.services.search.ranking.question import Question, QuestionKind

RRF_K = 40
"""Reciprocal rank fusion's constant (Cormack, Clarke, Buettcher, SIGIR 2009)."""

LEXICAL = "lexical"
SYMBOL = "symbol"
SYMBOL_WEIGHT = 0.25
"""Of the leg of definitions, beside the others that add to 1: enough to be among the candidates, which is what it is
for; the factors say what a definition is worth."""

WORDS_SHARE = {QuestionKind.symbol: 2 / 3, QuestionKind.words: 1 / 4}
"""Of the leg of words; the dense legs share the rest. A name is found by its letters, a sentence by its meaning."""

EXTRA_SHARE = 0.7
"""Of the extra legs among the dense ones. With half of it, questions that share hardly a word with the code had 0.51
NDCG@10, with 0.7 0.54, with 0.8 0.53; those of the public five 0.860, 0.867 and 0.866."""

SPEAKS_SHARE = 0.25
"""Of the best score on the leg of words: who reaches it holds the words that matter, not only a common one."""


def fuse(legs: Mapping[str, Sequence[Ranked]], weights: Mapping[str, float]) -> dict[int, float]:
    """Return the fused score of every chunk of any leg: the sum of weight * (k + 1) / (k + rank)."""
    scores: dict[int, float] = {}
    for name, ranking in legs.items():
        for place, item in enumerate(ranking, 1):
            scores[item.chunk_id] = scores.get(item.chunk_id, 0.0) + weights[name] * (RRF_K + 1) / (RRF_K + place)
    return scores


def weights_of(question: Question, legs: Iterable[str]) -> dict[str, float]:
    """Return the weight of each leg."""
    weights = {SYMBOL: SYMBOL_WEIGHT}
    asked = set(legs)
    extra = asked - {SYMBOL, LEXICAL, DENSE}
    rest = 1.0
    if LEXICAL in asked:
        weights[LEXICAL] = WORDS_SHARE[question.kind] if extra or DENSE in asked else 1.0
        rest -= weights[LEXICAL]
    if DENSE in asked:
        weights[DENSE] = rest * (1 - EXTRA_SHARE) if extra else rest
        rest -= weights[DENSE]
    return weights | {name: rest / len(extra) for name in extra}


def speaks(chunks: Collection[int], lexical: Sequence[Ranked]) -> bool:
    """Whether these chunks hold the words of the question about as well as any; true where no chunk holds one."""
    best = max((item.score for item in lexical if item.chunk_id in chunks), default=0.0)
    return not lexical or best >= SPEAKS_SHARE * lexical[0].score


def rank(question: Question, legs: Mapping[str, Sequence[Ranked]], candidates: Iterable[Candidate]) -> list[Hit]:
    """Return the candidates, best first, the best of each file before the second of any.

    Args:
        question: What is asked.
        legs: The ranking of each leg by name, best first.
        candidates: The chunks that the legs name; one that is missing was replaced meanwhile and is left out.
    """
    asked = {name: ranking for name, ranking in legs.items() if ranking}
    scores = fuse(asked, weights_of(question, asked))
    found = [item for item in candidates if item.chunk_id in scores]
    of_file = file_boosts(question, found, scores)
    places: dict[int, dict[str, tuple[int, float]]] = {}
    for name, ranking in asked.items():
        for place, ranked in enumerate(ranking, 1):
            places.setdefault(ranked.chunk_id, {})[name] = (place, ranked.score)
    code_answers = speaks({item.chunk_id for item in found if is_code(item)}, asked.get(LEXICAL, ()))
    old = superseded(question, found)
    paths = {item.file_id: item.path for item in found}
    shared = {
        file: path_boosts(question, path)
        | path_penalties(question, path)
        | of_file[file]
        | ({"superseded": SUPERSEDED} if file in old else {})
        for file, path in paths.items()
    }
    products = {file: prod(boosts.values()) for file, boosts in shared.items()}
    hits = []
    for item in found:
        boosts, score = shared[item.file_id], scores[item.chunk_id] * products[item.file_id]
        own = definition_boosts(question, item) | penalties(question, item, code_answers=code_answers)
        if own:
            boosts, score = boosts | own, score * prod(own.values())
        hits.append(Hit(item, score, places[item.chunk_id], boosts))
    return one_of_each_file_first(sorted(hits, key=order))


def order(hit: Hit) -> tuple[float, str, int]:
    """Return what hits are sorted by; of equal ones the path decides, which outlives an index made anew."""
    return -hit.score, hit.candidate.path, hit.candidate.chunk_id


def one_of_each_file_first(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits with the best of each file in front: ten places show ten files where there are ten."""
    seen: set[int] = set()
    first: list[Hit] = []
    rest: list[Hit] = []
    for hit in hits:
        (rest if hit.candidate.file_id in seen else first).append(hit)
        seen.add(hit.candidate.file_id)
    return first + rest
