"""Directories and files: room on the disk, who may read what, and the watch root."""

import asyncio
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from app.core.registry import ServiceFailed
from app.core.settings import Environment, Settings
from app.core.variables import ENV_FILE
from app.doctor.diagnosis import Diagnosis, problem, warning, well
from app.services.rag.indexing.service import readable_root
from app.services.rag.settings import RagSettings

ROOMY_BYTES = 2 * 1024**3
"""An index of 10,000 files with both embeddings takes 0.5 GB, and as much again while PostgreSQL writes it."""

FEW_FILES = 10_000
"""PostgreSQL makes 1,500 files for each of its databases."""

OTHERS = stat.S_IRWXG | stat.S_IRWXO


async def examine_places(settings: Settings) -> list[Diagnosis]:
    """Look at the disk."""
    return await asyncio.to_thread(lambda: [*room(settings), *secrets(settings), *production(settings)])


def room(settings: Settings) -> Iterator[Diagnosis]:
    """Yield whether the data directory has room for an index, and lies where indexing does not read it."""
    data = settings.data_dir
    place = next(path for path in (data, *data.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < ROOMY_BYTES:
        yield warning(
            "disk space", f"{free / 1024**3:.1f} GB left for {data}: an index may outgrow it, free some space"
        )
    else:
        yield well("disk space", f"{free / 1024**3:.0f} GB free for {data}")
    files = os.statvfs(place)
    if files.f_files and files.f_favail < FEW_FILES:
        yield warning("disk space", f"{files.f_favail} inodes left for {data}: delete files you do not need")


def secrets(settings: Settings) -> Iterator[Diagnosis]:
    """Yield whether others on this machine can read our secrets."""
    report = problem if settings.environment is Environment.production else warning
    loose = [file for file in secret_files(settings.data_dir) if others_may(file)]
    for file in loose:
        yield report("permissions", f"others on this machine can read {file}: chmod go= {file}")
    if not loose:
        yield well("permissions", "nobody else on this machine can read our secrets")


def secret_files(data_dir: Path) -> Iterator[Path]:
    """Yield the files that hold secrets, as far as they are there."""
    if ENV_FILE.is_file():
        yield ENV_FILE.absolute()
    place = data_dir / "secrets"
    if place.is_dir() and not others_may(place):
        return
    try:
        yield from (file for file in sorted(place.iterdir()) if file.is_file())
    except OSError:
        return


def others_may(path: Path) -> bool:
    """Whether anybody but the owner may do anything with it."""
    try:
        return bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False


def production(settings: Settings) -> Iterator[Diagnosis]:
    """Yield what is fine while developing and is not in production."""
    if settings.environment is not Environment.production:
        return
    if settings.debug:
        yield problem("production", "DEBUG is on: unset it")
    if settings.anonymous_read:
        yield warning("production", "anybody can search without logging in: set AUTH_ANONYMOUS_READ=false")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield warning("production", "it would run as root: give it a user of its own")
    if any(origin.startswith("http://localhost") for origin in settings.allowed_origins):
        yield warning("production", "pages on localhost may call us: set ALLOWED_ORIGINS to those of your site")


def watched_root(settings: Settings) -> Path | None:
    """Return the watch root, or None where nothing is watched or it cannot be read: `--check` says so."""
    rag = settings.of(RagSettings)
    if not (rag.enabled and rag.continuous_indexing_enabled):
        return None
    try:
        return readable_root(rag)
    except ServiceFailed:
        return None
