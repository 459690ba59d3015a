"""A git repository of 10,000 files: from nothing, looked at unchanged, and with its branch switched and back.

Usage: python -m benchmarks.branches [--root DIRECTORY] [--files 10000] [--differing 500]
The repository is made of copies of the Python files below the directory (by default the standard library), each with a
line of its own. Every figure of chunks is what the server counted.
"""

import argparse
import itertools
import shutil
import subprocess
import sysconfig
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.serving import get, idle, place, seconds_until, start_workers, stop


def git(place: Path, *arguments: str) -> None:
    """Run git, which must be installed."""
    who = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org", "-c", "init.defaultBranch=main")
    command = [shutil.which("git") or "git", *who, *arguments]
    subprocess.run(command, cwd=place, check=True, capture_output=True)


def make(tree: Path, root: Path, files: int, differing: int) -> None:
    """Make the repository, with a branch `other` in which some files differ."""
    originals = sorted(file for file in root.rglob("*.py") if "site-packages" not in file.parts)
    every: list[Path] = []
    for number, original in enumerate(itertools.islice(itertools.cycle(originals), files)):
        file = tree / f"copy{number // len(originals)}" / original.relative_to(root)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(original.read_bytes() + b"\n# file %d\n" % number)
        every.append(file)
    git(tree, "init", "-q")
    git(tree, "add", "-A")
    git(tree, "commit", "-q", "-m", "main")
    git(tree, "checkout", "-q", "-b", "other")
    for file in every[:: max(1, files // differing)][:differing]:
        file.write_bytes(file.read_bytes() + b"\n\ndef only_in_other():\n    return 'other'\n")
    git(tree, "commit", "-q", "-a", "-m", "other")
    git(tree, "checkout", "-q", "main")


def settled(url: str) -> Any:  # noqa: ANN401 - JSON
    """Wait until the index shows what is on disk, and return how far it is."""
    while get(f"{url}/api/search/semantic?q=main&limit=1&wait_ms=9000")["pending"]:
        pass
    seconds_until(f"{url}/api/rag/indexing", idle)
    return get(f"{url}/api/rag/indexing")


def switch(url: str, tree: Path, branch: str) -> None:
    """Switch to a branch and print how long the index took to follow, and what it embedded for it."""
    (before,) = get(f"{url}/api/rag/indexing")["sources"]
    git(tree, "checkout", "-q", branch)
    begun = time.perf_counter()
    (after,) = settled(url)["sources"]
    seconds = time.perf_counter() - begun
    embedded, reused = after["embedded"] - before["embedded"], after["reused"] - before["reused"]
    print(f"git checkout {branch:22} {seconds:8.2f} s {embedded:10} embedded {reused:8} reused, on {after['branch']}")


def measure(url: str, tree: Path) -> None:
    """Print the table."""
    seconds = seconds_until(f"{url}/api/rag/indexing", idle)
    now = get(f"{url}/api/rag/indexing")
    print(f"{now['indexed']} files, {now['failed']} refused, {now['chunks']} chunks")
    print(f"{'from nothing':35} {seconds:8.2f} s {now['sources'][0]['embedded']:10} embedded")
    settled(url)
    for _ in range(3):
        begun = time.perf_counter()
        get(f"{url}/api/search/semantic?q=main&limit=1&wait_ms=9000")
        print(f"{'an answer that waits for a look':35} {time.perf_counter() - begun:8.2f} s")
    for branch in ("other", "main", "other", "main"):
        switch(url, tree, branch)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--differing", type=int, default=500)
    asked = parser.parse_args()
    with TemporaryDirectory() as made:
        tree = Path(made) / "repository"
        tree.mkdir()
        make(tree, asked.root.resolve(), asked.files, asked.differing)
        with place(tree) as (url, environment):
            server = start_workers(environment | {"EMBEDDING_MINILM_ENABLED": "false"}, 1)
            try:
                measure(url, tree)
            finally:
                stop(server)


if __name__ == "__main__":
    main()
