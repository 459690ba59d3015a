"""Measures an embedding alone, without BM25 or ranking: held-out pairs and the public retrieval benchmark."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from app.services.rag.chunking import chunk
from app.services.rag.embedding.words import words_of
from benchmarks.ndcg import Place, Question, questions_of
from benchmarks.ndcg import ndcg as score
from scripts.embedding_training.pairs import code_of

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk of the benchmark: its path, first and last line, and what is embedded of it."""

    path: str
    first: int
    last: int
    text: str


_COMMON = """
a an and any are as at be been being but by can could do does for from given has have if in into is it its may must no
not of on only or other shall should so such than that the their them then there these this those to true false until
up used uses using was we were what when where whether which while will with you your
"""
COMMON = frozenset(_COMMON.split())
"""Words that say nothing of what a comment is about."""


def shares_no_word(pair: dict[str, str]) -> bool:
    """Tell whether a comment has no word in common with its code, path and symbol, but for COMMON ones."""
    said, code = ({w.lower() for w in words_of(text)} for text in (pair["words"], code_of(pair)))
    return said.isdisjoint(code - COMMON)


def reciprocal_ranks(
    pairs: list[dict[str, str]], embed: Embed, asked: Callable[[dict[str, str]], bool] = lambda _: True
) -> dict[str, float]:
    """Return for each source the mean reciprocal rank of a comment's own code among all code of the source.

    Only pairs for which `asked` holds are asked; the code of all pairs is searched.
    """
    by_source: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for pair in pairs:
        if pair["symbol"]:
            by_source[pair["source"]].append(pair)
    return {source: _reciprocal_rank(some, embed, asked) for source, some in by_source.items()}


def _reciprocal_rank(pairs: list[dict[str, str]], embed: Embed, asked: Callable[[dict[str, str]], bool]) -> float:
    own = np.flatnonzero([asked(pair) for pair in pairs])
    likeness = embed([pairs[i]["words"] for i in own]) @ embed([code_of(pair) for pair in pairs]).T
    ranks = (likeness >= likeness[np.arange(len(own)), own][:, np.newaxis]).sum(axis=1)
    return float((1 / ranks).mean())


def passages_of(root: Path) -> Iterator[Passage]:
    """Yield the chunks of the text files under a root, as the index would hold them."""
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.stat().st_size > 1_000_000:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        name = str(path.relative_to(root))
        for piece in chunk(name, text):
            yield Passage(name, piece.start_line, piece.end_line, f"{name} {piece.symbol or ''}\n{piece.text}")


def ndcg(questions: list[Question], passages: list[Passage], embed: Embed) -> dict[str, float]:
    """Return the mean NDCG@10 by category of the benchmark's questions (see its README for the definition)."""
    vectors = embed([passage.text for passage in passages])
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for question in questions:
        order = np.argsort(-(vectors @ embed([question.query])[0]), kind="stable")[:10]
        gained = score(question.targets, [Place(passages[i].path, passages[i].first, passages[i].last) for i in order])
        scores[question.category].append(gained)
        scores["all"].append(gained)
    return {category: fmean(some) for category, some in scores.items()}


def benchmark(annotations: Path, checkouts: Path, embed: Embed) -> dict[str, dict[str, float]]:
    """Return NDCG@10 by category for each repository that has annotations and a checkout of the same name."""
    scores = {}
    for file in sorted(annotations.glob("*.json")):
        scores[file.stem] = ndcg(questions_of(file), list(passages_of(checkouts / file.stem)), embed)
    return scores
