"""Which language a file is written in, by its name and first line."""

import re
from pathlib import PurePosixPath
from typing import Literal

from app.services.rag.chunking.language_names import (
    DOCUMENT_LANGUAGES,
    EXTENSIONS,
    FILE_NAMES,
    IMAGE,
    INTERPRETERS,
)

_CPP_HEADER = re.compile(
    r"^[ \t]*(?:(?:class|namespace|using)[ \t]+\w|template[ \t]*<|(?:public|private):)|std::", re.MULTILINE
)
_OBJECTIVE_C_HEADER = re.compile(r"^[ \t]*(?:@(?:interface|protocol|class|import)\b|#import\b)", re.MULTILINE)


def language_of(path: str, text_start: str = "") -> str:
    """Return the standard lower-case name of a file's language, `text` if it is not known.

    Args:
        path: Path or file name, with either slash.
        text_start: The beginning of the file; a shebang is read where the name has no known extension, and a
            header (`.h`) that shows itself as C++ or Objective-C is no C.
    """
    file_name = PurePosixPath(path.replace("\\", "/")).name.lower()
    if known := FILE_NAMES.get(file_name):
        return known
    stem, dot, extension = file_name.rpartition(".")
    if dot and stem and (known := EXTENSIONS.get(extension)):
        return known if extension != "h" else _of_header(text_start)
    if known := FILE_NAMES.get(file_name.partition(".")[0]):
        return known
    return _by_shebang(text_start) or "text"


def modality_of(language: str) -> Literal["code", "docs", "captions"]:
    """Return which embedding model a language belongs to: `docs` prose, `captions` of images, `code` the rest."""
    if language == IMAGE:
        return "captions"
    return "docs" if language in DOCUMENT_LANGUAGES else "code"


def _by_shebang(text_start: str) -> str | None:
    if not text_start.startswith("#!"):
        return None
    words = text_start[2:].partition("\n")[0].split()
    programs = [PurePosixPath(word).name for word in words if not word.startswith("-")]
    program = next((name for name in programs if name != "env"), "")
    return INTERPRETERS.get(program.rstrip("0123456789."))


def _of_header(text_start: str) -> str:
    if _OBJECTIVE_C_HEADER.search(text_start):
        return "objective-c"
    return "cpp" if _CPP_HEADER.search(text_start) else "c"
