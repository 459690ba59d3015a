"""How long a tree takes from nothing to searchable, and to be compared again without a change; beside semble.

Usage: python -m benchmarks.index_speed [--root DIRECTORY]
Without a directory the standard library of this Python is indexed, with its tests. semble (a library for code search)
takes part if it is installed; it keeps its index in memory only, and without network its words alone (BM25).
"""

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from benchmarks.serving import get, idle, place, seconds_until, start_workers, stop

SEMBLE = """
import sys, time
from pathlib import Path
from semble.index.create import create_index_from_path
begun = time.perf_counter()
class Nothing:
    dim = 1
    def encode(self, texts, **_):
        import numpy
        return numpy.zeros((len(texts), 1), numpy.float32)
found = create_index_from_path(Path(sys.argv[1]), Nothing())
print(f"{time.perf_counter() - begun:.2f}")
"""


def semble_seconds(root: Path) -> str:
    """Return the seconds that semble needs to chunk the tree and index its words, or why it took no part."""
    ended = subprocess.run(
        [sys.executable, "-c", SEMBLE, str(root)], capture_output=True, text=True, check=False, timeout=600
    )
    return ended.stdout.strip() if ended.returncode == 0 else f"not measured: {ended.stderr.strip().splitlines()[-1]}"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(sysconfig.get_path("stdlib")))
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "tree"
        shutil.copytree(parser.parse_args().root, root, ignore=shutil.ignore_patterns("site-packages", "__pycache__"))
        with place(root) as (url, environment):
            server = start_workers(environment, 1)
            up = seconds_until(f"{url}/api/health", lambda _: True)
            first = seconds_until(f"{url}/api/rag/indexing", idle)
            now = get(f"{url}/api/rag/indexing")
            begun = time.perf_counter()
            get(f"{url}/api/search/hybrid?q=unchanged&limit=1&wait_ms=30000")
            rescan = time.perf_counter() - begun
            stop(server)
        print(f"{now['indexed']} files, {now['chunks']} chunks, {now['failed']} left out")
        print(f"start until health answers       {up:7.2f} s")
        print(f"from then until all is searchable{first:7.2f} s  {now['chunks'] / first:.0f} chunks/s")
        print(f"compared again, nothing changed  {rescan:7.2f} s")
        print(f"semble, words only, in memory    {semble_seconds(root):>7} s")


if __name__ == "__main__":
    main()
