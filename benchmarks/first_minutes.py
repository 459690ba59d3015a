"""The first minutes of a newcomer: start on nothing, index a tree, stop, start again.

Usage: python benchmarks/first_minutes.py --root DIRECTORY
Runs `make run` with an empty data directory of its own; dependencies are installed already, or the first start
includes their installation.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
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


def stop(server: "subprocess.Popen[bytes]") -> float:
    """End it as Ctrl-C does; return the seconds that took."""
    begun = time.perf_counter()
    os.killpg(server.pid, signal.SIGINT)
    server.wait()
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True)
    root = parser.parse_args().root.resolve()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data:
        environment = {
            "PORT": str(port),
            "REYNARD_DATA_DIR": f"{data}/reynard",
            "RAG_CONTINUOUS_INDEXING_WATCH_ROOT": str(root),
        }
        server = start(environment)
        cold = seconds_until(f"{url}/api/health", lambda _: True)
        rest = seconds_until(
            f"{url}/api/rag/indexing", lambda now: now["indexed"] and not now["pending"] and now["state"] == "idle"
        )
        now = get(f"{url}/api/rag/indexing")
        stopped = stop(server)
        server = start(environment)
        warm = seconds_until(f"{url}/api/health", lambda _: True)
        rescan = seconds_until(f"{url}/api/health", lambda now: now["services"]["indexing"]["status"] == "running")
        rescan += seconds_until(f"{url}/api/rag/indexing", lambda now: now["state"] == "idle")
        stop(server)
    print(f"first start until health answers   {cold:7.2f} s")
    print(f"and until pending is 0             {rest:7.2f} s  {now['indexed']} files, {now['chunks']} chunks")
    print(f"stop                               {stopped:7.2f} s")
    print(f"second start until health answers  {warm:7.2f} s")
    print(f"and until the tree was compared    {rescan:7.2f} s")


if __name__ == "__main__":
    main()
