"""The ten steps of CONTRIBUTING.md, followed to the letter on a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(
    r"""^```\w+ (?P<file>[\w./{}]+)(?: below (?P<quote>["'])(?P<below>.+?)(?P=quote))?\n(?P<text>.*?)^```$""",
    re.MULTILINE | re.DOTALL,
)
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Step:
    """One block: a new file, or lines that go below a line that is there."""

    file: str
    below: str | None
    text: str

    def follow(self, root: Path) -> None:
        file = root / self.file
        if self.below is None:
            assert not file.exists(), f"{self.file} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text)
            return
        lines = file.read_text().splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if self.below in line]
        assert places, f"no line of {self.file} holds {self.below!r}"
        lines.insert(places[-1] + 1, self.text)
        file.write_text("".join(lines))


def steps() -> list[Step]:
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    last = max(int(file.name[:4]) for file in (ROOT / "alembic" / "main" / "versions").glob("[0-9]*.py"))
    guide = guide.replace("{next}", f"{last + 1:04}").replace("{last}", f"{last:04}")
    return [Step(found["file"], found["below"], found["text"]) for found in BLOCK.finditer(guide)]


def test_there_are_ten_steps() -> None:
    titles = re.findall(r"^### (\d+)\. ", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert [int(number) for number in titles] == list(range(1, 11))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository without what is generated, with its own git so that tools know its files."""
    left_out = shutil.ignore_patterns(".git", ".venv*", ".reynard", "__pycache__", ".*_cache", ".hypothesis", "docs")
    root = tmp_path / "copy"
    shutil.copytree(ROOT, root, ignore=left_out)
    (root / "docs").mkdir()
    return root


def run(root: Path, *command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert ended.returncode == 0, f"{' '.join(command)} said:\n{ended.stdout[-4000:]}"


def test_the_ten_steps_make_a_service(copy: Path) -> None:
    for step in steps():
        step.follow(copy)
    run(copy, str(BIN / "ruff"), "format", "--no-cache", ".")
    run(copy, str(BIN / "ruff"), "check", "--no-cache", "--fix", ".")
    run(copy, str(BIN / "lint-imports"), "--no-cache")
    run(copy, sys.executable, "scripts/write_reference.py")
    run(
        copy,
        *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider"),
        *(
            "tests/services/bookmarks",
            "tests/test_documentation.py",
            "tests/test_routes.py",
            "tests/db/test_migrations.py",
        ),
    )
