"""How fast a mailbox is read: 5,000 messages at once, then again with 50 new ones and 50 that were marked.

The mail server is pymap, in a process of its own, with letters of 2 KB; every tenth has a file of 20 KB. PostgreSQL is
embedded, in a directory that is thrown away. Memory is the most that this process held (the children that parse are
counted beside it).

Usage: python -m benchmarks.email_sync [--messages 5000]
"""

import argparse
import asyncio
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from app.db.database import Database
from app.db.embedded import attach_blocking
from app.db.provision import Address, provision
from app.db.settings import DatabaseName
from app.services.email.accounts import Accounts
from app.services.email.connections import Dialer
from app.services.email.credentials import Vault
from app.services.email.message_repository import listed
from app.services.email.message_schemas import MessageFilter, SyncReport
from app.services.email.models import Account
from app.services.email.reading import Reader
from app.services.email.syncing import Syncing
from tests.peers.mail import PASSWORD, USER, imap_peer
from tests.services.email.letters import letter

NEW = 50
WORDS = ("fox", "otter", "wolf", "den", "river", "invoice", "meeting", "Thursday", "lunch", "deploy", "server", "query")


def raw(number: int) -> bytes:
    """Return a letter of about 2 KB whose words differ from those of others."""
    chosen = [WORDS[(number * 7 + place * place) % len(WORDS)] for place in range(200)]
    text = " ".join(f"{word} {number * place % 9973}" for place, word in enumerate(chosen))
    return letter(number, text=text, file=("report.bin", bytes(20_000)) if number % 10 == 0 else None)


def serve(messages: int, pipe: Connection) -> None:
    """Hold a mailbox until the pipe is closed; each thing that comes through it makes mail and marks."""

    async def serving() -> None:
        async with imap_peer() as peer:
            uids = [await peer.put(raw(number)) for number in range(messages)]
            pipe.send(peer.port)
            await asyncio.to_thread(pipe.recv)
            box = await peer.folder()
            for number in range(NEW):
                await peer.put(raw(messages + number))
            async for message in box.messages():
                if message.uid in uids[:NEW]:
                    message.permanent_flags = frozenset(box.permanent_flags)
            pipe.send(None)
            await asyncio.to_thread(pipe.recv)

    asyncio.run(serving())


async def measured(url: str, messages: int) -> list[tuple[str, SyncReport, float]]:
    """Read the mailbox three times: everything, nothing new, and a little."""
    ours, theirs = get_context("spawn").Pipe()
    server = get_context("spawn").Process(target=serve, args=(messages, theirs))
    server.start()
    port = await asyncio.to_thread(ours.recv)
    database, vault = Database(url), Vault([Fernet.generate_key().decode()])
    dialer, threads, reader = Dialer([ip_network("127.0.0.0/8")], 60), ThreadPoolExecutor(2), Reader(25_000_000)
    accounts = Accounts(database, vault, dialer, threads, 10)
    syncing = Syncing(database, accounts, dialer, reader, threads, 1_000_000, 25_000_000)
    sealed = vault.seal({"imap": PASSWORD})
    host = {"host": "127.0.0.1", "port": port, "security": "none", "username": USER}
    account = Account(owner_id=uuid4(), name="x", address=USER, imap=host, folders=["INBOX"])
    account.secret, account.key = sealed.secret, sealed.key
    async with database.transaction() as session:
        session.add(account)
    found = []

    async def look(name: str) -> None:
        report = await syncing.sync(account, await syncing.claim(account.id) or "")
        found.append((name, report, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))

    await look("everything")
    await look("nothing new")
    ours.send("more")
    await asyncio.to_thread(ours.recv)
    await look(f"{NEW} new, {NEW} marked")
    for words in ("fox", "invoice lunch", '"otter 0"'):
        begun = time.perf_counter()
        async with database.reading() as connection:
            hits = await listed(connection, account.owner_id, MessageFilter(q=words))
        Console().print(f"search {words}: {len(hits)} of a page of 50 in {1000 * (time.perf_counter() - begun):.1f} ms")
    ours.send("end")
    await asyncio.to_thread(server.join)
    await reader.aclose()
    await database.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5000)
    messages = parser.parse_args().messages
    with TemporaryDirectory() as folder, attach_blocking(Path(folder)) as servers:
        url = servers.postgres_url("mail")
        asyncio.run(provision(Address(url), DatabaseName.main, create=True))
        found = asyncio.run(measured(url, messages))
    table = Table("look", "new", "marked", "seconds", "messages/s", "MB")
    for name, report, memory in found:
        seconds = report.took_ms / 1000
        rate = f"{report.new / seconds:.0f}" if report.new else ""
        table.add_row(name, str(report.new), str(report.changed), f"{seconds:.2f}", rate, f"{memory:.0f}")
        if report.error:
            table.add_row(report.error)
    Console().print(table)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    Console().print(f"the largest child (the mail server, a parser or PostgreSQL): {children:.0f} MB")


if __name__ == "__main__":
    main()
