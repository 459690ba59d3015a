"""The side of the child: it answers one request after another, until standard input ends."""

import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

NICENESS = 10
HEAD = 8
"""Bytes of a length, in front of each request and each answer."""


def serve(answer: Callable[[bytes], bytes], memory: int, seconds: int) -> None:
    """Answer requests for ever.

    A request that takes longer than `seconds` ends the process, also when nobody is left to end it, and also in the
    middle of a library: the alarm's own action is to kill. One that takes more than `memory` bytes of address space
    raises MemoryError in `answer`, or ends the process.
    """
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for number in (signal.SIGINT, signal.SIGTERM):  # those to the whole process group are the parent's to act on
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    while (request := read(sys.stdin.buffer)) is not None:
        signal.alarm(seconds)
        found = answer(request)
        signal.alarm(0)
        answers.write(len(found).to_bytes(HEAD) + found)
        answers.flush()


def read(stream: BinaryIO) -> bytes | None:
    """Return the next request; None at the end."""
    head = stream.read(HEAD)
    if len(head) < HEAD:
        return None
    size = int.from_bytes(head)
    found = stream.read(size)
    return found if len(found) == size else None
