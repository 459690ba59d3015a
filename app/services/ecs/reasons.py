"""Why two agents fit or do not, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

TELLING = (0.45, 0.75)
"""A trait that goes together worse than the first, or better than the second, is worth a word."""

KIN = (
    (1 / 2, "one and the same, or as good as"),
    (1 / 4, "as close as full siblings, or parent and child"),
    (1 / 8, "as close as half siblings"),
    (1 / 16, "as close as first cousins"),
    (1 / 64, "as close as second cousins"),
)
"""The kinship of relatives whose ancestors are not related otherwise (Falconer & Mackay 1996, chapter 5)."""


@dataclass(frozen=True, slots=True)
class TraitPair:
    """A trait of both, from 0 to 1, and how well they go together in it."""

    trait: str
    group: str
    pairing: str
    first: float
    second: float
    match: float


def in_favour(pair: TraitPair) -> str:
    """Return what a trait says for a pair."""
    values = f"{pair.first:.2f} and {pair.second:.2f}"
    if pair.pairing == "alike":
        return f"They are alike in {pair.trait} ({values})."
    if pair.pairing == "balanced":
        return f"They balance each other in {pair.trait} ({values})."
    return f"Between them they have {pair.trait} ({values})."


def against(pair: TraitPair) -> str:
    """Return what a trait says against a pair."""
    values = f"{pair.first:.2f} and {pair.second:.2f}"
    if pair.pairing == "alike":
        return f"They are far apart in {pair.trait} ({values})."
    if pair.pairing == "balanced":
        much = "too much" if pair.first + pair.second > 1 else "too little"
        return f"Together they have {much} {pair.trait} ({values})."
    return f"Neither has much {pair.trait} ({values})."


def of_spirits(one: str, other: str, affinity: float) -> str:
    """Return what their spirits say."""
    if one == other:
        return f"Both are {one} (affinity {affinity:.2f})."
    kind = "get on well" if affinity >= TELLING[1] else "seldom get on" if affinity <= TELLING[0] else "get on"
    return f"{one} and {other} {kind} (affinity {affinity:.2f})."


def of_kin(kinship: float) -> Iterator[str]:
    """Yield what their kinship says, if they are kin."""
    if kinship <= 0:
        return
    words = next((words for least, words in KIN if kinship >= least), "distant kin")
    yield f"They are {words}: their children would have an inbreeding of {kinship:.4g}."
