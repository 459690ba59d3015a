"""The path of a document, made of the name it was sent under."""

import re
import unicodedata

MAX_PATH = 1000
"""Characters of a path; what a query may filter by (see `schemas.Text`)."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def path_of(source: str) -> str:
    """Return `source` with `/` between its parts, without empty ones and `.`; the `https://` of an address stays.

    Composed and decomposed letters (NFC) are one name. The result is its own result.

    Raises:
        ValueError: It is empty, too long, climbs with `..`, or holds a character that cannot be shown.
    """
    name = unicodedata.normalize("NFC", source).replace("\\", "/").strip()
    scheme = match[0] if (match := _SCHEME.match(name)) else ""
    parts = [part for part in name[len(scheme) :].split("/") if part not in ("", ".")]
    path = scheme + "/".join(parts)
    if not parts:
        raise ValueError("source is empty: name the document, like notes/meeting.md")
    if ".." in parts:
        raise ValueError("source has a part '..': name the document without it")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in path):
        raise ValueError("source holds a control character")
    if len(path) > MAX_PATH:
        raise ValueError(f"source has {len(path)} characters: {MAX_PATH} are the most")
    return path
