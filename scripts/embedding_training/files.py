"""The model's files: written once here, read by `StaticEmbedding.load`."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordPiece

UNKNOWN = "[UNK]"
"""The first row, which is zero."""

MAX_LETTERS = 64
"""Of a word: longer ones are encoded data, and have the row of `[UNK]`."""


def write_model(folder: Path, tokens: list[str], vectors: NDArray[np.float32]) -> None:
    """Write `tokenizer.json`, `table.npy` (int8) and `scales.npy` (float32, one for each row)."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = WordPiece(
        vocab={token: row for row, token in enumerate(tokens)}, unk_token=UNKNOWN, max_input_chars_per_word=MAX_LETTERS
    )
    Tokenizer(pieces).save(str(folder / "tokenizer.json"), pretty=False)
    scales = np.abs(vectors).max(axis=1) / 127
    rounded = np.round(vectors / np.where(scales > 0, scales, 1)[:, np.newaxis])
    np.save(folder / "table.npy", rounded.astype(np.int8))
    np.save(folder / "scales.npy", scales.astype(np.float32))


def read_tokenizer(folder: Path) -> Tokenizer:
    """Read back the `tokenizer.json` of a model."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
