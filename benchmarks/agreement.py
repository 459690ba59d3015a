"""Whether syntax search finds what ripgrep and ast-grep find in the same files."""

import json
import random
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.serving import get

LIMIT = 100
"""What one answer shows at most: questions with more lines are not compared."""

Line = tuple[str, int]


def pieces(root: Path, count: int, seed: int = 7) -> list[str]:
    """Return pieces of lines of Python files, 8 to 24 characters long."""
    chance = random.Random(seed)  # noqa: S311 - the same pieces each time
    files, found = sorted(root.rglob("*.py")), list[str]()
    while len(found) < count:
        line = chance.choice(chance.choice(files).read_text(errors="replace").split("\n")).strip()
        if len(line) >= 24 and line.isprintable() and "\ufffd" not in line:
            start = chance.randrange(len(line) - 8)
            found.append(line[start : start + chance.randrange(8, 25)].strip())
    return found


def loosened(piece: str) -> str:
    """Return an expression for a piece in which the first word may be any."""
    word = re.search("[A-Za-z]+", piece)
    if word is None:
        return re.escape(piece)
    return f"{re.escape(piece[: word.start()])}[A-Za-z]+{re.escape(piece[word.end() :])}"


def printed(command: list[str], root: Path) -> list[str]:
    """Return the lines that a command prints in `root`."""
    ended = subprocess.run(command, cwd=root, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return ended.stdout.decode(errors="replace").splitlines()


def of_ripgrep(rg: str, query: str, mode: str, root: Path) -> list[Line]:
    """Return the lines of Python files that ripgrep finds."""
    fixed = ["-F"] if mode == "literal" else []
    rows = printed([rg, "--no-heading", "-n", "--crlf", *fixed, "-g", "*.py", "-e", query, "."], root)
    places = (row.split(":", 2) for row in rows)
    return [(path.removeprefix("./"), int(line)) for path, line, _ in places]


def of_ast_grep(sg: str, query: str, root: Path) -> list[Line]:
    """Return the first lines of what ast-grep finds in Python files."""
    found = map(json.loads, printed([sg, "run", "-l", "python", "--json=stream", "-p", query, "."], root))
    return [(item["file"].removeprefix("./"), item["range"]["start"]["line"] + 1) for item in found]


def ours(url: str, query: str, mode: str) -> list[Line]:
    """Return the first lines of what we find in Python files."""
    asked = {"limit": LIMIT, "q": query, "mode": mode, "case_sensitive": True, "context_lines": 0}
    asked |= {"language": "python", "paths": "*.py"}
    return [(hit["path"], hit["start_line"]) for hit in get(f"{url}/api/search/syntax?{urlencode(asked)}")["results"]]


def compare(url: str, mode: str, theirs: Iterable[tuple[str, list[Line]]], refused: set[str]) -> list[str]:
    """Return how many questions of a mode were compared, and those whose lines differ.

    Lines of files that are not indexed (`refused`) are left out.
    """
    different, compared, left_out = [], 0, 0
    for query, all_lines in theirs:
        lines = [line for line in all_lines if line[0] not in refused]
        if len(lines) > LIMIT:
            continue
        compared += 1
        left_out += len(all_lines) - len(lines)
        if wrong := set(ours(url, query, mode)) ^ set(lines):
            different.append(f"  {query!r}: {len(wrong)}, {sorted(wrong)[:3]}")
    head = f"{mode}: {compared} compared, {len(different)} differ, {left_out} lines in files we refuse"
    return [head, *different]
