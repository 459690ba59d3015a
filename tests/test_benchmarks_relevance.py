"""The arithmetic of the relevance benchmark."""

import json
from itertools import pairwise
from math import log2
from pathlib import Path

import pytest

from benchmarks.ablation import VARIANTS, reorder
from benchmarks.ndcg import Place, ndcg, questions_of

VALIDATION = Path(__file__).parents[1] / "benchmarks" / "validation"


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        (["a.py"], ["a.py"], 1.0),
        (["pkg/a.py"], ["a.py"], 1.0),
        (["a.py"], ["ba.py", "x/a.py"], 1 / log2(3)),
        (["a.py", "b.py"], ["b.py"], 1 / (1 + 1 / log2(3))),
        (["a.py"], ["a.py", "a.py"], 1.0),
        (["a.py"], ["x.py"] * 10 + ["a.py"], 0.0),
        (["a.py"], [], 0.0),
    ],
)
def test_a_target_counts_at_the_first_hit_in_its_file(wanted: list[str], found: list[str], expected: float) -> None:
    assert ndcg([Place(path) for path in wanted], [Place(path) for path in found]) == pytest.approx(expected)


def test_lines_have_to_overlap() -> None:
    assert ndcg([Place("a.py", 10, 20)], [Place("a.py", 20, 30)]) == 1
    assert ndcg([Place("a.py", 10, 20)], [Place("a.py", 21, 30)]) == 0


def test_our_questions_are_complete() -> None:
    names = {item["name"] for item in json.loads((VALIDATION / "repos.json").read_text())}
    files = {file.stem: questions_of(file) for file in (VALIDATION / "annotations").glob("*.json")}
    assert files.keys() == names
    assert all(question.query and question.targets for questions in files.values() for question in questions)
    assert all(len({question.query for question in questions}) == len(questions) for questions in files.values())


def test_questions_in_other_words_are_about_the_same_repositories() -> None:
    names = {item["name"] for item in json.loads((VALIDATION / "repos.json").read_text())}
    files = {file.stem: questions_of(file) for file in (VALIDATION / "other_words").glob("*.json")}
    assert len(files) == len(files.keys() & names) == 16
    assert all(question.category == "other words" for questions in files.values() for question in questions)
    asked = {question.query for file in (VALIDATION / "annotations").glob("*.json") for question in questions_of(file)}
    assert not asked.intersection(question.query for questions in files.values() for question in questions)


def hit(path: str, legs: dict[str, int], **boosts: float) -> dict[str, object]:
    places = {name: {"rank": rank, "score": 1.0} for name, rank in legs.items()}
    return {"path": path, "explain": {"query_kind": "words", "legs": places, "boosts": boosts}}


def test_variants_take_parts_of_the_ranking_away() -> None:
    hits = [
        hit("named.py", {"dense": 5, "lexical": 9}, file_name=2.0),
        hit("lexical.py", {"lexical": 1}),
        hit("dense.py", {"dense": 1}),
        hit("test.py", {"dense": 1, "lexical": 1}, test=0.3),
    ]

    def first(variant: str) -> object:
        return reorder(hits, variant)[0]["path"]

    assert first("without evidence") == "named.py"
    assert first("no factor") == "test.py"
    assert first("only file name") == "named.py"
    assert first("without penalties") == "named.py"
    assert first("without leg lexical") == "named.py"
    assert [item["path"] for item in reorder(hits, "no factor")] == ["test.py", "named.py", "dense.py", "lexical.py"]


def test_every_variant_keeps_every_hit() -> None:
    hits = [hit("a.py", {"dense": rank, "lexical": rank}) for rank in range(1, 4)]
    hits.append(hit("b.py", {"dense": 4}))
    for variant in VARIANTS:
        assert sorted(map(str, reorder(hits, variant))) == sorted(map(str, hits))
    assert [item["path"] for item in reorder(hits, "without folder")][:2] == ["a.py", "b.py"]
    assert all(a["path"] <= b["path"] for a, b in pairwise(reorder(hits, "several of a file")))
