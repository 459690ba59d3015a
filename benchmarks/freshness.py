"""How long after a save a new word is found, and after a deletion it is gone, over HTTP.

Usage: python -m benchmarks.freshness [--root DIRECTORY --url http://localhost:8000] [--times 20] [--pending 0]
With --url, DIRECTORY is the watch root of that server, and one file in it is written and deleted again. Without it a
server is started on a copy of our own code. With --pending, each save comes while so many other files are waiting to be
indexed: copies of the standard library, changed all at once whenever fewer are left, as by a change of branch.
"""

import argparse
import itertools
import json
import secrets
import shutil
import statistics
import sysconfig
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from string import ascii_lowercase
from tempfile import TemporaryDirectory
from urllib.parse import quote
from urllib.request import urlopen

from benchmarks.serving import REPOSITORY, get, idle, place, seconds_until, start_workers, stop

POLL_SECONDS = 0.01
GIVE_UP_SECONDS = 30
CHANGED = 5
"""Times as many files as have to be pending are changed at once: a hundred saves see one or two such changes, and not
the change itself at every twentieth."""


def new_word() -> str:
    """Return a name that no file holds; of letters alone, as digits would be words of their own, and common ones."""
    return "".join(secrets.choice(ascii_lowercase) for _ in range(14))


def found(url: str, word: str) -> bool:
    """Whether the first hits of a hybrid search for `word` hold it."""
    with urlopen(f"{url}/api/search/hybrid?limit=3&q={quote(word)}", timeout=10) as answer:  # noqa: S310 - the given URL
        return any(word in hit["snippet"] for hit in json.load(answer)["results"])


def gone(url: str, word: str) -> bool:
    """Whether they do not."""
    return not found(url, word)


def until(condition: Callable[[], bool]) -> float:
    """Return the milliseconds until the condition holds.

    Raises:
        TimeoutError: It did not within half a minute.
    """
    begun = time.perf_counter()
    while not condition():
        if time.perf_counter() - begun > GIVE_UP_SECONDS:
            raise TimeoutError("the index did not follow")
        time.sleep(POLL_SECONDS)
    return (time.perf_counter() - begun) * 1000


def row(name: str, values: list[float]) -> str:
    """Return one line of the table."""
    p95 = statistics.quantiles(values, n=20, method="inclusive")[-1]
    return f"{name:22}{statistics.median(values):8.0f}{p95:8.0f}{max(values):8.0f}"


class Backlog:
    """Files in `root` that are kept waiting: at least `pending` of them whenever `refill` returns."""

    def __init__(self, url: str, root: Path, pending: int) -> None:
        self._url = url
        self._place = root / "backlog"
        self._pending = pending
        stdlib = Path(sysconfig.get_path("stdlib"))
        originals = sorted(file for file in stdlib.rglob("*.py") if "site-packages" not in file.parts)
        self._texts = [file.read_bytes() for file in itertools.islice(itertools.cycle(originals), CHANGED * pending)]
        self.refills = 0
        if pending:
            self._place.mkdir()
            (self._place / "f0.py").write_text("a = 1\n")
            seconds_until(f"{url}/api/rag/indexing", lambda now: bool(now["pending"]))
            seconds_until(f"{url}/api/rag/indexing", idle)

    def refill(self) -> None:
        """Change every file of the backlog unless enough of them are waiting still."""
        if not self._pending or get(f"{self._url}/api/rag/indexing")["pending"] >= self._pending:
            return
        self.refills += 1
        for number, text in enumerate(self._texts):
            (self._place / f"f{number}.py").write_bytes(b"%s\n# change %d of %d\n" % (text, self.refills, number))
        seconds_until(f"{self._url}/api/rag/indexing", lambda now: bool(now["pending"] >= self._pending))

    def remove(self) -> None:
        """Delete it."""
        shutil.rmtree(self._place, ignore_errors=True)


def main() -> None:
    """Edit, ask, delete, ask; print percentiles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--url")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--pending", type=int, default=0)
    asked = parser.parse_args()
    if asked.url:
        measure(asked.url, asked.root, asked.times, asked.pending)
        return
    with TemporaryDirectory() as home:
        root = Path(shutil.copytree(REPOSITORY / "app", f"{home}/app"))
        with place(root) as (url, environment):
            server = start_workers(environment | {"EMBEDDING_MINILM_ENABLED": "false"}, 1)
            try:
                seconds_until(f"{url}/api/rag/indexing", idle)
                measure(url, root, asked.times, asked.pending)
            finally:
                stop(server)


def measure(url: str, root: Path, times: int, pending: int) -> None:
    """Write and delete a file in `root` that many times, and print how long the index took to follow."""
    file = root / f"freshness_{secrets.token_hex(4)}.py"
    backlog = Backlog(url, root, pending)
    saved: list[float] = []
    deleted: list[float] = []
    try:
        for _ in range(times):
            word = new_word()
            backlog.refill()
            file.write_text(f"def {word}(value):\n    return value\n")
            saved.append(until(partial(found, url, word)))
            file.unlink()
            deleted.append(until(partial(gone, url, word)))
    finally:
        file.unlink(missing_ok=True)
        backlog.remove()
    if pending:
        print(f"at least {pending} others were pending at each save; they were all changed {backlog.refills} times")
    print(f"{'milliseconds':22}{'p50':>8}{'p95':>8}{'max':>8}")
    print(row("saved until found", saved))
    print(row("deleted until gone", deleted))


if __name__ == "__main__":
    main()
