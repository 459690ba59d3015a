"""Numbers of several processes, added up; real processes, because a process has one set of numbers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.metrics import counter, exposition, gauge, share_metrics
from app.core.metrics.sharing import FILE_BYTES

PROGRAM = """
import sys
from pathlib import Path
from app.core.metrics import counter, exposition, gauge, share_metrics
hits, open_now = counter("hits", "Hits.", ("kind",)), gauge("open", "Open.", ("kind",))
hits.labels("early").inc()
with share_metrics(Path(sys.argv[1])):
    hits.labels("x").inc(int(sys.argv[2]))
    open_now.labels("x").inc()
    print("ready", flush=True)
    for line in sys.stdin:
        print(exposition().decode().replace("\\n", "|"), flush=True)
"""

Process = subprocess.Popen[str]


@contextmanager
def worker(directory: Path, hits: int) -> Iterator[Process]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(directory), str(hits)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": "."},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def told(process: Process) -> dict[str, float]:
    """Return every sample that this process exposes."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("now\n")
    process.stdin.flush()
    lines = process.stdout.readline().strip().split("|")
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines) if name[:1] not in ("", "#")
    }


HITS, OPEN = 'reynard_hits_total{kind="x"}', 'reynard_open{kind="x"}'


def test_every_process_tells_the_sum_of_all(tmp_path: Path) -> None:
    with worker(tmp_path, 3) as one, worker(tmp_path, 4) as two:
        assert told(one) == told(two)
        assert (told(one)[HITS], told(one)[OPEN]) == (7, 2)
        assert told(one)['reynard_hits_total{kind="early"}'] == 2


def test_counters_survive_a_killed_worker_and_what_it_had_open_does_not(tmp_path: Path) -> None:
    with worker(tmp_path, 3) as one:
        with worker(tmp_path, 4):
            assert told(one)[OPEN] == 2
        assert (told(one)[HITS], told(one)[OPEN]) == (7, 1)
        with worker(tmp_path, 5) as three:
            assert (told(three)[HITS], told(one)[OPEN]) == (12, 2)
        assert len(list(tmp_path.glob("counter_*.db"))) == 2


def test_the_first_process_begins_at_nothing(tmp_path: Path) -> None:
    with worker(tmp_path, 3):
        pass
    with worker(tmp_path, 4) as second:
        assert told(second)[HITS] == 4


def test_the_files_have_their_room_on_the_disk_from_the_start(tmp_path: Path) -> None:
    with worker(tmp_path, 1):
        for file in tmp_path.glob("*.db"):
            assert file.stat().st_blocks * 512 >= FILE_BYTES


SOLO, SOLO_GAUGE = counter("solo", "Counted alone.", ("kind",)), gauge("solo_now", "Now.", ("kind",))


def test_a_directory_that_cannot_be_used_leaves_a_process_to_itself(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with share_metrics(tmp_path / "file"):
        SOLO.labels("a").inc(2)
        SOLO_GAUGE.labels("a").set(5)
        text = exposition().decode()
    assert 'reynard_solo_total{kind="a"} 2.0' in text
    assert 'reynard_solo_now{kind="a"} 5.0' in text


def test_sharing_again_inside_changes_nothing(tmp_path: Path) -> None:
    with share_metrics(tmp_path / "outer"):
        with share_metrics(tmp_path / "inner"):
            SOLO.labels("b").inc()
        SOLO.labels("b").inc()
        assert 'reynard_solo_total{kind="b"} 2.0' in exposition().decode()
    assert not (tmp_path / "inner").exists()


@pytest.mark.parametrize("kind", ["counter", "histogram", "gauge_livesum"])
def test_each_kind_has_one_file(tmp_path: Path, kind: str) -> None:
    with share_metrics(tmp_path):
        assert (tmp_path / f"{kind}_0.db").exists()


LEVELS = """
import sys
from pathlib import Path
from app.core.metrics import exposition, level, share_metrics
pending = level("pending", "Pending.", ("of",))
with share_metrics(Path(sys.argv[1])):
    for line in sys.stdin:
        if line.strip() != "now":
            pending.labels("files").set(float(line))
        print(exposition().decode().replace("\\n", "|"), flush=True)
"""


def test_of_what_all_processes_know_the_last_word_counts(tmp_path: Path) -> None:
    def start() -> Process:
        return subprocess.Popen(
            [sys.executable, "-c", LEVELS, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": "."},
        )

    def says(process: Process, line: str) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        return next(part for part in process.stdout.readline().split("|") if part.startswith("reynard_pending{"))

    first, second = start(), start()
    try:
        assert says(first, "9").endswith(" 9.0")
        assert says(second, "4").endswith(" 4.0")
        assert says(first, "now").endswith(" 4.0"), "neither the sum nor the largest"
        assert says(first, "7").endswith(" 7.0")
        assert says(second, "now").endswith(" 7.0")
        first.kill()
        first.wait()
        assert says(second, "now").endswith(" 4.0"), "what a process said that is gone does not count"
    finally:
        for process in (first, second):
            process.kill()
            process.communicate()
