"""What each part of ranking is worth, from the explanations of hits: a score is the fused places times the factors."""

from collections.abc import Collection, Sequence
from math import prod
from typing import Any

from app.services.search.ranking.order import LEXICAL, RRF_K, SYMBOL, weights_of
from app.services.search.ranking.question import Question, QuestionKind

FACTORS = {
    "evidence": {"file_evidence"},
    "focus": {"focus"},
    "file name": {"file_name"},
    "folder": {"folder"},
    "definitions": {"defines", "defines_type", "named_so"},
    "penalties": {"test", "example", "legacy", "migration", "generated", "superseded", "docs", "data", "barrel"},
}
LEGS = ("dense", LEXICAL, SYMBOL, "extra dense")
VARIANTS = (
    "no factor",
    *(f"without {name}" for name in FACTORS),
    *(f"only {name}" for name in FACTORS),
    *(f"without leg {name}" for name in LEGS),
    "several of a file",
)


def reorder(hits: Sequence[dict[str, Any]], variant: str) -> list[dict[str, Any]]:
    """Return the hits, of which there should be about a hundred, in the order of a variant."""
    left_out = variant.removeprefix("without leg ") if variant.startswith("without leg ") else ""
    legs = {leg for hit in hits for leg in hit["explain"]["legs"] if kind_of(leg) != left_out}
    ranked = sorted(hits, key=lambda hit: -score(hit["explain"], variant, legs))
    if variant == "several of a file":
        return ranked
    first = {hit["path"]: hit for hit in reversed(ranked)}
    return sorted(ranked, key=lambda hit: first[hit["path"]] is not hit)


def score(why: dict[str, Any], variant: str, legs: Collection[str]) -> float:
    """Return the score of an explained hit in a variant, in which these legs take part."""
    weights = weights_of(Question("", QuestionKind(why["query_kind"]), {}, ()), legs)
    ranks = {name: int(place["rank"]) for name, place in why["legs"].items() if name in legs}
    fused = sum(weights[name] * (RRF_K + 1) / (RRF_K + rank) for name, rank in ranks.items())
    return fused * prod(float(factor) for name, factor in why["boosts"].items() if counts(name, variant))


def kind_of(leg: str) -> str:
    """Return what a leg is called here: extra ones go by one name."""
    return leg if leg in LEGS else "extra dense"


def counts(factor: str, variant: str) -> bool:
    """Whether a factor takes part in a variant."""
    if variant == "no factor":
        return False
    if variant.startswith("only "):
        return factor in FACTORS[variant.removeprefix("only ")]
    return factor not in FACTORS.get(variant.removeprefix("without "), set())
