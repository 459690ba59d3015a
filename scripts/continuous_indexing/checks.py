"""What is checked of a server: its state, its numbers, and whether it follows a file that is saved and deleted."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from scripts.continuous_indexing.server import Server

FOLLOW_SECONDS = 15.0
"""How long a save may take to be found before it counts as lost: the aim is half a second."""

POLL_SECONDS = 0.05
SETTLE_SECONDS = 300.0


def why_not_running(server: Server) -> str | None:
    """Return why the server does not index, or None."""
    services = server.get("/api/health")["services"]
    for name in ("main_database", "rag", "indexing"):
        state = services[name]
        if state["status"] != "running":
            return f"The service {name} is {state['status']}: {state['reason'] or 'no reason is given'}."
    sources = server.get("/api/rag/indexing")["sources"]
    if not any(source["watch"] for source in sources):
        return "No source is watched: add one with POST /api/rag/sources."
    if all(source["state"] == "paused" for source in sources):
        return "Every source is paused: POST /api/rag/indexing/resume."
    return None


def faults_of(now: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield what does not add up in an answer of /api/rag/indexing, and what it says is wrong."""
    for what in (now, *now["sources"]):
        if what["known"] != what["indexed"] + what["pending"] + what["failed"]:
            name = what.get("name", "all sources")
            yield f"The numbers of {name} do not add up: {what['known']} known files."
    for key in ("known", "indexed", "pending", "failed", "chunks"):
        if now[key] != sum(source[key] for source in now["sources"]):
            yield f"{now[key]} {key} in all is not the sum of the sources."
    for source in now["sources"]:
        if source["problem"]:
            yield f"Of source {source['name']} something cannot be looked at: {source['problem']}."


def settle(server: Server, say: Callable[[str], None]) -> list[str]:
    """Wait until nothing is pending; return what was wrong meanwhile."""
    deadline = time.monotonic() + SETTLE_SECONDS
    faults: dict[str, None] = {}
    told = -1
    while True:
        now = server.get("/api/rag/indexing")
        faults |= dict.fromkeys(faults_of(now))
        if not now["pending"] and now["state"] not in ("scanning", "indexing"):
            say(f"{now['indexed']} files are indexed, {now['failed']} are left out, {now['chunks']} chunks.")
            return list(faults)
        if now["pending"] != told:
            told = now["pending"]
            say(f"{now['state']}: {told} of {now['known']} files are pending, {now['rate']} chunks/s.")
        if time.monotonic() > deadline:
            return [*faults, f"{now['pending']} files are still pending after {SETTLE_SECONDS:g} s."]
        time.sleep(1)


def place_to_write(server: Server) -> Path | None:
    """Return the directory of a watched source that this user may write into, or None."""
    for source in server.get("/api/rag/indexing")["sources"]:
        if source["watch"] and source["path"] and source["state"] != "paused" and os.access(source["path"], os.W_OK):
            return Path(source["path"])
    return None


def follow_a_file(server: Server, root: Path, say: Callable[[str], None]) -> list[str]:
    """Save a file in `root` and delete it; return what was wrong. The file is gone afterwards in any case."""
    word = "".join(secrets.choice(ascii_lowercase) for _ in range(14))
    file = root / f"reynard_check_{word}.md"
    generation = server.get("/api/rag/indexing")["generation"]
    try:
        file.write_text(f"# A file that a check of Reynard made\n\nIt may be deleted; its word is {word}.\n")
        took = seconds_until(lambda: is_found(server, word))
        if took is None:
            hint = "see GET /api/rag/indexing/failures, the ignore files of the tree, and python -m app.doctor"
            return [f"{file} was saved and is not found after {FOLLOW_SECONDS:g} s: {hint}."]
        say(f"A saved file is found after {took * 1000:.0f} ms.")
        file.unlink()
        took = seconds_until(lambda: not is_found(server, word))
        if took is None:
            return [f"{file} was deleted and is still found after {FOLLOW_SECONDS:g} s."]
        say(f"A deleted file is gone after {took * 1000:.0f} ms.")
    finally:
        file.unlink(missing_ok=True)
    if server.get("/api/rag/indexing")["generation"] <= generation:
        return ["The generation did not rise although the index changed: cached answers may be stale."]
    return []


def is_found(server: Server, word: str) -> bool:
    """Whether a search for the word finds it."""
    return any(word in hit["snippet"] for hit in server.get(f"/api/search/hybrid?limit=5&q={word}")["results"])


def seconds_until(condition: Callable[[], bool]) -> float | None:
    """Return the seconds until the condition holds, or None when it did not in time."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > FOLLOW_SECONDS:
            return None
        time.sleep(POLL_SECONDS)
    return time.monotonic() - begun
