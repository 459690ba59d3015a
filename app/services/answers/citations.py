"""Which passages an answer names."""

import re
from collections.abc import Sequence

from app.services.answers.schemas import Citation, Passage

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
"""Code in Markdown: `numbers[1]` there is an index, no citation."""

_NUMBERS = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")


def cited(text: str, passages: Sequence[Passage]) -> list[Citation]:
    """Return the passages that `text` names as [1] or [1, 2], in the order in which it first does.

    A number that no passage has is no citation.
    """
    by_number = {passage.number: passage for passage in passages}
    named = (
        int(number) for group in _NUMBERS.findall(_CODE.sub(" ", text)) for number in re.split(r"\s*[,;]\s*", group)
    )
    return [
        Citation(**by_number[number].model_dump(include=set(Citation.model_fields)))
        for number in dict.fromkeys(named)
        if number in by_number
    ]
