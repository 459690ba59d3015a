"""Who else answers the questions: semble by its words, and ripgrep by counting."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from app.services.rag.lexical import significant_words
from benchmarks.ndcg import PLACES, Place

SEMBLE = """
import json, sys
from pathlib import Path
import numpy
from semble.index.create import create_index_from_path
from semble.search import search
class Nothing:
    dim = 1
    def encode(self, texts, **_):
        return numpy.zeros((len(texts), 1), numpy.float32)
root = Path(sys.argv[1])
words, vectors, chunks, _ = create_index_from_path(root, Nothing(), display_root=root)
for query in json.load(sys.stdin):
    hits = search(query, Nothing(), vectors, words, chunks, 10, alpha=0.0)
    print(json.dumps([(hit.chunk.file_path, hit.chunk.start_line, hit.chunk.end_line) for hit in hits]))
"""
"""Its model has to be downloaded and takes no part: its words (BM25) and its whole ranking do."""


def semble(root: Path, queries: Sequence[str]) -> list[list[Place]] | None:
    """Return what semble finds for each query, or None where it is not installed."""
    if importlib.util.find_spec("semble") is None:
        return None
    ended = subprocess.run(
        [sys.executable, "-c", SEMBLE, str(root)], input=json.dumps(queries), capture_output=True, text=True, check=True
    )
    return [[Place(*hit) for hit in json.loads(line)] for line in ended.stdout.splitlines()]


def ripgrep(root: Path, queries: Sequence[str]) -> list[list[Place]] | None:
    """Return the files in which the words of each query occur most often, or None without `rg`."""
    program = shutil.which("rg", path=str(Path(sys.executable).parent)) or shutil.which("rg")
    return (program and [_counted(program, root, significant_words(query)) for query in queries]) or None


def _counted(program: str, root: Path, words: Sequence[str]) -> list[Place]:
    pattern = "|".join(map(re.escape, words))
    ended = subprocess.run(
        [program, "--count-matches", "--ignore-case", "--no-config", "--regexp", pattern, "."],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    counts = Counter({path.removeprefix("./"): int(count) for path, count in map(_pair, ended.stdout.splitlines())})
    return [Place(path) for path, _ in counts.most_common(PLACES)]


def _pair(line: str) -> tuple[str, str]:
    path, _, count = line.rpartition(":")
    return path, count
