"""Waiting for something that is asked again and again, in a thread or on an event loop."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from app.db.embedded.errors import EmbeddedServerError

T = TypeVar("T")

_POLL_SECONDS = 0.01


async def until(question: Callable[[], T | None], deadline: float) -> T:
    """Ask in a thread until the answer is neither None nor False.

    Args:
        question: What to ask; may block for moments.
        deadline: When to give up, on the clock of `time.monotonic`.

    Raises:
        EmbeddedServerError: There was no answer in time.
    """
    while not (answer := await asyncio.to_thread(question)):
        _check(deadline)
        await asyncio.sleep(_POLL_SECONDS)
    return answer


def until_blocking(question: Callable[[], T | None], deadline: float) -> T:
    """Do what `until` does, in this thread."""
    while not (answer := question()):
        _check(deadline)
        time.sleep(_POLL_SECONDS)
    return answer


def _check(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise EmbeddedServerError(
            "The embedded servers did not run in time: see `logs` in the data directory for the reason."
        )
