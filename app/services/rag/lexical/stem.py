"""Light English stemming."""


def stem(word: str) -> str:
    """Return a lower-case word without its plural ending.

    The S-stemmer of D. Harman, "How effective is suffixing?", JASIS 42(1), 1991, table 1. Longer suffixes
    are left alone: `process`, `processor` and `processing` are different things in code.
    """
    if len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith("es") and word[-3] not in "aeo":
        return word[:-1]
    if word[-2] not in "us":
        return word[:-1]
    return word
