"""No answer is stale, in any worker: a short form of `benchmarks.stale_answers`, and that it would notice."""

import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from app.services.rag.indexing.manifest_repository import next_generation
from benchmarks.stale_answers import QUIET, Run, fetch, questions, report, two_workers
from benchmarks.truth import LEARNED_SECONDS, MARK, Truth, content
from tests.services.search.conftest import Desk

FILES = 6


@pytest.fixture(scope="module")
def run_and_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, str]]:
    """Two workers after four threads edited and asked for some seconds."""
    with two_workers(tmp_path_factory.mktemp("stale"), FILES) as (run, url):
        run.go(url, threads=4, seconds=4)
        yield run, url


@pytest.mark.xdist_group("stale")
def test_edits_and_questions_at_random_give_no_stale_answer(run_and_url: tuple[Run, str]) -> None:
    run, _ = run_and_url
    assert run.truth.stale == [], report(run)
    assert run.counts["edits"] > FILES
    assert run.truth.delays
    assert run.counts["cached edited"] > 0
    assert run.counts["cached quiet"] == run.counts["asked quiet"] > 0


@pytest.mark.xdist_group("stale")
def test_a_change_of_one_file_retires_what_was_said_of_its_source_only(run_and_url: tuple[Run, str]) -> None:
    run, _ = run_and_url
    connections = [HTTPConnection("127.0.0.1", port, timeout=30) for port in run.ports]
    every = [(connection, target) for connection in connections for target, _ in questions(FILES)]
    for connection, target in every:
        fetch(connection, f"{target}&source=edited")
    version = run.edit(1)
    literal = "/api/search/syntax?limit=100&source=edited&q=version"
    while version not in versions(fetch(connections[0], literal), 1):
        time.sleep(0.01)
    time.sleep(LEARNED_SECONDS)
    for connection, target in every:
        assert versions(fetch(connection, f"{target}&source=edited"), 1) <= {version}
        assert fetch(connection, f"{target}&source={QUIET}")["cached"]
    for connection in connections:
        assert versions(fetch(connection, literal), 1) == {version}
        connection.close()


def versions(answer: dict[str, list[dict[str, str]]], file: int) -> set[int]:
    """Return the versions of a file that an answer shows."""
    marks = (MARK.search(hit["snippet"]) for hit in answer["results"])
    return {int(mark[2]) for mark in marks if mark and int(mark[1]) == file}


def told(truth: Truth, generation: int, shown: dict[int, int], *, all_shown: bool = False, late: bool = False) -> str:
    """Return what is said of an answer that is asked for now, or after everybody must have learned."""
    truth.stale.clear()
    if late:
        time.sleep(LEARNED_SECONDS + 0.01)
    truth.answered(truth.ask(0), generation, shown, all_shown=all_shown)
    return "; ".join(truth.stale)


def test_a_stale_answer_would_be_noticed() -> None:
    truth = Truth()
    for _ in range(2):
        truth.saves(0, exists=True)
    truth.indexed(5, {0: 1})
    assert told(truth, 4, {0: 0}) == ""
    assert "file 0 was version 1, not 0" in told(truth, 5, {0: 0})
    assert "file 0 was version 1, not 0" in told(truth, 4, {0: 0}, late=True)
    assert "it had shown generation 5" in told(truth, 4, {0: 1})
    assert "file 0 is missing" in told(truth, 5, {}, all_shown=True)
    assert told(truth, 5, {}) == ""
    truth.saves(0, exists=False)
    assert told(truth, 5, {}, all_shown=True) == ""
    truth.indexed(6, {})
    assert told(truth, 6, {}, all_shown=True) == ""
    assert "file 0 was version 2, not 1" in told(truth, 6, {0: 1})
    truth.saves(0, exists=True)
    truth.saves(0, exists=False)
    truth.indexed(6, {})
    assert told(truth, 6, {0: 3}) == ""
    assert len(truth.delays) == 2


@pytest.mark.anyio
async def test_a_text_that_was_switched_back_before_it_was_indexed_is_found_again(desk: Desk) -> None:
    question = {"query": "version", "limit": 10, "paths": ["app/file.py"]}
    desk.workshop.write("app/file.py", content(1, 0))
    await desk.index()
    desk.workshop.write("app/file.py", content(1, 1))
    await desk.workshop.scanner.scan(1)
    async with desk.workshop.database.transaction() as session:
        await next_generation(session, desk.workshop.scanner.source.id)
    await desk.rag.refresh()
    assert versions(await desk.ask("syntax", **question), 1) == {1}
    desk.workshop.write("app/file.py", content(1, 0))
    await desk.workshop.scanner.scan(1)
    await desk.rag.refresh()
    assert versions(await desk.ask("syntax", **question), 1) == {0}
