"""What the programs of the engines share: bounds on themselves, and the answering of orders.

A program ends with its standard input, so also when whoever started it was killed.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from typing import BinaryIO, Protocol

from app.core.children import NICENESS
from app.services.tts.engines.protocol import HEAD, MAX_FRAME, Greeting, Kind, Order

MAX_MEMORY = 4 << 30
"""Bytes of address space: piper takes 1.3 GB for its longest sentence on two cores, and some for each further core."""


class Engine(Protocol):
    """What makes samples."""

    def greeting(self) -> Greeting:
        """Return version and voices."""

    def speak(self, order: Order) -> Iterable[bytes]:
        """Yield samples of the order."""


class EngineError(Exception):
    """The engine cannot be used; the text is a sentence for people."""


def serve(make: Callable[[], Engine]) -> None:
    """Make the engine, greet, and answer orders until there are no more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they are for whoever started us, who closes our standard input
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not come between the answers
    try:
        engine = make()
        send(answers, Kind.greeting, engine.greeting().model_dump_json().encode())
    except EngineError as error:
        send(answers, Kind.failed, str(error).encode())
        return
    for line in sys.stdin.buffer:
        try:
            for samples in engine.speak(Order.model_validate_json(line)):
                for at in range(0, len(samples), MAX_FRAME):
                    send(answers, Kind.audio, samples[at : at + MAX_FRAME])
            send(answers, Kind.done, b"")
        except EngineError as error:
            send(answers, Kind.failed, str(error).encode())


def send(answers: BinaryIO, kind: Kind, content: bytes) -> None:
    """Write one frame."""
    answers.write(HEAD.pack(kind, len(content)) + content)
    answers.flush()
