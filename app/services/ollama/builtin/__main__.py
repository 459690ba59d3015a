"""The process of the built-in model: told what it needs on standard input, and ended by its end."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import orjson
import uvicorn

from app.services.ollama.builtin.llama import Llama
from app.services.ollama.builtin.process import Orders
from app.services.ollama.builtin.server import BuiltInServer

NICENESS = 10
"""Whoever searches goes first: with 10, the API keeps about nine tenths of a contested core."""


async def serve() -> None:
    """Read the orders, say on which port of this machine we listen, and serve until standard input ends."""
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    orders = Orders(**orjson.loads(await stdin.readline()))
    file = Path(orders.file)
    peer = BuiltInServer(Llama(file, orders.threads), file, orders.version, orders.key)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(peer.app(), log_config=None, access_log=False, lifespan="on"))
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    orphaned = asyncio.ensure_future(stdin.read())
    await asyncio.wait((serving, orphaned), return_when=asyncio.FIRST_COMPLETED)
    # Leaving in order would wait for llama.cpp, and thus for an answer that nobody reads.
    os._exit(0)


if __name__ == "__main__":
    os.nice(NICENESS)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(serve())
