"""Which language a file is written in, by its name and first line."""

import re
from pathlib import PurePosixPath
from typing import Literal

from app.services.rag.chunking.language_names import (
    DOCUMENT_LANGUAGES,
    EXTENSIONS,
    FILE_NAMES,
    INTERPRETERS,
)

_SHEBANG = re.compile(r"#!\s*\S*?([^/\s]+)(?:[ \t]+(?:-\S+[ \t]+)*([^\s/]+))?")


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
    match = _SHEBANG.match(text_start)
    if match is None:
        return None
    program = match[2] if match[1] == "env" and match[2] else match[1]
    return INTERPRETERS.get(program.rstrip("0123456789."))
