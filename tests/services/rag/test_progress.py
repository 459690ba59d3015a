"""What an API process knows of the index."""

from datetime import UTC, datetime

from app.services.rag.progress import Progress, SourceProgress


def source(generation: int = 1, **counts: int) -> SourceProgress:
    values = {"known": 0, "indexed": 0, "pending": 0, "failed": 0, "chunks": 0, "scan_requested": 1, "scan_finished": 1}
    return SourceProgress(
        id=1,
        name="code",
        path="/code",
        watch=True,
        include=[],
        exclude=[],
        created_at=datetime.now(UTC),
        generation=generation,
        scanning=False,
        problem=None,
        bytes=0,
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
        progress.update([source(**counts)])
        assert progress.state == state
        assert progress.sources[1].caught_up == (state == "idle")
