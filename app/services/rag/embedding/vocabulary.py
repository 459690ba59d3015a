"""From words to rows of the table, by WordPiece."""

import os
from collections.abc import Iterable
from pathlib import Path

MAX_REMEMBERED = 100_000
"""Words whose rows are kept: about 15 MB. Code repeats its words, and WordPiece costs 20 times a look-up."""


class Vocabulary:
    """The rows of a word: its own if the vocabulary holds it whole, else those of its pieces.

    A word with no known piece has the row of `[UNK]`, which is zero.
    """

    def __init__(self, path: Path) -> None:
        # A worker is one process of several: threads inside the tokenizer would only fight over the cores.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from tokenizers import Tokenizer  # noqa: PLC0415 - it reads the variable above when first used

        self._tokenizer = Tokenizer.from_file(str(path))
        self._rows: dict[str, list[int]] = {}

    def rows(self, words: Iterable[str]) -> list[list[int]]:
        """Return the rows of each word, in any case; never an empty list for a word."""
        return [self._rows.get(word) or self._look_up(word) for word in words]

    def _look_up(self, word: str) -> list[int]:
        if len(self._rows) >= MAX_REMEMBERED:
            self._rows.clear()
        rows: list[int] = self._tokenizer.encode(word.lower(), add_special_tokens=False).ids
        self._rows[word] = rows
        return rows
