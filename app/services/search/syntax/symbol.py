"""Looks for definitions by name: exact, in any case, by its beginning, by its parts, or nearly."""

import asyncio
import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.services.rag.lexical import tokens
from app.services.rag.scope import Scope
from app.services.rag.symbols import Definition, Symbols, Wanted

SCORES = {"exact": 1.0, "case": 0.9, "prefix": 0.7, "part": 0.5}
NEARLY = 0.4
UNQUALIFIED = 0.6
"""Factor for a definition that is not where the qualifier says."""

TYPING_ERRORS = {3: 1, 6: 2, 12: 3}
"""Length of a name to the changed, added, missing or swapped letters that are forgiven."""

MOST_NAMES = 50_000
"""Distinct names of one length that are compared: 10 ms."""

KINDS = {
    "class": ("class",),
    "struct": ("class", "type"),
    "interface": ("interface",),
    "trait": ("interface", "class"),
    "enum": ("enum",),
    "type": ("type", "class", "interface"),
    "namespace": ("namespace",),
    "module": ("namespace",),
    "const": ("constant",),
    **dict.fromkeys(("def", "func", "function", "fn", "method"), ("function", "method")),
}
"""A first word of a query that says what is looked for."""

_SEPARATOR = re.compile(r"::|->|[.#/]")


def wanted(query: str, *, case_sensitive: bool | None, whole_word: bool) -> Wanted:
    """Return what a query names: `class Registry`, `Registry.start`, `A::b`, `rotate token`."""
    words = query.split()
    kinds = KINDS.get(words[0], ()) if len(words) > 1 else ()
    rest = words[1:] if kinds else words
    *outer, name = [part for part in _SEPARATOR.split(" ".join(rest).strip("()")) if part] or [query.strip()]
    loose = not (case_sensitive or whole_word)
    parts = tuple(dict.fromkeys(tokens(name))) if loose else ()
    compound = [part for part in parts if part != name.lower() or len(parts) == 1]
    return Wanted("".join(name.split()), tuple(compound), ".".join(outer), kinds)


async def find_symbols(
    symbols: Symbols, query: str, scope: Scope, limit: int, *, case_sensitive: bool | None, whole_word: bool
) -> list[tuple[Definition, float, str]]:
    """Return definitions with their score, 0 to 1, and how they match; best first."""
    asked = wanted(query, case_sensitive=case_sensitive, whole_word=whole_word)
    found = [
        (definition, SCORES[match] * (1 if qualifies else UNQUALIFIED), match)
        for definition, match, qualifies in await symbols.lookup(asked, scope, limit)
        if fits(match, definition, asked, case_sensitive=case_sensitive, whole_word=whole_word)
    ]
    if not found and not whole_word and not case_sensitive:
        found = await nearly(symbols, asked, scope, limit)
    return sorted(found, key=lambda item: -item[1])


def fits(match: str, definition: Definition, asked: Wanted, *, case_sensitive: bool | None, whole_word: bool) -> bool:
    """Whether a definition is close enough for the flags of the question."""
    if whole_word and match not in ("exact", "case"):
        return False
    return not case_sensitive or definition.name.startswith(asked.name)


async def nearly(symbols: Symbols, asked: Wanted, scope: Scope, limit: int) -> list[tuple[Definition, float, str]]:
    """Return definitions whose name differs by a typing error."""
    length = len(asked.name)
    errors = max((count for least, count in TYPING_ERRORS.items() if length >= least), default=0)
    if not errors:
        return []
    names = await symbols.names(scope, length - errors, length + errors, MOST_NAMES)
    folded = [name.lower() for name in names]
    close = await asyncio.to_thread(
        process.extract, asked.name.lower(), folded, scorer=OSA.distance, score_cutoff=errors, limit=limit
    )
    distances = {names[index]: distance for _, distance, index in close}
    definitions = await symbols.named(list(distances), scope, limit)
    scores = (
        (item, NEARLY * (1 - distances[item.name] / length))
        for item in definitions
        if not asked.kinds or item.kind in asked.kinds
    )
    return sorted(((item, round(score, 4), "fuzzy") for item, score in scores), key=lambda found: -found[1])[:limit]
