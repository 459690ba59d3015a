"""Names: a form of parts, each drawn from the words that the catalogue has for it."""

from collections.abc import Container, Sequence

from app.services.ecs.catalogue import Catalogue, Spirit, Style
from app.services.ecs.catalogue_schema import Part
from app.services.ecs.randomness import Stream

ATTEMPTS = 16
"""Before a numeral is added: with half of a style's 1,400 names of a spirit taken, all fail once in 65,536 times."""

PARTS = 3
"""Of every form; the words of one attempt are numbered from attempt * PARTS."""


def generate_name(
    catalogue: Catalogue, spirit: Spirit, style: Style, stream: Stream, taken: Container[str] = frozenset()
) -> str:
    """Return a name that is not taken; the same stream and the same taken names give the same name.

    After `ATTEMPTS` that were all taken, the last one gets the least numeral, from 2, that makes it new.
    """
    name = ""
    for attempt in range(ATTEMPTS):
        name = _name(catalogue, spirit, style, stream, attempt)
        if name not in taken:
            return name
    numeral = 2
    while f"{name}-{numeral}" in taken:
        numeral += 1
    return f"{name}-{numeral}"


def words_for(catalogue: Catalogue, spirit: Spirit, style: Style, part: Part) -> tuple[str, ...]:
    """Return what a part of a name may be."""
    if part == "spirit":
        return spirit.base_names
    if part == "latin":
        return (spirit.latin,)
    if part == "suffix":
        return style.suffixes
    if part == "generation":
        return tuple(map(str, spirit.generation_numbers))
    return catalogue.components[part]


def _name(catalogue: Catalogue, spirit: Spirit, style: Style, stream: Stream, attempt: int) -> str:
    parts: list[str] = []
    for place, part in enumerate(style.form):
        words: Sequence[str] = words_for(catalogue, spirit, style, part)
        fresh = [word for word in words if word not in parts]  # Anubis of the jackals may not be Anubis-Anubis
        parts.append(stream.pick(fresh, attempt * PARTS + place))
    return "-".join(parts)
