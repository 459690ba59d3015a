"""Which language a file is written in, by its name and first line."""

from pathlib import PurePosixPath
from typing import Literal

from app.services.rag.chunking.language_names import (
    DOCUMENT_LANGUAGES,
    EXTENSIONS,
    FILE_NAMES,
    INTERPRETERS,
)


def language_of(path: str, text_start: str = "") -> str:
    """Return the standard lower-case name of a file's language, `text` if it is not known.

    Args:
        path: Path or file name, with either slash.
        text_start: The beginning of the file; a shebang is read where the name has no known extension.
    """
    file_name = PurePosixPath(path.replace("\\", "/")).name.lower()
    if known := FILE_NAMES.get(file_name):
        return known
    stem, dot, extension = file_name.rpartition(".")
    if dot and stem and (known := EXTENSIONS.get(extension)):
        return known
    if known := FILE_NAMES.get(file_name.partition(".")[0]):
        return known
    return _by_shebang(text_start) or "text"


def modality_of(language: str) -> Literal["code", "docs"]:
    """Return which embedding model a language belongs to: `docs` for prose, `code` for all else."""
    return "docs" if language in DOCUMENT_LANGUAGES else "code"


def _by_shebang(text_start: str) -> str | None:
    if not text_start.startswith("#!"):
        return None
    words = text_start[2:].partition("\n")[0].split()
    programs = [PurePosixPath(word).name for word in words if not word.startswith("-")]
    program = next((name for name in programs if name != "env"), "")
    return INTERPRETERS.get(program.rstrip("0123456789."))
