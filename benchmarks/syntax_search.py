"""Literals, regular expressions and patterns over HTTP, beside ripgrep and ast-grep on the same tree.

Usage: python -m benchmarks.syntax_search [--root DIRECTORY] [--times 5]
Without a directory the standard library of this Python is indexed. Answers are computed, not cached: each is asked with
another `min_score` that keeps everything. Every set of literal lines with at most 100 is compared with ripgrep's.
"""

import argparse
import asyncio
import shutil
import subprocess
import sysconfig
import time
from pathlib import Path
from urllib.parse import quote_plus

from benchmarks.client import HEADING, Measured, connect
from benchmarks.serving import get, idle, place, seconds_until, start_workers, stop

LITERALS = (
    "import os",
    "raise NotImplementedError",
    "def __init__(self",
    "socket.AF_INET6",
    "BrokenProcessPool",
    "# XXX",
    "self._lock = ",
    "weakref.WeakValueDictionary",
    "getUnreadMessages",
    "return NotImplemented",
    "multipart/form-data",
    "if __name__ == '__main__':",
)
REGEXES = (
    r"def \w+_token\(",
    r"class \w+Error\(",
    r"^\s+raise (Type|Value)Error\(",
    r"\bself\._\w+lock\b",
    r"except \(?OSError",
    r"[A-Z]{4,}_[A-Z]{4,} = \d+",
    r"(get|set)_event_loop_policy",
    r"0x[0-9a-fA-F]{8}",
    r"TODO.*thread",
    r"(a+)+$",
)
PATTERNS = (
    "re.compile($X, $Y)",
    "def __enter__($$$A): $$$B",
    "raise NotImplementedError($$$A)",
    "os.environ.get($A, $B)",
    "isinstance($X, (str, bytes))",
    "warnings.warn($M, DeprecationWarning, $$$R)",
    "weakref.ref($A, $B)",
    "threading.Thread($$$A)",
)
LIMIT = 100


def peer(command: list[str], root: Path, times: int) -> tuple[Measured, str]:
    """Return the wall times of a command in `root`, warm, and what it printed."""
    measured, printed = Measured(), ""
    for _ in range(times + 1):
        begun = time.perf_counter()
        printed = subprocess.run(command, cwd=root, capture_output=True, check=False).stdout.decode(errors="replace")
        measured.latencies.append((time.perf_counter() - begun) * 1000)
    del measured.latencies[0]
    return measured, printed


async def ask(port: int, queries: tuple[str, ...], more: str, times: int) -> Measured:
    """Ask each query several times, so that none is answered from the cache."""
    connection, measured = await connect(port), Measured()
    for turn in range(times):
        for query in queries:
            target = f"/api/search/syntax?q={quote_plus(query)}&{more}&min_score=-{turn + 1}"
            begun = time.perf_counter()
            status, _ = await connection.get(target)
            measured.latencies.append((time.perf_counter() - begun) * 1000)
            measured.errors += status != 200
    connection.close()
    return measured


def peers(queries: tuple[str, ...], command: list[str], root: Path, times: int) -> Measured:
    """Return the wall times of a command for each query."""
    together = Measured()
    for query in queries:
        together.latencies += peer([*command, query], root, times)[0].latencies
    return together


def differing(url: str, root: Path, rg: str) -> list[str]:
    """Return the literals whose lines are not those of ripgrep, and how many were compared."""
    different, compared = [], 0
    for query in LITERALS:
        printed = peer([rg, "--no-heading", "-n", "-F", "-g", "*.py", "-e", query, "."], root, 0)[1]
        theirs = {tuple(line.split(":", 2)[:2]) for line in printed.splitlines()}
        if len(theirs) > LIMIT:
            continue
        answer = get(
            f"{url}/api/search/syntax?limit={LIMIT}&case_sensitive=true&q={quote_plus(query)}&languages=python"
        )
        ours = {(f"./{hit['path']}", str(hit["start_line"])) for hit in answer["results"]}
        compared += 1
        if ours != theirs:
            different.append(f"{query!r}: {sorted(ours ^ theirs)[:3]}")
    return [f"{compared} literals compared with ripgrep, {len(different)} differ", *different]


def measure(url: str, port: int, root: Path, times: int) -> None:
    """Ask, and print the table."""
    rg, sg = shutil.which("rg"), shutil.which("ast-grep")
    asyncio.run(ask(port, LITERALS[:1], "mode=literal", 1))
    time.sleep(3)  # the texts are read once, in the background
    asyncio.run(ask(port, PATTERNS[:1], "mode=pattern&language=python&limit=1", 1))
    print(HEADING)
    print(asyncio.run(ask(port, LITERALS, "mode=literal", times)).row("literal"))
    print(asyncio.run(ask(port, LITERALS, "mode=literal&limit=100", times)).row("literal, 100 lines"))
    if rg:
        print(peers(LITERALS, [rg, "-n", "-F", "-e"], root, times).row("ripgrep, all lines"))
    print(asyncio.run(ask(port, REGEXES, "mode=regex", times)).row("regex"))
    if rg:
        print(peers(REGEXES, [rg, "-n", "-e"], root, times).row("ripgrep, all lines"))
    print(asyncio.run(ask(port, PATTERNS, "mode=pattern&language=python", times)).row("pattern"))
    if sg:
        print(peers(PATTERNS, [sg, "run", "-l", "python", "-p"], root, min(times, 2)).row("ast-grep, all matches"))
    print(*(differing(url, root, rg) if rg else ["ripgrep is not installed: nothing was compared"]), sep="\n")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    root = asked.root.resolve()
    with place(root) as (url, environment):
        server = start_workers(environment, 1)
        try:
            seconds_until(f"{url}/api/rag/indexing", idle)
            now = get(f"{url}/api/rag/indexing")
            print(f"{now['indexed']} files, {now['chunks']} chunks")
            measure(url, int(environment["PORT"]), root, asked.times)
        finally:
            stop(server)


if __name__ == "__main__":
    main()
