"""Light English stemming."""

import re

_LEAST_STEM = 4
"""Letters that must remain: `bring` and `used` are not `br` and `us`."""
_INFLECTION = re.compile(rf"(.{{{_LEAST_STEM},}}?)(?:ing|(?<!e)ed)")
_VOWEL = re.compile(r"[aeiouy]")
_DOUBLED = re.compile(r".*([^aeioulsz])\1")


def stem(word: str) -> str:
    """Return a lower-case word without its plural, `-ing`, `-ed` and silent `-e`.

    Plurals by the S-stemmer of D. Harman, "How effective is suffixing?", JASIS 42(1), 1991, table 1; the rest
    by steps 1b and 5a of M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980, where at
    least `_LEAST_STEM` letters remain. So `parse`, `parses`, `parsed` and `parsing` meet, while `parser` and
    other derived nouns, which are different things in code, stay apart.
    """
    if not word.isascii():
        return word
    return _without_e(_without_inflection(_without_plural(word)))


def _without_plural(word: str) -> str:
    if len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith("es") and word[-3] not in "aeo":
        return word[:-1]
    return word if word[-2] in "us" else word[:-1]


def _without_inflection(word: str) -> str:
    match = _INFLECTION.fullmatch(word)
    if match is None or not _VOWEL.search(match[1]):
        return word
    return match[1][:-1] if _DOUBLED.fullmatch(match[1]) else match[1]


def _without_e(word: str) -> str:
    return word[:-1] if word.endswith("e") and (len(word) > _LEAST_STEM or word.endswith("xe")) else word
