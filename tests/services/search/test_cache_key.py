"""What tells one kept answer from another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from app.services.rag.progress import Asked, SourceProgress
from app.services.search.schemas import SearchRequest
from app.services.search.service import cache_key

SOURCE = SourceProgress(
    id=1, name="tree", path="/tree", watch=True, include=[], exclude=[], owner_id=None,
    visibility="shared", created_at=datetime.now(UTC), generation=1,
    scanning=False, problem=None, paused=False, branch=None, commit=None, embedded=0, reused=0, scan_requested=1,
    scan_finished=1, known=1, indexed=1, pending=0, failed=0,
    chunks=1, bytes=1, embedded_otherwise=False, lag_ms=0.0, statistics_generation=1,
)  # fmt: skip


def key(source: SourceProgress) -> str:
    return cache_key("hybrid", SearchRequest(query="x"), Asked((source,)), "model")


def test_the_source_its_installation_and_what_is_known_of_it_are_part_of_the_key() -> None:
    others = (
        replace(SOURCE, id=2),
        replace(SOURCE, generation=2),
        replace(SOURCE, statistics_generation=2),
        replace(SOURCE, embedded_otherwise=True),
        replace(SOURCE, created_at=SOURCE.created_at + timedelta(microseconds=1)),
    )
    assert len({key(source) for source in (SOURCE, *others)}) == 6
    assert key(replace(SOURCE, pending=3)) == key(SOURCE)


@pytest.mark.parametrize("score", ["nan", "inf", "-inf"])
def test_a_score_that_json_cannot_tell_from_none_is_refused(score: str) -> None:
    with pytest.raises(ValidationError):
        SearchRequest.model_validate({"query": "x", "min_score": score})


def test_a_filter_that_postgresql_cannot_compare_with_is_refused() -> None:
    with pytest.raises(ValidationError):
        SearchRequest.model_validate({"query": "x", "paths": ["a\x00"]})
