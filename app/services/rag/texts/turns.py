"""Which files are looked into first, as a search that found enough stops."""

import re

_LATER = re.compile(
    r"(^|/)(tests?|testing|__tests__|specs?|fixtures?|examples?|samples?|vendor|vendored|_vendor|third_party|"
    r"node_modules|dist|build|generated|legacy|deprecated)/|(^|/)(test_[^/]*|conftest)\.py$|[._](test|spec|min|pb2?)\.\w+$",
    re.IGNORECASE,
)


def turn_of(path: str, modality: str) -> int:
    """Return 0 for code, 1 for documents, 2 for tests, examples and what others or machines wrote."""
    if _LATER.search(path):
        return 2
    return 0 if modality == "code" else 1
