"""Loopback ports that are chosen once and kept."""

import errno
import random
import socket
from pathlib import Path

from app.db.embedded.errors import EmbeddedServerError
from app.db.embedded.private_files import read_secret, write_private

LOOPBACK = "127.0.0.1"

# Below 32768, where Linux begins to hand out source ports for outgoing connections (macOS: 49152): a kept
# port from that range would now and then be taken by some client when the server wants it back.
_CANDIDATES = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As both servers do: connections that linger in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def kept_port(file: Path) -> int:
    """Return the port named in a file, or choose and keep a new one when there is none or it is taken.

    Raises:
        EmbeddedServerError: No loopback port is free.
    """
    text = read_secret(file) or ""
    if text.isdecimal() and int(text) in _CANDIDATES and is_free(int(text)):
        return int(text)
    for port in random.sample(_CANDIDATES, 200):
        if is_free(port):
            write_private(file, f"{port}\n")
            return port
    raise EmbeddedServerError(f"No free port was found on {LOOPBACK} between {_CANDIDATES[0]} and {_CANDIDATES[-1]}.")
