"""Running the application for a person: one clear message if it cannot start, a welcome and progress if it can."""

import argparse
import asyncio
import faulthandler
import logging
import socket
import sys
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import NoReturn

import uvicorn
from rich.console import Console

from app.check import Finding, examine, report
from app.core.logging import configure_logging
from app.core.registry import BootError
from app.core.settings import VERSION, Settings
from app.directory import SERVICES
from app.factory import create_app
from app.welcome import welcome

GRACEFUL_SECONDS = 3
"""Open requests get this long at shutdown; with the services' own time a stop stays under 5 s."""

STOP_SECONDS = 30.0
"""After a signal; the services and the embedded servers have timeouts that add up to less."""

BACKLOG = 2048
"""Connections that wait to be accepted: uvicorn's own default."""


def arguments() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="main.py", description="Start Reynard; settings are listed in env.example.")
    parser.add_argument("--check", action="store_true", help="look whether everything could start, and exit")
    parser.add_argument("--version", action="version", version=VERSION)
    return parser.parse_args()


def fail(sentence: str) -> NoReturn:
    """Print why the process cannot run and end it."""
    print(f"Reynard cannot start.\n{sentence}", file=sys.stderr)  # noqa: T201 - the last word to a person
    sys.exit(1)


class OneMessage(logging.Filter):
    """Drops uvicorn's traceback of a failed start: the lifespan has said why in one sentence."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is worth printing."""
        text = record.getMessage()
        return BootError.__name__ not in text and "Application startup failed" not in text


def check(settings: Settings) -> NoReturn:
    """Print whether everything could start; exit with 1 when something needs mending."""
    configure_logging(settings)
    try:
        bind(settings).close()
        address = Finding("address", "good", f"{settings.host}:{settings.port} is free")
    except AddressTakenError as error:
        address = Finding("address", "bad", str(error))
    findings = [Finding("settings", "good", "every variable is known and valid"), address]
    findings += asyncio.run(examine(settings, SERVICES))
    sys.exit(0 if report(findings, Console(highlight=False)) else 1)


class AddressTakenError(Exception):
    """HOST:PORT cannot be used; the text says what to do."""


def bind(settings: Settings) -> socket.socket:
    """Take HOST:PORT before anything else starts, so that a taken port is the first thing one hears of.

    It listens at once: of two processes that start together one is told, and early requests wait for the answer.

    Raises:
        AddressTakenError: Another program has the port, or the host is not of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise AddressTakenError(f"{settings.host} is no address of this machine: set HOST.") from error
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(address)
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        raise AddressTakenError(
            f"{settings.host}:{settings.port} cannot be used ({error.strerror}): set HOST or PORT."
        ) from error
    return taken


class Ending(uvicorn.Server):
    """A server that ends: what holds it up longer than `STOP_SECONDS` after a signal is printed, and left behind."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        faulthandler.dump_traceback_later(STOP_SECONDS, exit=True)
        super().handle_exit(sig, frame)


def run(settings: Settings) -> None:
    """Serve until a signal; exit with 1 when a required service failed to start."""
    try:
        sock = bind(settings)
    except AddressTakenError as error:
        fail(str(error))
    host, port = sock.getsockname()[:2]
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1", "::") else host  # noqa: S104 - comparing
    app = create_app(settings, alongside=partial(welcome, url=f"http://{shown}:{port}"))
    logging.getLogger("uvicorn.error").addFilter(OneMessage())
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        server_header=False,
        proxy_headers=False,  # app/middleware/proxies.py decides whom we believe
    )
    server = Ending(config)
    with suppress(SystemExit):
        server.run(sockets=[sock])
    if not server.started:
        sys.exit(1)
