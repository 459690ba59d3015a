"""The scripts that ask whether continuous indexing works: of a real server, and of servers that do not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.scripts.conftest import Terminal

pytestmark = pytest.mark.anyio

CHECK, ENABLED = "scripts/test_continuous_indexing.py", "scripts/test_continuous_indexing_enabled.py"
RUNNING = {name: {"status": "running", "reason": None} for name in ("main_database", "rag", "indexing")}


def source(root: Path, **others: Any) -> dict[str, Any]:
    counts = {"known": 2, "indexed": 2, "pending": 0, "failed": 0, "chunks": 5}
    return {"name": "tree", "path": str(root), "watch": True, "state": "idle", "problem": None} | counts | others


def indexing(*sources: dict[str, Any]) -> dict[str, Any]:
    counts = ("known", "indexed", "pending", "failed", "chunks")
    sums = {key: sum(item[key] for item in sources) for key in counts}
    return {"state": "idle", "generation": 7, "rate": 0.0, "sources": list(sources)} | sums


@contextmanager
def server(indexing: Any, services: Any = RUNNING) -> Iterator[str]:
    """Serve these answers, and a search that finds nothing."""
    answers = {
        "/api/health": {"status": "healthy", "services": services},
        "/api/rag/indexing": indexing,
        "/api/search/hybrid": {"results": []},
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answers[self.path.partition("?")[0]]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        serving = Thread(target=listening.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()
            serving.join()


async def test_a_fresh_server_follows_a_file(terminal: Terminal) -> None:
    code, said = await terminal.types(CHECK, "--fresh", "--verbose")
    assert code == 0, said
    assert "A saved file is found after" in said
    assert "A deleted file is gone after" in said
    assert said.endswith("Continuous indexing works.\n")
    assert list(terminal.home.iterdir()) == [], "nothing is left in the directory of whoever asked"


async def test_the_settings_alone(terminal: Terminal) -> None:
    assert await terminal.types(CHECK, "--config-only") == (0, "The settings are good.\n")
    code, said = await terminal.types(CHECK, "--config-only", RAG_CONTINUOUS_INDEXING_WATCH_ROOT="/nowhere")
    assert (code, "The watch root /nowhere is no directory" in said) == (1, True)
    code, said = await terminal.types(CHECK, "--config-only", RAG_CONTINUOUS_INDEXING_DEBOUNCE_SECONDS="30")
    assert (code, "makes every save wait" in said) == (1, True)
    code, said = await terminal.types(CHECK, "--config-only", RAG_CONTINUOUS_INDEXING_DEBOUNCE_SECONDS="soon")
    assert (code, said.startswith("WRONG: RAG_CONTINUOUS_INDEXING_DEBOUNCE_SECONDS")) == (1, True)


async def test_numbers_that_do_not_add_up_and_files_that_are_not_found(terminal: Terminal, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    with server(indexing(source(root, known=3, problem="lib: Permission denied"))) as url:
        code, said = await terminal.types(CHECK, "--url", url)
    assert code == 1
    assert "The numbers of tree do not add up" in said
    assert "lib: Permission denied" in said
    assert "was saved and is not found after" in said
    assert list(root.iterdir()) == [], "the file of the check is gone all the same"


async def test_whether_it_is_on(terminal: Terminal, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    code, said = await terminal.types(ENABLED, "--url", nowhere)
    assert (code, said.startswith(f"No Reynard answers at {nowhere}")) == (1, True)
    with server(indexing(source(tmp_path))) as url:
        assert await terminal.types(ENABLED, "--url", url) == (0, f"Continuous indexing is on at {url}.\n")
    off = {"status": "disabled", "reason": "RAG_CONTINUOUS_INDEXING_ENABLED=false"}
    with server(indexing(), RUNNING | {"indexing": off}) as url:
        expected = "The service indexing is disabled: RAG_CONTINUOUS_INDEXING_ENABLED=false.\n"
        assert await terminal.types(ENABLED, "--url", url) == (1, expected)
    with server(indexing(source(tmp_path, state="paused"))) as url:
        assert await terminal.types(ENABLED, "--url", url) == (
            1,
            "Every source is paused: POST /api/rag/indexing/resume.\n",
        )
