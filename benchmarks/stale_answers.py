"""Stale answers: threads edit files at random and ask two worker processes about them; every answer is compared.

Usage: python -m benchmarks.stale_answers [--seconds 60] [--threads 4] [--files 24]
An answer is stale if it shows a version of a file although a newer one was in the index for 200 ms when it was asked,
or although the generation it names held a newer one; if it names an older generation than its worker had shown; or if
a search for a literal or an expression leaves a file out. Questions about a second source, which nobody edits, should
all be answered from the cache. What is in the index is read from the database, every 10 ms.
"""

import argparse
import asyncio
import json
import random
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import asyncpg

from app.db.embedded import attach_blocking
from benchmarks.relevance import ACCOUNT, post
from benchmarks.serving import POLL_SECONDS, idle, place, seconds_until, start_workers, stop
from benchmarks.truth import MARK, Truth, content

EDITED, QUIET = "edited", "quiet"
EDITS_A_SECOND = 3.0
"""Of each thread; what is left of its time goes into questions."""

DELETED_SHARE = 0.1
LOOK_SECONDS = 0.01
INDEX = """
SELECT s.generation, coalesce(array_agg(c.text) FILTER (WHERE c.text IS NOT NULL), '{}')
FROM sources s LEFT JOIN chunks c ON c.source_id = s.id WHERE s.name = $1 GROUP BY s.generation
"""
STATISTICS = """
SELECT bool_and(t.generation IS NOT DISTINCT FROM s.generation) FROM sources s
LEFT JOIN term_statistics t ON t.source_id = s.id WHERE s.name = ANY($1)
"""
FORMS = ("version", r"file\d+version", "keep_1", "def $F($$$A): $$$B")
MODES = ("literal", "regex", "symbol", "pattern")


def questions(files: int) -> list[tuple[str, bool]]:
    """Return the questions, without their source, and whether each should show all files."""
    asked = [f"/api/search/{kind}?limit=100&q={word}" for kind in ("hybrid", "semantic") for word in ("keep", "given")]
    asked += [f"/api/search/hybrid?limit=100&q=keep_{file}" for file in range(0, files, 4)]
    forms = [
        f"/api/search/syntax?{urlencode({'limit': 100, 'mode': mode, 'q': form, 'language': 'python'})}"
        for mode, form in zip(MODES, FORMS, strict=True)
    ]
    return [(target, False) for target in asked] + [(form, mode < 2) for mode, form in enumerate(forms)]


@dataclass
class Run:
    """A run over the workers at `ports` and the files in `root`."""

    ports: list[int]
    root: Path
    files: int
    truth: Truth = field(default_factory=Truth)
    counts: Counter[str] = field(default_factory=Counter)
    _locks: list[threading.Lock] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._locks = [threading.Lock() for _ in range(self.files)]

    def edit(self, file: int, *, delete: bool = False) -> int:
        """Write the next version of a file in one step, or delete it; return the number of that version."""
        path, aside = self.root / f"file_{file}.py", self.root.parent / f"aside_{file}"
        with self._locks[file]:
            version = self.truth.saves(file, exists=not delete)
            if delete:
                path.unlink(missing_ok=True)
            else:
                aside.write_text(content(file, version))
                aside.replace(path)
        self.counts["edits"] += 1
        return version

    def thread(self, seed: int, seconds: float) -> None:
        """Edit and ask at random."""
        chance, until = random.Random(seed), time.monotonic() + seconds  # noqa: S311 - the same order each time
        asked, next_edit = questions(self.files), time.monotonic()
        connections = [HTTPConnection("127.0.0.1", port, timeout=30) for port in self.ports]
        while (now := time.monotonic()) < until:
            if now >= next_edit:
                self.edit(chance.randrange(self.files), delete=chance.random() < DELETED_SHARE)
                next_edit = now + chance.expovariate(EDITS_A_SECOND)
            worker = chance.randrange(len(connections))
            self.ask(connections[worker], worker, *chance.choice(asked), chance.choice((EDITED, EDITED, QUIET)))
        for connection in connections:
            connection.close()

    def ask(self, connection: HTTPConnection, worker: int, target: str, all_shown: bool, source: str) -> None:
        """Ask once and compare the answer."""
        question = self.truth.ask(worker)
        answer = fetch(connection, f"{target}&source={source}")
        self.counts[f"asked {source}"] += 1
        self.counts[f"cached {source}"] += answer["cached"]
        if source == EDITED:
            marks = [MARK.search(hit["snippet"]) for hit in answer["results"]]
            shown = {int(mark[1]): int(mark[2]) for mark in marks if mark}
            complete = all_shown and not answer["truncated"]
            self.truth.answered(question, answer["generation"], shown, all_shown=complete)

    async def look(self, url: str, ended: threading.Event) -> None:
        """Look at the index until the end."""
        connection = await asyncpg.connect(url)
        while not ended.is_set():
            generation, texts = await connection.fetchrow(INDEX, EDITED)
            found = (mark for text in texts if (mark := MARK.search(text)))
            self.truth.indexed(generation, {int(mark[1]): int(mark[2]) for mark in found})
            await asyncio.sleep(LOOK_SECONDS)
        await connection.close()

    async def counted(self, url: str) -> None:
        """Wait until the words of both sources are counted, which retires answers once more, and all workers know."""
        connection = await asyncpg.connect(url)
        while not await connection.fetchval(STATISTICS, [EDITED, QUIET]):  # noqa: ASYNC110 - a row
            await asyncio.sleep(POLL_SECONDS)
        await connection.close()
        self.edit(0)  # a notice makes every worker look
        await asyncio.sleep(1)

    def go(self, url: str, threads: int, seconds: float) -> None:
        """Ask each question about the quiet source once, and then do everything at random."""
        asyncio.run(self.counted(url))
        warm = [HTTPConnection("127.0.0.1", port, timeout=30) for port in self.ports]
        for connection in warm:
            for target, _ in questions(self.files):
                fetch(connection, f"{target}&source={QUIET}")
            connection.close()
        ended = threading.Event()
        observer = threading.Thread(target=lambda: asyncio.run(self.look(url, ended)))
        workers = [threading.Thread(target=self.thread, args=(seed, seconds)) for seed in range(threads)]
        for thread in (observer, *workers):
            thread.start()
        for thread in workers:
            thread.join()
        ended.set()
        observer.join()


def fetch(connection: HTTPConnection, target: str) -> dict[str, Any]:
    """Return the JSON at `target`.

    Raises:
        ConnectionError: It was not answered with 200.
    """
    connection.request("GET", target)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise ConnectionError(f"{target}: {answer.status} {body.decode(errors='replace')[:300]}")
    found: dict[str, Any] = json.loads(body)
    return found


@contextmanager
def two_workers(home: Path, files: int) -> Iterator[tuple[Run, str]]:
    """Yield a run over two processes of one installation with two indexed sources, and the URL of their database."""
    roots = {name: home / name for name in (EDITED, QUIET)}
    (home / "empty").mkdir()
    with place(home / "empty") as (url, environment), socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        ports = [int(environment["PORT"]), probe.getsockname()[1]]
        probe.close()
        environment |= {"RAG_ALLOWED_ROOTS": str(home), "EMBEDDING_MINILM_ENABLED": "false"}
        run = Run(ports, roots[EDITED], files)
        for root in roots.values():
            root.mkdir()
            for file in range(files):
                (root / f"file_{file}.py").write_text(content(file, 0))
        for file in range(files):
            run.truth.saves(file, exists=True)
        servers = []
        try:
            for port in ports:
                servers.append(start_workers(environment | {"PORT": str(port)}, 1))
                seconds_until(f"http://127.0.0.1:{port}/api/health", lambda _: True)
            post(f"{url}/api/auth/register", ACCOUNT)
            token = post(f"{url}/api/auth/login", ACCOUNT)["access_token"]
            for name, root in roots.items():
                post(f"{url}/api/rag/sources", {"name": name, "path": str(root), "watch": True}, token)
            for port in ports:
                seconds_until(
                    f"http://127.0.0.1:{port}/api/rag/indexing", lambda now: idle(now) and now["known"] == 2 * files
                )
            with attach_blocking(Path(environment["REYNARD_DATA_DIR"])) as embedded:
                yield run, embedded.postgres_url("reynard")
        finally:
            for server in servers:
                stop(server)


def main() -> None:
    """Run, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--files", type=int, default=24)
    asked = parser.parse_args()
    with TemporaryDirectory() as home, two_workers(Path(home), asked.files) as (run, url):
        run.go(url, asked.threads, asked.seconds)
    print(report(run))


def report(run: Run) -> str:
    """Return the table."""
    counts, stale = run.counts, run.truth.stale
    delays = statistics.quantiles([1000 * delay for delay in run.truth.delays], n=20, method="inclusive")
    rows = [f"{'edits':34}{counts['edits']:8}"]
    for name in (EDITED, QUIET):
        asked = counts[f"asked {name}"]
        rows.append(f"{f'questions about the {name} source':34}{asked:8}")
        rows.append(f"{'  of them from the cache':34}{counts[f'cached {name}'] / max(1, asked):8.3f}")
    rows.append(f"{'from save to indexed, p50 / p95':34}{delays[9]:8.0f} /{delays[18]:6.0f} ms")
    rows.append(f"{'stale answers':34}{len(stale):8}")
    return "\n".join([*rows, *stale[:10]])


if __name__ == "__main__":
    main()
