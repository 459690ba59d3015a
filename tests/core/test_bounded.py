"""Children that answer, fail, hang and eat memory."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.core.bounded import ChildFailed, Children, children

pytestmark = pytest.mark.anyio


@pytest.fixture
async def answering() -> AsyncIterator[Children]:
    made = Children("tests.core.bounded_process", size=2, seconds=5, most_bytes=1_000_000)
    yield made
    await made.aclose()


async def test_a_child_answers_one_request_after_another(answering: Children) -> None:
    first = await answering.ask(b"pid")
    assert await answering.ask(b"pid") == first
    assert await answering.ask(b"echo " + bytes(200_000)) == bytes(200_000)
    assert await answering.ask(b"print") == b"printed"


async def test_requests_run_side_by_side_and_no_more_than_allowed(answering: Children) -> None:
    pids = await asyncio.gather(*(answering.ask(b"pid") for _ in range(10)))
    assert 1 <= len(set(pids)) <= 2


@pytest.mark.parametrize("order", [b"exit", b"memory", b"crash", b"long", b"half"])
async def test_a_child_that_fails_is_replaced(answering: Children, order: bytes) -> None:
    before = await answering.ask(b"pid")
    with pytest.raises(ChildFailed):
        await answering.ask(order)
    assert await answering.ask(b"pid") != before


async def test_a_child_that_hangs_is_ended(answering: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "GRACE_SECONDS", 0.0)
    answering._seconds = 0.5
    with pytest.raises(ChildFailed):
        await answering.ask(b"hang")
    assert not answering._idle


async def test_the_alarm_of_a_child_ends_it_without_a_parent(answering: Children) -> None:
    answering._seconds = 60
    with pytest.raises(ChildFailed):  # the program's own limit is 2 s
        await answering.ask(b"hang")


async def test_who_waits_no_longer_leaves_no_child(answering: Children) -> None:
    await answering.ask(b"pid")
    (child,) = answering._idle
    task = asyncio.create_task(answering.ask(b"hang"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert child.returncode is not None


async def test_a_child_that_nobody_needs_leaves(answering: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "IDLE_SECONDS", 0.05)
    await answering.ask(b"pid")
    (child,) = answering._idle
    assert await asyncio.wait_for(child.wait(), 10) == 0
    assert (await answering.ask(b"pid")).isdigit()
