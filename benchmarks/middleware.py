"""What the walls cost a request: a trivial route bare, behind each wall alone, and behind all of them.

Calls the ASGI application in this process, without a socket, so that only the walls differ. Lines of the log are
dropped, as with LOG_LEVEL=WARNING, but for the row that says so: there they are written to the null device.

Usage: python -m benchmarks.middleware
"""

import asyncio
import logging
import os
import statistics
import time
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import structlog
from rich.console import Console
from rich.table import Table
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.limits.counts import CountsAway
from app.core.limits.declaration import Rate
from app.core.limits.rates import RateLimits
from app.core.limits.settings import RateSettings
from app.core.logging import configure_logging
from app.core.metrics import share_metrics
from app.core.settings import load_settings
from app.directory import SETTINGS
from app.factory import walls

ROUNDS = 15
CALLS = 2_000

HEADERS = [
    (b"host", b"localhost:8000"),
    (b"user-agent", b"benchmark"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"connection", b"keep-alive"),
    (b"authorization", b"Bearer " + b"x" * 400),
]


class Alone:
    """Counts of a Redis that is not there: spending never waits for it."""

    async def add(self, key: str, amount: int, seconds: int) -> int:
        """Fail at once."""
        raise CountsAway from ConnectionRefusedError(f"{key}, {amount}, {seconds}")


async def route(_: Scope, __: Receive, send: Send) -> None:
    """Answer two bytes."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def receive() -> Message:
    """Return an empty body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def drop(_: Message) -> None:
    """Send nowhere."""


async def microseconds(app: ASGIApp) -> float:
    """Return the median time of a call over all rounds."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(CALLS):
            scope = {
                "type": "http",
                "method": "GET",
                "path": "/",
                "raw_path": b"/",
                "query_string": b"",
                "scheme": "http",
                "root_path": "",
                "http_version": "1.1",
                "client": ("127.0.0.1", 50_000),
                "server": ("127.0.0.1", 8000),
                "headers": HEADERS,
                "state": {},
            }
            await app(scope, receive, drop)
        rounds.append((time.perf_counter() - begun) / CALLS * 1e6)
    return statistics.median(rounds)


def behind(middleware: list[Middleware]) -> ASGIApp:
    """Return the route behind these, the first outermost."""
    app: ASGIApp = route
    for item in reversed(middleware):
        app = item.cls(app, *item.args, **item.kwargs)
    return app


async def spending() -> float:
    """Return what counting one call of one caller costs, most of them from the lease."""
    settings = RateSettings(_env_file=None, enabled=True, search="1000000/minute")
    rates = RateLimits(settings.allowances(load_settings(SETTINGS)), Alone())
    begun = time.perf_counter()
    for _ in range(ROUNDS * CALLS):
        await rates.spend(Rate.search, "127.0.0.1")
    took = (time.perf_counter() - begun) / (ROUNDS * CALLS) * 1e6
    await rates.aclose()
    return took


async def rows(nowhere: TextIO) -> list[tuple[str, float]]:
    """Measure everything; the lines of the log go to `nowhere`."""
    settings = load_settings(SETTINGS)
    configure_logging(settings)
    logging.getLogger().setLevel(logging.WARNING)
    all_walls = walls(settings)
    measured = [("route alone", await microseconds(route))]
    measured += [(getattr(item.cls, "__name__", "?"), await microseconds(behind([item]))) for item in all_walls]
    measured.append(("all walls", await microseconds(behind(all_walls))))
    logging.getLogger().setLevel(logging.INFO)
    with redirect_stderr(nowhere):
        measured.append(("all walls and the log line", await microseconds(behind(all_walls))))
    structlog.contextvars.clear_contextvars()
    measured.append(("counting against a rate limit", await spending()))
    return measured


def main() -> None:
    """Print the table."""
    with TemporaryDirectory() as directory, share_metrics(Path(directory)), Path(os.devnull).open("w") as nowhere:
        measured = asyncio.run(rows(nowhere))
    table = Table("", "us a request", "calls a second", "of the bare route", box=None)
    bare = measured[0][1]
    for name, took in measured:
        table.add_row(name, f"{took:.1f}", f"{1e6 / took:,.0f}", f"{took / bare:.1f}x")
    Console(highlight=False).print(table)


if __name__ == "__main__":
    main()
