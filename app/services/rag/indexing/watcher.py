"""File events as hints where to look; whatever they miss, the next reconcile finds."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from watchfiles import Change, awatch
from watchfiles._rust_notify import WatchfilesRustInternalError

from app.services.rag.indexing.rules import IGNORE_FILES, Rules

log = structlog.get_logger(__name__)

QUIET_MS = 50
"""Hints are passed on after this long without another: an editor writes a file in several steps."""

POLL_MS = 2000
RETRY_SECONDS = 5.0

MANY = 1_000
"""Changes at once, wanted or not, after which everything is compared: the system's queue of 16,384 events may have
overflowed, and what overflowed makes no sound. Installing packages into an ignored directory can do that."""

OnHints = Callable[[set[str]], Awaitable[None]]


class Watcher:
    """Watches one directory.

    The root itself is watched flat and each of its directories deep, because a deep watch of the root would
    follow every write of our own database below it.
    """

    def __init__(self, root: Path, rules: Rules, debounce_seconds: float, on_hints: OnHints) -> None:
        self._root = root
        self._rules = rules
        self._debounce_ms = max(QUIET_MS, round(debounce_seconds * 1000))
        self._on_hints = on_hints
        self._directories_changed = asyncio.Event()

    async def run(self) -> None:
        """Watch for ever; without events from the system (limits, some mounts) by polling."""
        polling = False
        while True:
            self._directories_changed.clear()
            flat = self._watch([self._root], recursive=False, polling=polling)
            deep = self._watch(self._directories(), recursive=True, polling=polling)
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(flat), group.create_task(deep)]
                    await self._directories_changed.wait()
                    for task in tasks:
                        task.cancel()
            except* (FileNotFoundError, WatchfilesRustInternalError) as errors:
                # a directory was gone before its watch began, a name is not UTF-8, or the system has no watcher left
                polling = polling or "creating recommended watcher" in str(innermost(errors))
                log.warning("watch_interrupted", root=str(self._root), reason=str(innermost(errors)), polling=polling)
                await asyncio.sleep(RETRY_SECONDS)
            except* OSError as errors:
                polling = self._root.is_dir()
                then = "polling" if polling else "waiting for the directory"
                log.warning("watch_failed", root=str(self._root), reason=str(innermost(errors)), then=then)
                await asyncio.sleep(RETRY_SECONDS)
            await self._on_hints({""})

    def _directories(self) -> list[Path]:
        try:
            return [
                entry
                for entry in self._root.iterdir()
                if entry.is_dir() and not entry.is_symlink() and self._rules.enters(entry.name)
            ]
        except OSError:
            return []

    async def _watch(self, places: list[Path], *, recursive: bool, polling: bool) -> None:
        if not places:
            return
        async for changes in awatch(
            *places,
            watch_filter=None,
            debounce=self._debounce_ms,
            step=QUIET_MS,
            recursive=recursive,
            force_polling=polling or None,
            poll_delay_ms=POLL_MS,
            ignore_permission_denied=True,
        ):
            await self._pass_on(changes, flat=not recursive)

    async def _pass_on(self, changes: set[tuple[Change, str]], *, flat: bool) -> None:
        hints = {Path(path).relative_to(self._root).as_posix() for _, path in changes if Path(path) != self._root}
        hints = {hint for hint in hints if all(map(self._rules.enters, hint.split("/")[:-1]))}
        if len(changes) > MANY or any(hint.rpartition("/")[2] in IGNORE_FILES for hint in hints):
            hints.add("")
        if hints:
            await self._on_hints(hints)
        if flat and any((self._root / hint).is_dir() and self._rules.enters(hint) for hint in hints):
            self._directories_changed.set()


def innermost(error: BaseException) -> BaseException:
    """Return the first error inside a group, however deep."""
    return innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
