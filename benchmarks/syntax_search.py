"""Literals, regular expressions and patterns over HTTP, beside ripgrep and ast-grep on the same tree.

Usage: python -m benchmarks.syntax_search [--root DIRECTORY] [--times 5]
Without a directory the standard library of this Python is indexed, with its tests. Answers are computed, not cached:
each is asked with another `min_score` that keeps everything. The processor time is that of all processes but
PostgreSQL, a question. Where a question has at most 100 lines, they are compared with those of the peers, which
requirements-dev.txt installs.
"""

import argparse
import asyncio
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from urllib.parse import quote_plus

import asyncpg

from app.db.embedded import attach_blocking
from benchmarks.agreement import compare, loosened, of_ast_grep, of_ripgrep, pieces
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
DRAWN = 100
"""Pieces of lines that are looked for besides, as literals and with a word made a class, to compare what is found."""


def processor_ms(group: int) -> float:
    """Return the milliseconds of processor time that the processes of a process group have taken."""
    ticks = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def row(name: str, measured: Measured, taken_ms: float) -> str:
    """Return a line of the table."""
    return f"{measured.row(name)} {taken_ms / len(measured.latencies):8.1f}"


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


def peer(name: str, command: list[str], queries: tuple[str, ...], root: Path, times: int) -> str:
    """Return the line of a command that is run for each query, once to warm up and then `times`."""
    measured = Measured()
    for query in queries:
        for turn in range(times + 1):
            if turn == 1 and query == queries[0]:
                before = children_ms()
            begun = time.perf_counter()
            subprocess.run([*command, query, "."], cwd=root, capture_output=True, check=False, stdin=subprocess.DEVNULL)
            measured.latencies += [(time.perf_counter() - begun) * 1000] if turn else []
    return row(name, measured, children_ms() - before)


def children_ms() -> float:
    """Return the milliseconds of processor time of all commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


async def refused_files(data_dir: Path) -> set[str]:
    """Return the paths of files that are not indexed."""
    with attach_blocking(data_dir) as servers:
        connection = await asyncpg.connect(servers.postgres_url("reynard"))
        rows = await connection.fetch("SELECT path FROM files WHERE state <> 'indexed'")
        await connection.close()
    return {found["path"] for found in rows}


def tool(name: str) -> str | None:
    """Return the path of a command that is installed beside this Python, or at all."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def measure(port: int, group: int, root: Path, times: int) -> None:
    """Ask, and print the table."""
    rg, sg = tool("rg"), tool("ast-grep")
    asyncio.run(ask(port, LITERALS[:1], "mode=literal", 1))
    time.sleep(3)  # the texts are read once, in the background
    asyncio.run(ask(port, PATTERNS[:1], "mode=pattern&language=python&limit=1", 1))

    def asked(name: str, queries: tuple[str, ...], more: str) -> str:
        before = processor_ms(group)
        return row(name, asyncio.run(ask(port, queries, more, times)), processor_ms(group) - before)

    print(f"{HEADING} {'cpu ms':>8}")
    print(asked("literal", LITERALS, "mode=literal"))
    print(asked("literal, 100 lines", LITERALS, "mode=literal&limit=100"))
    if rg:
        print(peer("ripgrep, all lines", [rg, "-n", "-F", "-e"], LITERALS, root, times))
    print(asked("regex", REGEXES, "mode=regex"))
    if rg:
        print(peer("ripgrep, all lines", [rg, "-n", "-e"], REGEXES, root, times))
    print(asked("pattern", PATTERNS, "mode=pattern&language=python"))
    print(asked("pattern, 100 matches", PATTERNS, "mode=pattern&language=python&limit=100"))
    if sg:
        print(peer("ast-grep, all matches", [sg, "run", "-l", "python", "-p"], PATTERNS, root, 1))


def agree(url: str, root: Path, refused: set[str]) -> None:
    """Compare what was found, and print what differs."""
    rg, sg = tool("rg"), tool("ast-grep")
    if rg:
        drawn = pieces(root, DRAWN)
        for mode, queries in (("literal", (*LITERALS, *drawn)), ("regex", (*REGEXES, *map(loosened, drawn)))):
            found = ((query, of_ripgrep(rg, query, mode, root)) for query in queries)
            print(*compare(url, mode, found, refused), sep="\n")
    if sg:
        print(
            *compare(url, "pattern", ((query, of_ast_grep(sg, query, root)) for query in PATTERNS), refused), sep="\n"
        )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "tree"
        shutil.copytree(asked.root, root, ignore=shutil.ignore_patterns("site-packages", "__pycache__"))
        with place(root) as (url, environment):
            environment["EMBEDDING_MINILM_ENABLED"] = "false"  # takes no part in this
            server = start_workers(environment, 1)
            try:
                seconds_until(f"{url}/api/rag/indexing", idle)
                now = get(f"{url}/api/rag/indexing")
                print(f"{now['indexed']} files, {now['chunks']} chunks")
                measure(int(environment["PORT"]), server.pid, root, asked.times)
                agree(url, root, asyncio.run(refused_files(Path(environment["REYNARD_DATA_DIR"]))))
            finally:
                stop(server)


if __name__ == "__main__":
    main()
