"""Which branch and commit a directory holds, read from git's own files: no git is needed."""

import re
from dataclasses import dataclass
from pathlib import Path

_MOST_BYTES = 4_000_000
"""Of a file of git that is read: `packed-refs` of a repository with 50,000 branches."""

_HEADS = "refs/heads/"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A branch, None for a detached head, and the commit it is at, None before the first."""

    branch: str | None = None
    commit: str | None = None


NO_CHECKOUT = Checkout()


def checkout_of(directory: Path) -> Checkout:
    """Return what is checked out in `directory` or the repository around it; nothing where there is none."""
    for place in (directory, *directory.parents):
        if (git := _git_directory(place / ".git")) is not None:
            return _read_head(git)
    return NO_CHECKOUT


def _git_directory(entry: Path) -> Path | None:
    """Return git's directory; a worktree and a submodule have a file that names it."""
    if (entry / "HEAD").is_file():
        return entry
    named = _text(entry).strip()
    if not named.startswith("gitdir: "):
        return None
    place = (entry.parent / named.removeprefix("gitdir: ")).resolve()
    return place if (place / "HEAD").is_file() else None


def _read_head(git: Path) -> Checkout:
    head = _text(git / "HEAD").strip()
    if not head.startswith("ref: "):
        return Checkout(None, head if _COMMIT.fullmatch(head) else None)
    reference = head.removeprefix("ref: ").strip()
    common = _text(git / "commondir").strip()
    shared = (git / common).resolve() if common else git
    return Checkout(reference.removeprefix(_HEADS), _commit_of(shared, reference))


def _commit_of(git: Path, reference: str) -> str | None:
    loose = git / reference
    if loose.resolve().is_relative_to(git.resolve()) and _COMMIT.fullmatch(found := _text(loose).strip()):
        return found
    for line in _text(git / "packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == reference and _COMMIT.fullmatch(commit):
            return commit
    return None


def _text(file: Path) -> str:
    """Return the beginning of a file, or nothing where there is none that can be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""
