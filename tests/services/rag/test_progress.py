"""What an API process knows of the index."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.metrics import exposition
from app.services.rag import meters
from app.services.rag import progress as room
from app.services.rag.progress import Progress, SourceProgress
from app.welcome import time_left


def source(generation: int = 1, *, paused: bool = False, **counts: int) -> SourceProgress:
    values = {"known": 0, "indexed": 0, "pending": 0, "failed": 0, "chunks": 0, "scan_requested": 1, "scan_finished": 1}
    values |= {"embedded": 0, "reused": 0}
    return SourceProgress(
        id=1,
        name="code",
        path="/code",
        watch=True,
        include=[],
        exclude=[],
        owner_id=None,
        visibility="shared",
        created_at=datetime.now(UTC),
        generation=generation,
        scanning=False,
        problem=None,
        paused=paused,
        branch=None,
        commit=None,
        bytes=0,
        embedded_otherwise=False,
        lag_ms=0.0,
        statistics_generation=None,
        **(values | counts),
    )


def test_a_late_reading_does_not_take_back_a_generation_that_was_told() -> None:
    progress = Progress()
    progress.update([source(generation=5)])
    progress.update([source(generation=4, known=7)])
    assert (progress.sources[1].generation, progress.sources[1].known) == (5, 7)
    progress.update([])
    assert progress.sources == {}


def test_the_state_is_what_still_has_to_be_done() -> None:
    progress = Progress()
    assert progress.state == "idle"
    for counts, state in (
        ({"scan_finished": 0}, "scanning"),
        ({"known": 2, "pending": 1}, "indexing"),
        ({"known": 2, "indexed": 1, "failed": 1}, "idle"),
    ):
        progress.update([source(1, paused=False, **counts)])
        assert progress.state == state
        assert progress.sources[1].caught_up == (state == "idle")


def test_a_paused_source_says_so_and_before_the_first_there_is_something_to_come() -> None:
    progress = Progress()
    progress.sourceless = False
    assert progress.state == "scanning"
    paused = Progress()
    paused.update([source(known=2, pending=1, paused=True)])
    assert paused.state == "paused"


def test_the_end_is_estimated_from_the_rate_while_something_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(room, "monotonic", lambda: clock[0])
    progress = Progress()
    progress.update([source(known=100, indexed=10, pending=90, chunks=50)])
    assert progress.eta_s is None
    clock[0] += 2
    progress.update([source(known=100, indexed=20, pending=80, chunks=100)])
    assert progress.eta_s == pytest.approx(80 * 5 / 25)
    progress.update([source(known=100, indexed=100, chunks=500)])
    assert progress.eta_s is None


def test_prometheus_reads_the_progress() -> None:
    progress = Progress()
    progress.update([replace(source(known=9, indexed=5, pending=3, failed=1, chunks=50, embedded=60), lag_ms=1500.0)])
    meters.tell(progress)
    told = exposition().decode()
    for line in (
        'reynard_index_files{state="indexed"} 5.0',
        'reynard_index_files{state="pending"} 3.0',
        'reynard_index_files{state="failed"} 1.0',
        'reynard_index_chunks{what="indexed"} 50.0',
        'reynard_index_chunks{what="embedded"} 60.0',
        'reynard_index_lag_seconds{of="pending"} 1.5',
    ):
        assert line in told


def test_the_time_left_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(room, "monotonic", lambda: clock[0])
    progress = Progress()
    assert time_left(progress) == ""
    progress.update([source(known=100, indexed=10, pending=90, chunks=50)])
    clock[0] += 10
    progress.update([source(known=100, indexed=20, pending=80, chunks=100)])
    assert time_left(progress) == "about 1 min 20 s left"


def test_numbers_say_when_they_are_old(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(room, "monotonic", lambda: clock[0])
    progress = Progress(_read_at=clock[0])
    said = []
    for passed in (0, 60, 0):
        if not passed:
            progress.update([source(known=1, indexed=1)])
        clock[0] += passed
        said.append(progress.problem)
    assert said == [None, "the database does not answer: these numbers are 60 s old", None]
