"""A server that is asked over HTTP: one that runs, or one that is started for the occasion."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT_SECONDS = 10
START_SECONDS = 60
STOP_SECONDS = 10


class Unanswered(Exception):
    """The server does not answer, or not as it should; the text is one sentence."""


class Server:
    """A server; with a token from REYNARD_TOKEN where it wants one."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON at `path`; that of `/api/health` also when it is a 503.

        Raises:
            Unanswered: There is none.
        """
        token = os.environ.get("REYNARD_TOKEN")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            with urlopen(Request(self.url + path, headers=headers), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the given URL
                return json.load(answer)
        except HTTPError as error:
            if error.code == 503 and path == "/api/health":
                return json.load(error)
            hint = ": set REYNARD_TOKEN to an access token" if error.code in (401, 403) else ""
            raise Unanswered(f"GET {path} answered {error.code}{hint}.") from error
        except (URLError, OSError, ValueError) as error:
            raise Unanswered(f"No Reynard answers at {self.url} ({error}).") from error

    def answers(self) -> bool:
        """Whether a server of ours is there."""
        try:
            return "services" in self.get("/api/health")
        except (Unanswered, TypeError):
            return False


@contextmanager
def fresh_server() -> Iterator[tuple[Server, Path]]:
    """Start a server on a temporary tree and a data directory of its own; yield it and the tree.

    Raises:
        Unanswered: It does not start; has what it said last.
    """
    with TemporaryDirectory(prefix="reynard-") as made, socket.socket() as probe:
        tree, log = Path(made) / "tree", Path(made) / "log"
        shutil.copytree(REPOSITORY / "app" / "core", tree, ignore=shutil.ignore_patterns("__pycache__"))
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        ours = {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "REYNARD_DATA_DIR": str(Path(made) / "data"),
            "RAG_CONTINUOUS_INDEXING_WATCH_ROOT": str(tree),
        }
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, str(REPOSITORY / "main.py")], env=os.environ | ours, stdout=out, stderr=out
            )
        try:
            server = Server(f"http://127.0.0.1:{port}")
            wait_for_start(server, process, log)
            yield server, tree
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def begun(services: dict[str, dict[str, str]]) -> bool:
    """Whether no service is still about to start."""
    return not any(item["status"] in ("declared", "starting", "waiting") for item in services.values())


def wait_for_start(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when it answers, and every service has begun.

    Raises:
        Unanswered: It ended, or takes too long.
    """
    deadline = time.monotonic() + START_SECONDS
    while not (server.answers() and begun(server.get("/api/health")["services"])):
        if process.poll() is not None:
            raise Unanswered(f"A fresh server does not start. It said: {log.read_text()[-600:].strip()}")
        if time.monotonic() > deadline:
            raise Unanswered(f"A fresh server does not answer within {START_SECONDS} s: python -m app.doctor.")
        time.sleep(0.2)
