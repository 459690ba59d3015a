"""Mail that is there: found, shown, marked, counted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.db.database import Database
from app.services.email import account_repository, analytics_repository, message_repository
from app.services.email.accounts import Accounts
from app.services.email.errors import ServerMissing, SyncRunning, UnknownAttachment, UnknownMessage
from app.services.email.message_schemas import Analytics, MessageFilter, SyncReport
from app.services.email.models import Account
from app.services.email.syncing import Syncing

AT_ONCE = 4
"""Mailboxes that are read at once in this process; more wait."""

DAYS = 30
TOP_SENDERS = 10
MOST_ACCOUNTS = 1000


class Messages:
    """Finds and marks messages. What is marked here, the mail server is told by the next look at the mailbox."""

    def __init__(self, database: Database, accounts: Accounts, syncing: Syncing) -> None:
        self._database, self._accounts, self._syncing = database, accounts, syncing
        self._places = asyncio.Semaphore(AT_ONCE)

    async def listed(self, owner_id: UUID, asked: MessageFilter) -> tuple[int, list[dict[str, Any]]]:
        """Return how many messages of this user are asked for, and a page of them, the newest first."""
        async with self._database.reading() as connection:
            found = await message_repository.listed(connection, owner_id, asked)
            return await message_repository.count(connection, owner_id, asked), found

    async def one(self, owner_id: UUID, message_id: int) -> dict[str, Any]:
        """Return a message of this user with its text.

        Raises:
            UnknownMessage: The user has none of that id.
        """
        async with self._database.reading() as connection:
            found = await message_repository.one(connection, owner_id, message_id)
        if found is None:
            raise UnknownMessage(f"You have no message {message_id}.")
        return found

    async def mark(self, owner_id: UUID, message_id: int, *, read: bool) -> dict[str, Any]:
        """Note that a message was read, or not; return it.

        Raises:
            UnknownMessage: The user has none of that id.
        """
        async with self._database.transaction() as session:
            found = await message_repository.mark(session, owner_id, message_id, seen=read)
        if found is None:
            raise UnknownMessage(f"You have no message {message_id}.")
        return found

    async def files(
        self, owner_id: UUID, message_id: int | None, limit: int, offset: int
    ) -> tuple[int, list[dict[str, Any]]]:
        """Return how many files the messages of this user have, or one of them, and a page of them."""
        async with self._database.reading() as connection:
            return await message_repository.files(connection, owner_id, message_id, limit, offset)

    async def file(self, owner_id: UUID, file_id: int) -> tuple[str, bytes]:
        """Return name and bytes of a file.

        Raises:
            UnknownAttachment: The user has none of that id.
        """
        async with self._database.reading() as connection:
            found = await message_repository.file(connection, owner_id, file_id)
        if found is None:
            raise UnknownAttachment(f"You have no attachment {file_id}.")
        return found

    async def readable(self, owner_id: UUID, account_id: int | None) -> list[Account]:
        """Return the accounts of this user whose mailboxes can be read, or the one that is named.

        Raises:
            UnknownAccount: The user has none of that id.
            ServerMissing: It has no IMAP server.
        """
        if account_id is None:
            _, found = await self._accounts.listed(owner_id, MOST_ACCOUNTS, 0)
            return [account for account in found if account.imap is not None]
        account = await self._accounts.one(owner_id, account_id)
        if account.imap is None:
            raise ServerMissing(f"The account {account.name!r} has no IMAP server: add one with PATCH.")
        return [account]

    async def sync(self, accounts: list[Account]) -> AsyncIterator[SyncReport]:
        """Read mailboxes, one after another, and yield what each brought.

        Raises:
            SyncRunning: The only one is being read already; of several, such a one says so in its report.
        """
        for account in accounts:
            async with self._places:
                lease = await self._syncing.claim(account.id)
                if lease is None and len(accounts) == 1:
                    raise SyncRunning("This mailbox is being read already: what it brings is found as it comes.")
                yield busy(account.id) if lease is None else await self._syncing.sync(account, lease)

    async def analytics(
        self, owner_id: UUID, account_id: int | None, since: datetime | None, before: datetime | None
    ) -> Analytics:
        """Return numbers about the mail of this user; without times, of the last `DAYS` days."""
        until = before or datetime.now(UTC)
        begin = since or until - timedelta(days=DAYS)
        async with self._database.reading() as connection:
            found = await analytics_repository.numbers(connection, owner_id, account_id, begin, until, TOP_SENDERS)
        return Analytics.model_validate(found)

    async def figures(self) -> dict[str, int]:
        """Return numbers about all accounts together."""
        async with self._database.reading() as connection:
            return dict(await account_repository.figures(connection))


def busy(account_id: int) -> SyncReport:
    """Return the report about a mailbox that somebody else reads now."""
    nothing = dict.fromkeys(("new", "changed", "removed", "told"), 0)
    return SyncReport(account_id=account_id, **nothing, more=False, error="it is being read already", took_ms=0.0)
