"""What was true of some files at each moment, and which answers contradict it."""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

LEARNED_SECONDS = 0.2
"""So long after a change was indexed another process may go on showing what was before."""

MARK = re.compile(r"file(\d+)version(\d+)end")
"""What every version of a file holds."""


def content(file: int, version: int) -> str:
    """Return the text of one version of a file."""
    return (
        f'def keep_{file}(value):\n    """Keep what file {file} was given."""\n'
        f'    return "file{file}version{version}end", value\n'
    )


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was sent to a worker, at a moment of the monotonic clock.

    `generation` is the newest that this worker had shown before.
    """

    worker: int
    asked_at: float
    generation: int


@dataclass(frozen=True, slots=True)
class State:
    """A version that was seen in the index, at the latest then, with this generation."""

    version: int
    seen_at: float
    generation: int


@dataclass
class Truth:
    """Saves as they were made, the index as it was seen, and how answers compare with both.

    Attributes:
        stale: What was wrong, in words, for each answer that was.
        delays: Seconds from a save until it was seen in the index.
    """

    stale: list[str] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _saves: defaultdict[int, list[tuple[float, bool]]] = field(default_factory=lambda: defaultdict(list))
    _states: defaultdict[int, list[State]] = field(default_factory=lambda: defaultdict(list))
    _shown: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def saves(self, file: int, *, exists: bool) -> int:
        """Note that a file is about to be written, or deleted; return its new version, from 0."""
        with self._lock:
            self._saves[file].append((time.monotonic(), exists))
            return len(self._saves[file]) - 1

    def indexed(self, generation: int, versions: dict[int, int]) -> None:
        """Note what one look at the index showed.

        A file that was in it and is no more was deleted, by the first deletion since; if it was not in it, that says
        nothing new.
        """
        now = time.monotonic()
        with self._lock:
            for file, states in self._states.items():
                if file not in versions and self._saves[file][states[-1].version][1]:
                    after = range(states[-1].version + 1, len(self._saves[file]))
                    deleted = (version for version in after if not self._saves[file][version][1])
                    versions[file] = next(deleted, states[-1].version)
            for file, version in versions.items():
                known = self._states[file]
                if not known or known[-1].version < version:
                    known.append(State(version, now, generation))
                    if version:  # the first one was there before the server
                        self.delays.append(now - self._saves[file][version][0])

    def ask(self, worker: int) -> Question:
        """Return the question that is asked now."""
        with self._lock:
            return Question(worker, time.monotonic(), self._shown[worker])

    def answered(self, question: Question, generation: int, shown: dict[int, int], *, all_shown: bool) -> None:
        """Compare an answer, which names a generation and shows versions of files, with what is known.

        With `all_shown` every file should be among them.
        """
        with self._lock:
            wrong = list(self._wrong(question, generation, shown, all_shown=all_shown))
            self._shown[question.worker] = max(self._shown[question.worker], generation)
        self.stale += [f"worker {question.worker}, generation {generation}: {'; '.join(wrong)}"] if wrong else []

    def _wrong(self, question: Question, generation: int, shown: dict[int, int], *, all_shown: bool) -> Iterable[str]:
        if generation < question.generation:
            yield f"it had shown generation {question.generation}"
        for file, states in self._states.items():
            due = [
                state.version
                for state in states
                if state.seen_at + LEARNED_SECONDS < question.asked_at or state.generation <= generation
            ]
            if not due:
                continue
            deleted = not self._saves[file][due[-1]][1]
            if file in shown and (shown[file] < due[-1] or (deleted and shown[file] == due[-1])):
                yield f"file {file} was version {due[-1]}, not {shown[file]}"
            if all_shown and file not in shown and due[-1] == len(self._saves[file]) - 1 and not deleted:
                yield f"file {file} is missing"
