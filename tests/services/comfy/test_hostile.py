"""A ComfyUI that says anything at all: nothing of it breaks us, and what is kept is bounded."""

from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.services.comfy import board as board_module
from app.services.comfy.adapter import ids
from app.services.comfy.board import Board, Job, images_in
from app.services.comfy.jobs import ended
from app.services.comfy.names import choices
from app.services.comfy.refusals import MOST_PROBLEMS, refused
from app.services.comfy.schemas import JobState
from app.services.comfy.socket import note
from app.services.comfy.suggestions import unknown

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
EVENTS = "start", "cached", "success", "error", "interrupted"
KINDS = st.sampled_from(
    [*(f"execution_{event}" for event in EVENTS), "executing", "progress", "progress_state", "executed", "status"]
)
FIELDS = st.sampled_from(["node", "value", "max", "nodes", "output", "exception_type", "node_id"])
DATA = st.dictionaries(FIELDS, JSON, max_size=6)


@given(st.lists(st.tuples(KINDS, DATA), max_size=30))
def test_a_job_ends_once_and_its_events_are_numbered(messages: list[tuple[str, dict[str, Any]]]) -> None:
    board, name = Board(), uuid4()
    job = board.of(name)
    for kind, data in messages:
        board.heard(kind, {**data, "prompt_id": str(name)})
    assert [event["id"] for event in job.events] == list(range(1, job.told + 1))
    ends = [event for event in job.events if event["type"] in ("done", "error")]
    assert len(ends) == int(job.state.final)
    assert not ends or job.events[-1] is ends[0], "nothing comes after the end"


@given(JSON, KINDS)
def test_a_message_about_nothing_is_dropped(data: Any, kind: str) -> None:
    board = Board()
    known = board.of(uuid4())
    board.heard(kind, data if isinstance(data, dict) else {"prompt_id": data})
    assert known.told == 1


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_message_of_a_socket_is_survived(message: bytes | str) -> None:
    note(Board(), message)


@given(JSON)
def test_any_history_is_an_end(kept: Any) -> None:
    job = Job()
    ended(job, kept if isinstance(kept, dict) else {"outputs": kept, "status": kept})
    assert job.state.final


@given(st.dictionaries(st.sampled_from(["error", "node_errors"]), JSON, max_size=2))
def test_any_refusal_is_a_sentence_for_a_field(refusal: dict[str, Any]) -> None:
    found = refused(refusal)
    assert found.detail
    assert found.errors
    assert len(found.errors) <= MOST_PROBLEMS


@given(JSON, JSON)
def test_what_is_no_list_of_names_has_none(info: Any, value: Any) -> None:
    assert all(isinstance(name, str) for name in choices({"input": {"required": {"x": value}}}, "x"))
    assert choices(info, "x") == []
    assert all(isinstance(job, UUID) for job in ids([info, [1, info], [2, str(uuid4())]]))
    assert images_in(info) == [] or isinstance(info, dict)


def test_what_is_kept_is_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(board_module, "MOST_EVENTS", 10)
    monkeypatch.setattr(board_module, "MOST_JOBS", 3)
    board = Board()
    first = uuid4()
    job = board.of(first)
    for step in range(50):
        board.heard("progress", {"prompt_id": str(first), "node": "1", "value": step, "max": 50})
    assert [event["id"] for event in job.events] == list(range(43, 53))
    assert job.since(45)[0]["id"] == 46
    for _ in range(3):
        board.of(uuid4())
    assert board.get(first) is None
    assert job.state is JobState.running


def test_close_names_are_suggested_and_others_told() -> None:
    samplers = ["euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_2m_sde", "ddim"]
    assert "did you mean euler" in unknown("eulr", samplers)
    assert "dpmpp_2m" in unknown("dpm2m", samplers)
    assert "there is euler" in unknown("zzzz", samplers)
    assert "has none" in unknown("x", [])
