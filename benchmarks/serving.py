"""A server for a benchmark, on an empty data directory of its own: `make run`, or several workers."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

REPOSITORY = Path(__file__).resolve().parents[1]
POLL_SECONDS = 0.02


def get(url: str) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON at `url`."""
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def seconds_until(url: str, good: Callable[[Any], bool]) -> float:
    """Return the seconds until the JSON at `url` is good."""
    begun = time.perf_counter()
    while True:
        try:
            if good(get(url)):
                return time.perf_counter() - begun
        except (URLError, ConnectionError):
            pass
        time.sleep(POLL_SECONDS)


def start(environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Run `make run`."""
    return subprocess.Popen(
        ["make", "run"],
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def start_here(environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Run `main.py` with the Python of the benchmark."""
    return subprocess.Popen(
        [sys.executable, "main.py"],
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def start_workers(environment: dict[str, str], workers: int) -> "subprocess.Popen[bytes]":
    """Run `benchmarks.served` with that many workers; its log goes nowhere."""
    where = ("--host", "127.0.0.1", "--port", environment["PORT"], "--workers", str(workers), "--backlog", "2048")
    return subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "benchmarks.served:app", "--no-access-log", "--log-level", "error", *where],
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def stop(server: "subprocess.Popen[bytes]") -> float:
    """End it as Ctrl-C does; return the seconds that took."""
    begun = time.perf_counter()
    os.killpg(server.pid, signal.SIGINT)
    server.wait()
    return time.perf_counter() - begun


@contextmanager
def place(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the URL and the environment of a server that indexes `root`; its data goes at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with TemporaryDirectory() as data:
        yield (
            f"http://127.0.0.1:{port}",
            {
                "PORT": str(port),
                "REYNARD_DATA_DIR": f"{data}/reynard",
                "RAG_CONTINUOUS_INDEXING_WATCH_ROOT": str(root),
            },
        )


def idle(now: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether this answer of /api/rag/indexing says that everything is indexed."""
    return bool(now["indexed"]) and not now["pending"] and now["state"] == "idle"
