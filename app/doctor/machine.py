"""The machine: Python, the installed wheels, git, the clock."""

import asyncio
import shutil
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from app.core.settings import Settings
from app.doctor.diagnosis import Diagnosis, problem, warning, well

ROOT = Path(__file__).resolve().parents[2]

OLDEST_PYTHON = (3, 11)
NEWEST_TESTED_PYTHON = (3, 13)

NATIVE = (
    *("asyncpg", "ast_grep_py", "httptools", "numpy", "onnxruntime", "orjson", "re2", "tokenizers", "tree_sitter"),
    *("uvloop", "watchfiles"),
)
"""Modules of machine code: installed for another Python or another system, they fail when they are imported."""

INSTALL = "run pip install -r requirements.txt"
SHOWN = 3

CLOCK_SLACK_SECONDS = 86_400
"""A day: files that came from another machine may be a time zone ahead."""


async def examine_machine(_: Settings) -> list[Diagnosis]:
    """Look at what does not depend on the settings."""
    return [python(), *await asyncio.to_thread(wheels), git(), clock(time.time())]


def python() -> Diagnosis:
    """Say whether this Python is one that is tested."""
    found = sys.version_info[:2]
    name = sys.version.split()[0]
    if found < OLDEST_PYTHON:
        return problem("python", f"{name} is too old: use Python 3.11 or newer")
    if found > NEWEST_TESTED_PYTHON:
        return warning("python", f"{name} is newer than what is tested (3.11 to 3.13): use one of these if it fails")
    return well("python", f"{name} at {sys.executable}")


def wheels() -> list[Diagnosis]:
    """Compare what is installed with what is pinned, and import what may not fit this machine. Takes about 0.5 s."""
    pins = pinned()
    missing, other = [], []
    for pin in pins:
        try:
            found = version(pin.name)
        except PackageNotFoundError:
            missing.append(pin.name)
            continue
        if found not in pin.specifier:
            other.append(f"{pin.name} {found} (tested: {pin.specifier})")
    if broken := [name for name in NATIVE if not loads(name)]:
        return [problem("wheels", f"{', '.join(broken)} cannot be imported by this Python: {INSTALL}")]
    if missing:
        return [problem("wheels", f"{shortened(missing)} not installed: {INSTALL}")]
    if other:
        return [warning("wheels", f"other versions than the tested ones: {shortened(other)}; {INSTALL}")]
    return [well("wheels", f"{len(pins)} installed as pinned, and those of machine code load")]


def pinned() -> list[Requirement]:
    """Return the pins that hold for this machine, or none where they were not shipped."""
    try:
        lines = (ROOT / "requirements.txt").read_text().splitlines()
    except OSError:
        return []
    pins = [Requirement(line.rstrip(" \\")) for line in lines if "==" in line and not line.startswith((" ", "#"))]
    return [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]


def shortened(names: list[str]) -> str:
    """Return the first few."""
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def loads(module: str) -> bool:
    """Whether the module can be imported."""
    try:
        import_module(module)
    except Exception:  # noqa: BLE001 - a wheel for another machine raises whatever its loader does
        return False
    return True


def git() -> Diagnosis:
    """Say whether git is there, which only a person and benchmarks need: the branch is read from git's files."""
    found = shutil.which("git")
    if found is None:
        return warning("git", "not found on PATH: branches are shown all the same, but you cannot switch them here")
    return well("git", found)


def clock(now: float) -> Diagnosis:
    """Say whether the clock can be right: it must not be before this program was written to disk.

    Args:
        now: Seconds since 1970.
    """
    written = max(file.stat().st_mtime for file in Path(__file__).parent.glob("*.py"))
    shown = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    if now + CLOCK_SLACK_SECONDS < written:
        return problem("clock", f"{shown} is before this program was installed: set the clock, or tokens fail")
    return well("clock", shown)
