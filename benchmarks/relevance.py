"""How relevant the first ten hits are, over HTTP: NDCG@10 by repository and category, beside semble and ripgrep.

Usage: python -m benchmarks.relevance --checkouts DIR [--annotations DIR --repositories FILE]
                                      [--without minilm] [--ablation]
DIR of the checkouts holds each repository at its revision under its name. Without --annotations the questions in
benchmarks/validation/annotations are asked, which are our own; a folder in the same form takes their place, such as
benchmarks/validation/other_words: questions of people who do not know the words of the code.
"""

import argparse
import json
import math
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from benchmarks import relevance_peers as peers
from benchmarks.ablation import LEGS, VARIANTS, kind_of, reorder
from benchmarks.ndcg import PLACES, Place, Question, ndcg, questions_of
from benchmarks.serving import POLL_SECONDS, get, idle, place, seconds_until, start_workers, stop

VALIDATION = Path(__file__).with_name("validation")
ACCOUNT = {"username": "relevance", "password": "a-benchmark-of-relevance"}
UNKNOWN_WORD = "zyxqqvutsrq"
COUNTED_SHARE = 0.98
"""Of the chunks, in the statistics: they are counted anew when the chunks have changed by a hundredth."""

CHARACTERS_A_TOKEN = 3.5
"""Of code, for the usual tokenizers; measured on the snippets of this benchmark with WordPiece: 3.4."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, the directory that is indexed, and its questions."""

    name: str
    root: Path
    questions: list[Question]


def repositories(checkouts: Path, annotations: Path, listed: Path) -> list[Repository]:
    """Return the repositories that have a checkout and questions."""
    return [
        Repository(
            item["name"],
            checkouts / item["name"] / item.get("benchmark_root", ""),
            questions_of(annotations / f"{item['name']}.json"),
        )
        for item in json.loads(listed.read_text("utf-8"))
        if (checkouts / item["name"]).is_dir() and (annotations / f"{item['name']}.json").is_file()
    ]


def post(url: str, body: object, token: str = "") -> Any:  # noqa: ANN401 - JSON
    """Return the JSON that answers a POST."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=60) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def index(url: str, repository: Repository, token: str, *, minilm: bool) -> None:
    """Make a source of the repository and wait until all that takes part is complete."""
    source = {"name": repository.name, "path": str(repository.root.resolve()), "watch": False}
    post(f"{url}/api/rag/sources", source, token)
    seconds_until(f"{url}/api/rag/indexing", idle)
    wait_for_statistics(url, repository, token)
    if minilm:
        seconds_until(f"{url}/api/rag/stats", complete)
        # A leg that is complete is not asked before its model is loaded, which takes seconds for the first source.
        asked = urlencode({"q": UNKNOWN_WORD, "source": repository.name, "explain": "true"})
        seconds_until(f"{url}/api/search/hybrid?{asked}", has_extra_leg)


def wait_for_statistics(url: str, repository: Repository, token: str) -> None:
    """Wait until it is known how rare words are, which is counted some seconds after the first chunks."""
    chunks = get(f"{url}/api/rag/sources/{repository.name}")["chunks"]
    asked = {"query": UNKNOWN_WORD, "source": repository.name}
    while True:
        (weight,) = post(f"{url}/api/search/analyze", asked, token)["weights"].values()
        if weight >= math.log1p(COUNTED_SHARE * chunks / 0.5):
            return
        time.sleep(POLL_SECONDS)


def has_extra_leg(answer: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether an extra leg took part in an explained answer."""
    return any(kind_of(leg) == LEGS[-1] for hit in answer["results"] for leg in hit["explain"]["legs"])


def complete(stats: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether every extra leg covers all chunks."""
    return all(share >= 1 for share in stats["coverage"].values())


def hits_of(url: str, repository: Repository, question: Question, limit: int) -> list[dict[str, Any]]:
    """Return what hybrid search answers."""
    asked = urlencode({"q": question.query, "source": repository.name, "limit": limit, "explain": "true"})
    found: list[dict[str, Any]] = get(f"{url}/api/search/hybrid?{asked}")["results"]
    return found


def places(hits: Sequence[dict[str, Any]]) -> list[Place]:
    """Return where hits are."""
    return [Place(hit["path"], hit["start_line"], hit["end_line"]) for hit in hits]


class Table:
    """Scores by who answered, repository and category."""

    def __init__(self) -> None:
        self._scores: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        self._repositories: list[str] = []

    def add(self, who: str, repository: str, question: Question, score: float) -> None:
        """Note one answer."""
        self._scores[who, repository].append(score)
        self._scores[who, f"[{question.category}]"].append(score)
        if repository not in self._repositories:
            self._repositories.append(repository)

    def mean(self, who: str) -> float:
        """Return the mean over repositories of their mean over questions."""
        return fmean(fmean(self._scores[who, name]) for name in self._repositories)

    def print(self, columns: Sequence[str]) -> None:
        """Print a line for each repository and category, and the mean."""
        print(f"{'NDCG@10':22}" + "".join(f"{who:>10}" for who in columns))
        rows = dict.fromkeys([*self._repositories, *sorted(row for _, row in self._scores if row.startswith("["))])
        for row in rows:
            print(f"{row:22}" + "".join(f"{fmean(self._scores[who, row]):10.3f}" for who in columns))
        print(f"{'mean':22}" + "".join(f"{self.mean(who):10.3f}" for who in columns))


def ask(url: str, repository: Repository, table: Table, *, ablation: bool) -> tuple[list[int], list[int]]:
    """Ask every question; return the lines and the characters shown for each."""
    lines, characters = [], []
    for question in repository.questions:
        hits = hits_of(url, repository, question, 100 if ablation else PLACES)
        table.add("reynard", repository.name, question, ndcg(question.targets, places(hits)))
        for name in VARIANTS if ablation else ():
            table.add(name, repository.name, question, ndcg(question.targets, places(reorder(hits, name))))
        shown = [hit["snippet"] for hit in hits[:PLACES]]
        lines.append(sum(text.count("\n") + 1 for text in shown))
        characters.append(sum(map(len, shown)))
    return lines, characters


def ask_peers(repository: Repository, table: Table) -> list[str]:
    """Let the peers that are installed answer; return their names."""
    queries = [question.query for question in repository.questions]
    answered = {"semble*": peers.semble(repository.root, queries), "ripgrep": peers.ripgrep(repository.root, queries)}
    for name, found in answered.items():
        for question, hits in zip(repository.questions, found or (), strict=False):
            table.add(name, repository.name, question, ndcg(question.targets, hits))
    return [name for name, found in answered.items() if found]


def main() -> None:
    """Index each repository, ask its questions, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkouts", type=Path, required=True)
    parser.add_argument("--annotations", type=Path, default=VALIDATION / "annotations")
    parser.add_argument("--repositories", type=Path)
    parser.add_argument("--without", choices=["minilm"])
    parser.add_argument("--ablation", action="store_true")
    asked = parser.parse_args()
    listed = asked.repositories or asked.annotations.parent / "repos.json"
    table, columns, lines, characters = Table(), ["reynard"], list[int](), list[int]()
    with TemporaryDirectory() as empty, place(Path(empty)) as (url, environment):
        environment["RAG_ALLOWED_ROOTS"] = str(asked.checkouts.resolve())
        environment["EMBEDDING_MINILM_ENABLED"] = str(asked.without != "minilm").lower()
        server = start_workers(environment, 1)
        try:
            seconds_until(f"{url}/api/health", lambda _: True)
            post(f"{url}/api/auth/register", ACCOUNT)
            token = post(f"{url}/api/auth/login", ACCOUNT)["access_token"]
            for repository in repositories(asked.checkouts, asked.annotations, listed):
                index(url, repository, token, minilm=asked.without != "minilm")
                shown = ask(url, repository, table, ablation=asked.ablation)
                lines += shown[0]
                characters += shown[1]
                columns = ["reynard", *ask_peers(repository, table)]
        finally:
            stop(server)
    table.print(columns)
    if "semble*" in columns:
        print("* without its model, which has to be downloaded: its words and its ranking")
    print(f"a top ten shows {fmean(lines):.0f} lines, about {fmean(characters) / CHARACTERS_A_TOKEN:.0f} tokens")
    if asked.ablation:
        for name in VARIANTS:
            print(f"{name:28}{table.mean(name):8.3f}{table.mean(name) - table.mean('reynard'):+8.3f}")


if __name__ == "__main__":
    main()
