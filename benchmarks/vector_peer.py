"""Our semantic leg over HTTP, beside LanceDB in this process with the same vectors.

Usage: pip install lancedb; python -m benchmarks.vector_peer [--root DIRECTORY] [--questions 300]
LanceDB is asked for the 100 nearest, as our leg is, by looking at all vectors and by an index of its own; it answers
row numbers only, while our answer has ranked hits with snippets, as JSON. LanceDB is no dependency of the suite: with
its Arrow it takes 200 MB.
"""

import argparse
import asyncio
import sysconfig
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.services.rag.chunking import chunk
from app.services.rag.embedded import embedded_text
from app.services.rag.embedding import StaticEmbedding
from app.services.rag.indexing.reading import read
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.walk import walk
from benchmarks.client import HEADING, Measured, ask_each
from benchmarks.questions import questions, target
from benchmarks.serving import get, idle, place, seconds_until, start_workers, stop

DEPTH = 100
SETTLE_SECONDS = 25.0
MAX_BYTES = 2_000_000


def texts_of(root: Path) -> list[str]:
    """Return what is embedded of every chunk of a tree."""
    found = []
    for path in sorted(walk(root, Rules()).files):
        reading = read(root, path, MAX_BYTES)
        if reading is not None and reading.text is not None:
            found += [embedded_text(path, part.symbol, part.text) for part in chunk(path, reading.text)]
    return found


def timed(ask: Callable[[Any], object], vectors: Any) -> Measured:  # noqa: ANN401 - a numpy matrix
    """Return how long each vector took."""
    measured = Measured()
    for vector in vectors:
        begun = time.perf_counter()
        ask(vector)
        measured.latencies.append((time.perf_counter() - begun) * 1000)
    return measured


def peer(root: Path, asked: list[str]) -> list[str]:
    """Return the rows of LanceDB."""
    lancedb, arrow = import_module("lancedb"), import_module("pyarrow")
    embedding = StaticEmbedding.load()
    vectors = embedding.embed(texts_of(root))
    listed = arrow.FixedSizeListArray.from_arrays(arrow.array(vectors.reshape(-1)), vectors.shape[1])
    numbers = arrow.array(range(len(vectors)))
    with TemporaryDirectory() as directory:
        made = lancedb.connect(directory).create_table("t", arrow.table({"id": numbers, "vector": listed}))

        def ask(vector: Any) -> object:  # noqa: ANN401 - a numpy vector
            return made.search(vector).metric("dot").select(["id", "_distance"]).limit(DEPTH).to_list()

        wanted = [embedding.embed([text])[0] for text in asked]
        timed(ask, wanted[:20])
        rows = [timed(ask, wanted).row(f"LanceDB, all {len(vectors)} vectors")]
        made.create_index(metric="dot", index_type="IVF_HNSW_SQ", num_partitions=1)
        timed(ask, wanted[:20])
        return [*rows, timed(ask, wanted).row("LanceDB, its HNSW")]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(sysconfig.get_path("stdlib")))
    parser.add_argument("--questions", type=int, default=300)
    given = parser.parse_args()
    root = given.root.resolve()
    asked = questions(root, given.questions)
    with place(root) as (url, environment):
        server = start_workers(environment | {"EMBEDDING_MINILM_ENABLED": "false"}, 1)
        try:
            seconds_until(f"{url}/api/rag/indexing", idle)
            time.sleep(SETTLE_SECONDS)
            print(f"{get(f'{url}/api/rag/indexing')['chunks']} chunks")
            targets = [target(item, "semantic") for item in asked]
            ours = asyncio.run(ask_each(int(environment["PORT"]), targets))
        finally:
            stop(server)
    print(HEADING)
    print(ours.row("semantic, not cached, over HTTP"))
    print(*peer(root, asked), sep="\n")


if __name__ == "__main__":
    main()
