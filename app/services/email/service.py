"""The mail room as a service."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from app.core.outbound import OutboundSettings
from app.core.registry import Context
from app.db.database import Database
from app.services.email.accounts import Accounts
from app.services.email.batches import Batches
from app.services.email.connections import Dialer
from app.services.email.credentials import open_vault
from app.services.email.messages import Messages
from app.services.email.outbox import Outbox
from app.services.email.reading import Reader
from app.services.email.sending import Sending
from app.services.email.settings import EmailSettings
from app.services.email.syncing import Syncing
from app.services.email.upkeep import keep_reading

log = structlog.get_logger(__name__)

THREADS = 8
"""Sessions with IMAP servers at once: each command of one holds a thread until it is answered."""


@dataclass(frozen=True, slots=True)
class Email:
    """The parts of the mail room."""

    accounts: Accounts
    messages: Messages
    sending: Sending
    batches: Batches
    syncing: Syncing
    outbox: Outbox


@asynccontextmanager
async def open_email(context: Context) -> AsyncIterator[Email]:
    """Open the mail room on the main database; read mailboxes and send batches in the background."""
    settings, outbound = context.settings.of(EmailSettings), context.settings.of(OutboundSettings)
    vault = await asyncio.to_thread(open_vault, context.settings)
    dialer = Dialer(outbound.networks, settings.timeout)
    database = context.get("main_database", Database)
    reader = Reader(settings.max_message_bytes)
    threads = ThreadPoolExecutor(THREADS, "imap")
    accounts = Accounts(database, vault, dialer, threads, settings.accounts)
    syncing = Syncing(database, accounts, dialer, reader, threads, settings.sync_messages, settings.max_message_bytes)
    batches = Batches(database, accounts)
    outbox = Outbox(database, accounts, batches, dialer, 60 / settings.bulk_per_minute, settings.max_message_bytes)
    sending = Sending(database, accounts, dialer, reader, settings.max_message_bytes)
    if count := await accounts.seal_again():
        log.info("credentials_sealed_again", accounts=count)
    tasks = [asyncio.create_task(outbox.run())]
    if settings.sync_seconds:
        tasks.append(asyncio.create_task(keep_reading(syncing, settings.sync_seconds)))
    try:
        yield Email(accounts, Messages(database, accounts, syncing), sending, batches, syncing, outbox)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await reader.aclose()
        threads.shutdown(wait=False, cancel_futures=True)
