"""A server with one account, for benchmarks of logins and sessions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.serving import place, seconds_until, start_workers, stop

ACCOUNT = {"username": "ann", "password": "testpassword123"}


def post(url: str, body: dict[str, str], token: str | None = None) -> Any:  # noqa: ANN401 - JSON
    """Send JSON and return the JSON of the answer."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - our own server
    with urlopen(request, timeout=60) as answer:  # noqa: S310 - same
        return json.load(answer)


@contextmanager
def servers(*ports: int) -> Iterator[list[str]]:
    """Yield the URLs of servers of one process each that share their data, on one port more than `ports`."""
    with TemporaryDirectory() as empty, place(Path(empty)) as (url, environment):
        quiet = {"RAG_CONTINUOUS_INDEXING_ENABLED": "false", "RATE_LIMIT_AUTH": "1000000/minute"}
        urls = [url, *(f"http://127.0.0.1:{port}" for port in ports)]
        running = []
        try:
            for each in urls:
                running.append(start_workers(environment | quiet | {"PORT": each.rpartition(":")[2]}, 1))
                seconds_until(f"{each}/api/health/live", bool)
            post(f"{url}/api/auth/register", ACCOUNT)
            yield urls
        finally:
            for process in running:
                stop(process)
