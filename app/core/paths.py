"""Paths and names of files that come from outside: the one place that decides what they may reach."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

MAX_NAME_BYTES = 255
"""Of one part in UTF-8: what Linux, macOS and Windows file systems keep."""

MAX_PATH_BYTES = 4096
"""PATH_MAX of Linux."""

RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
"""Devices of Windows, whatever follows a dot: learn.microsoft.com/windows/win32/fileio/naming-a-file. A directory that
is shared or copied to such a machine must not become a printer."""

FORBIDDEN = '<>:"|?*\\'
"""No names on Windows, and a backslash or a colon is a way out there."""

INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
"""Control and format characters (also those that turn the direction of writing), half surrogates, line separators."""


class PathRefused(ValueError):
    """A path or a name that may not be used; the text says what is wrong with it, without other paths."""


def within(path: str | Path, roots: Iterable[Path]) -> Path:
    """Return the real path behind `path`, which exists and lies in one of `roots`, links followed.

    Reads the disk. The answer holds as long as nobody else may write in the roots.

    Raises:
        PathRefused: It lies outside, does not exist, or cannot be read: told alike, so that nobody learns what exists.
    """
    try:
        real = Path(path).resolve(strict=True)
        if any(real.is_relative_to(root.resolve()) for root in roots):
            return real
    except (OSError, RuntimeError, ValueError):
        pass
    raise PathRefused("there is nothing of that name inside")


def inside(root: Path, name: str) -> Path:
    """Return the real path of `name` below `root`; it need not exist. Parts are separated by `/`.

    Raises:
        PathRefused: It is no name of a file, or a link leads outside.
    """
    check_name(name)
    base = root.resolve()
    try:
        real = (base / name).resolve()
    except (OSError, RuntimeError) as error:  # a loop of links
        raise PathRefused("the name leads nowhere") from error
    if real == base or not real.is_relative_to(base):
        raise PathRefused("the name leads outside")
    return real


def check_name(name: str) -> None:
    """Look whether a relative name is one on every system, and is what it looks like.

    Raises:
        PathRefused: It is not.
    """
    if not name or len(name.encode("utf-8", "surrogatepass")) > MAX_PATH_BYTES:
        raise PathRefused(f"a name has 1 to {MAX_PATH_BYTES} bytes")
    for part in name.split("/"):
        check_part(part)


def check_part(part: str) -> None:
    """Look whether one part of a name is one.

    Raises:
        PathRefused: It is not.
    """
    if part in ("", ".", ".."):
        raise PathRefused("a name does not begin or end with '/', and has no part that is empty, '.' or '..'")
    if any(unicodedata.category(character) in INVISIBLE for character in part):
        raise PathRefused("a name has no control characters, and none that cannot be seen")
    plain = unicodedata.normalize("NFKC", part)
    if plain.strip(".") == "" or "/" in plain or any(character in plain for character in FORBIDDEN):
        raise PathRefused(f"a name has none of {FORBIDDEN}, also in no other form")
    if plain != plain.strip() or plain.endswith("."):
        raise PathRefused("no part of a name begins or ends with a space, or ends with a dot")
    if RESERVED.fullmatch(plain.partition(".")[0].strip()):
        raise PathRefused("a name is no device of Windows")
    if len(part.encode()) > MAX_NAME_BYTES:
        raise PathRefused(f"a part of a name has at most {MAX_NAME_BYTES} bytes")
