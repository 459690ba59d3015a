"""What comes out of ranking."""

from collections.abc import Mapping
from typing import NamedTuple

from app.services.rag.found import Candidate


class Hit(NamedTuple):
    """A ranked candidate with its reasons.

    Attributes:
        candidate: The chunk.
        score: The product of its fused place and the factors; the first on every leg, without a factor, has 1.
        legs: Place (from 1) and score on each leg that found it.
        boosts: Factors by name, those of 1 left out.
    """

    candidate: Candidate
    score: float
    legs: Mapping[str, tuple[int, float]]
    boosts: Mapping[str, float]
