"""All that a disk may hold beside ordinary files: each has a reason, and none keeps the others from being found."""

import os
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import ascii_letters
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from app.services.rag.indexing.reading import read
from tests.services.rag.conftest import Workshop

pytestmark = pytest.mark.anyio

MEMORY = 150_000_000
"""Bytes that reading may take beyond what the process had: a file of at most 2 MB, read and decoded, takes 10."""


def enter(path: str) -> int:
    """Return a descriptor of a directory whose path may be longer than the system takes at once."""
    descriptor = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    for part in Path(path).parts[1:]:
        try:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=descriptor)
        except FileNotFoundError:
            os.mkdir(part, dir_fd=descriptor)
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    return descriptor


def put(directory: str, name: str, content: bytes) -> None:
    descriptor = enter(directory)
    file = os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=descriptor)
    os.write(file, content)
    os.close(file)
    os.close(descriptor)


@contextmanager
def the_rough(root: Path) -> Iterator[dict[str, str]]:
    """Fill `root` with what is rough; yield the reasons that files must be refused for, by path."""
    chance = random.Random(5)  # noqa: S311 - names, no secrets
    with (root / "huge.txt").open("wb") as huge:
        huge.truncate(500_000_000)
    (root / "minified.js").write_text("\n".join(f"var a{n}=1;" * 12 for n in range(100_000)))
    (root / "one_line.txt").write_bytes(b"word " * 19_000)
    (root / "latin.py").write_bytes("x = 'naïve'\n".encode("latin-1"))
    (root / "nul.py").write_bytes(b"x = 1\0")
    (root / ("n" * 252 + ".py")).write_text("long_name = 1\n")
    (root / "symbol.py").write_text(f"def {''.join(chance.choices(ascii_letters, k=9000))}():\n    return 1\n")
    (root / "wide.py").write_text(f"x = '{''.join(chance.choices(ascii_letters, k=15000))}'\n")
    os.mkfifo(root / "pipe.py")
    (root / "loop").symlink_to(root)
    (root / "self.py").symlink_to(root / "self.py")
    put(str(root), os.fsdecode(b"caf\xe9.py"), b"x = 1\n")
    long = "/".join("".join(chance.choices(ascii_letters, k=200)) for _ in range(15))
    put(f"{root}/{long}", "deep.py", b"deep = 1\n")
    put(
        f"{root}/{long}/{'d' * 200}/{'e' * 200}/{'f' * 200}/{'g' * 200}/{'h' * 200}/{'i' * 200}",
        "deeper.py",
        b"x = 1\n",
    )
    with socket.socket(socket.AF_UNIX) as listening:
        descriptor = enter(str(root))
        listening.bind(f"/proc/self/fd/{descriptor}/socket.py")
        os.close(descriptor)
        yield {
            "huge.txt": "larger than 0.1 MB (RAG_CONTINUOUS_INDEXING_MAX_FILE_SIZE_MB)",
            "minified.js": "larger than 0.1 MB (RAG_CONTINUOUS_INDEXING_MAX_FILE_SIZE_MB)",
            "one_line.txt": "machine-written: its lines have 95000 characters on average",
            "latin.py": "not valid UTF-8 at byte 7",
            "nul.py": "binary content",
        }
    shutil.rmtree(root / long.partition("/")[0])


async def test_nothing_rough_stops_the_others_and_each_file_has_its_reason(workshop: Workshop) -> None:
    workshop.write("plain.py", "def plain():\n    return 1\n")
    with the_rough(workshop.root) as refused:
        scanned = await workshop.scanner.scan(1)
        while await workshop.worker.step():
            pass
        states = await workshop.states()
    assert {path: reason for path, (state, reason) in states.items() if state == "failed"} == refused
    assert {path for path, (state, _) in states.items() if state == "indexed"} == {
        *("plain.py", "n" * 252 + ".py", "symbol.py", "wide.py"),
    }
    assert sorted(scanned.unreadable.values()) == [
        "its path is longer than 2000 bytes",
        "the name is not valid UTF-8",
    ]
    ((problem,),) = await workshop.rows("SELECT problem FROM sources")
    assert "caf\\xe9.py: the name is not valid UTF-8" in problem


async def test_a_directory_that_becomes_a_file_and_back(workshop: Workshop) -> None:
    workshop.write("thing.py/inner.py", "inner = 1\n")
    await workshop.settle()
    (workshop.root / "thing.py" / "inner.py").unlink()
    (workshop.root / "thing.py").rmdir()
    workshop.write("thing.py", "outer = 1\n")
    await workshop.settle()
    assert {path for path, *_ in await workshop.index()} == {"thing.py"}
    (workshop.root / "thing.py").unlink()
    workshop.write("thing.py/inner.py", "inner = 1\n")
    await workshop.scanner.look_at(["thing.py", "thing.py/inner.py"])
    await workshop.settle()
    assert {path for path, *_ in await workshop.index()} == {"thing.py/inner.py"}


def test_a_file_that_changes_while_it_is_read_is_refused_for_now_and_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.log.txt"
    file.write_text("x\n")
    status = os.fstat

    def growing(descriptor: int) -> os.stat_result:
        with file.open("a") as more:
            more.write("more\n")
        return status(descriptor)

    monkeypatch.setattr("app.services.rag.indexing.reading.os.fstat", growing)
    found = read(tmp_path, file.name, 10_000)
    assert found is not None
    assert (found.reason, found.mtime_ns, found.hash) == ("changes while it is read", -1, None)
    monkeypatch.undo()
    settled = read(tmp_path, file.name, 10_000)
    assert settled is not None
    assert settled.text == file.read_text()


READER = """
import resource, sys
from pathlib import Path
from app.services.rag.indexing.reading import read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
root = Path(sys.argv[1])
for file in sorted(root.iterdir()):
    print(file.name, read(root, file.name, 2_000_000).reason)
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


def test_memory_stays_bounded_whatever_the_size(tmp_path: Path) -> None:
    (tmp_path / "line.txt").write_bytes(b"x" * 100_000_000)
    with (tmp_path / "text.txt").open("wb") as text:
        for _ in range(500):
            text.write(b"words and words\n" * 62_500)
    said = subprocess.run(
        [sys.executable, "-c", READER, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    reason = "larger than 2 MB (RAG_CONTINUOUS_INDEXING_MAX_FILE_SIZE_MB)"
    assert said[:2] == [f"line.txt {reason}", f"text.txt {reason}"]
    assert int(said[2]) < MEMORY


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
async def test_a_device_is_passed_over(workshop: Workshop) -> None:
    try:
        os.mknod(workshop.root / "zero.py", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no devices in this container")
    workshop.write("plain.py", "x = 1\n")
    await workshop.settle()
    assert set(await workshop.states()) == {"plain.py"}


async def test_a_hint_about_a_path_that_cannot_be_stored_says_nothing(workshop: Workshop) -> None:
    workshop.write("plain.py", "x = 1\n")
    await workshop.scanner.look_at(
        [os.fsdecode(b"caf\xe9.py"), os.fsdecode(b"d\xe9"), "x/" * 1500 + "y.py", "plain.py"]
    )
    assert set(await workshop.states()) == {"plain.py"}


NOBODY = """
import os, sys
from pathlib import Path
from app.services.rag.indexing.rules import Rules
from app.services.rag.indexing.walk import walk
from app.services.rag.indexing.reading import read
os.setgroups([]); os.setgid(65534); os.setuid(65534)
root = Path(sys.argv[1])
found = walk(root, Rules())
print(sorted(found.files), found.unreadable, found.hides("closed/a.py"), read(root, "mine.py", 1000).reason, sep="|")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_what_this_user_may_not_read_is_said_and_not_taken_for_gone() -> None:
    with TemporaryDirectory() as made:
        root = Path(made)
        root.chmod(0o755)
        for name in ("open/a.py", "closed/a.py", "mine.py"):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text("x = 1\n")
        (root / "closed").chmod(0o700)
        (root / "mine.py").chmod(0o600)
        command = [sys.executable, "-c", NOBODY, str(root)]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    assert said == ("['mine.py', 'open/a.py']|{'closed': 'Permission denied'}|True|cannot be read: Permission denied")


async def test_a_directory_that_cannot_be_read_any_more_keeps_its_files(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.write("lib/a.py", "x = 1\n")
    workshop.write("b.py", "y = 1\n")
    await workshop.settle()
    before = await workshop.index()
    scandir = os.scandir

    def refuse(place: Path) -> Any:
        if place.name == "lib":
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr("app.services.rag.indexing.walk.os.scandir", refuse)
    (workshop.root / "b.py").unlink()
    await workshop.settle()
    assert await workshop.rows("SELECT problem FROM sources") == [("lib: Permission denied",)]
    assert await workshop.index() == {entry for entry in before if entry[0] == "lib/a.py"}
    monkeypatch.undo()
    await workshop.settle()
    assert await workshop.rows("SELECT problem FROM sources") == [(None,)]
