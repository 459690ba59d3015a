"""The file of pairs: one JSON object a line, with source, path, symbol, words and code."""

import json
from pathlib import Path


def read_pairs(path: Path) -> list[dict[str, str]]:
    """Read what `mine` wrote."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def code_of(pair: dict[str, str]) -> str:
    """Return the code as the indexer would embed it: path and symbol first, and no longer than a chunk."""
    return f"{pair['path']} {pair['symbol']}\n{pair['code'][:1_500]}"
