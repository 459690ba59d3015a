"""A child process ends with its parent, whatever it is doing."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.children import Orders, run_child

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import asyncio
from app.core.children import as_child

async def serve(orders):
    print(orders.name, flush=True)
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            {answer}

asyncio.run(as_child(serve))
"""


def start(answer: str) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(answer=answer)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps({"database_url": "postgresql://nowhere/x", "name": "first"}).encode() + b"\n")
    child.stdin.flush()
    assert child.stdout.readline() == b"first\n"
    return child


@pytest.mark.parametrize(("answer", "code"), [("raise", 0), ("pass", 1)])
def test_it_ends_with_its_standard_input_even_if_it_does_not_want_to(answer: str, code: int) -> None:
    child = start(answer)
    with child:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(30) == code


def test_signals_are_for_the_parent() -> None:
    child = start("raise")
    with child:
        child.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)


async def test_whoever_keeps_it_ends_it_when_cancelled() -> None:
    keeping = asyncio.create_task(run_child("app.services.rag.worker", Orders("postgresql://x:y@127.0.0.1:1/x", "w")))
    await asyncio.sleep(1)
    assert not keeping.done()
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    assert not await asyncio.to_thread(workers_of, os.getpid())


def workers_of(parent: int) -> list[str]:
    """Return the numbers of the workers that this process started."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [pid for pid in children if b"app.services.rag.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
