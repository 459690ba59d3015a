"""Running the application for a person: one clear message if it cannot start, a welcome and progress if it can."""

import logging
import socket
import sys
from contextlib import suppress
from functools import partial
from typing import NoReturn

import uvicorn

from app.core.registry import BootError
from app.core.settings import Settings
from app.factory import create_app
from app.welcome import welcome

GRACEFUL_SECONDS = 3
"""Open requests get this long at shutdown; with the services' own time a stop stays under 5 s."""


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


def bind(settings: Settings) -> socket.socket:
    """Take HOST:PORT before anything else starts, so that a taken port is the first thing one hears of."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
    except OSError as error:
        taken.close()
        fail(f"{settings.host}:{settings.port} cannot be used ({error.strerror}): set HOST or PORT.")
    return taken


def run(settings: Settings) -> None:
    """Serve until a signal; exit with 1 when a required service failed to start."""
    sock = bind(settings)
    host, port = sock.getsockname()[:2]
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1", "::") else host  # noqa: S104 - comparing
    app = create_app(settings, alongside=partial(welcome, url=f"http://{shown}:{port}"))
    logging.getLogger("uvicorn.error").addFilter(OneMessage())
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=GRACEFUL_SECONDS, server_header=False
    )
    server = uvicorn.Server(config)
    with suppress(SystemExit):
        server.run(sockets=[sock])
    if not server.started:
        sys.exit(1)
