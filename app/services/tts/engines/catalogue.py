"""Which engines there are, the better first, and what tells that one is installed, without importing it."""

import importlib
import sys
from ctypes.util import find_library
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from app.services.tts.engines.engine import Engine, Limits

PIPER = "piper"
ESPEAK = "espeak-ng"
PROGRAMS = "app.services.tts.engines"


def engines(voices_dir: Path, limits: Limits) -> list[Engine]:
    """Return the engines, installed or not."""
    return [
        Engine(PIPER, command("piper_process", str(voices_dir)), piper_installed, limits),
        Engine(ESPEAK, command("espeak_process"), espeak_installed, limits),
    ]


def command(module: str, *arguments: str) -> tuple[str, ...]:
    """Return what starts a program; -P, as the indexed project may have an `app` of its own."""
    return (sys.executable, "-P", "-m", f"{PROGRAMS}.{module}", *arguments)


def piper_installed() -> bool:
    """Whether the package is there."""
    return package("piper")


def espeak_installed() -> bool:
    """Whether the wheel is there, or the system has the library."""
    return package("espeakng_loader") or system_espeak() is not None


def package(name: str) -> bool:
    """Whether a package of that name is installed; any directory of that name would do for a namespace."""
    found = find_spec(name)
    return found is not None and found.origin is not None


@cache
def system_espeak() -> str | None:
    """Return the name of the system's library; looked for once, as that starts other programs and takes 50 ms."""
    return find_library("espeak-ng")


def look_again() -> None:
    """Find what was installed since the last look."""
    importlib.invalidate_caches()
