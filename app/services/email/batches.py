"""One text to many: kept in the database, sent a message at a time, at most once to each.

Why no task queue: procrastinate brings psycopg as a second driver with a pool of its own, and what is needed here, a
pace for each account and a state for each recipient, would be tables beside its tables.

At most once: that a message is being handed over is committed before it is, so whatever ends us in that moment leaves
`unknown`, which is told and never sent again. Before that moment a fault costs nothing, and is tried again.
"""

import asyncio
from collections.abc import AsyncIterator
from string import Template
from typing import Any
from uuid import UUID

from app.db.database import Database
from app.services.email import batch_repository as repository
from app.services.email.accounts import Accounts
from app.services.email.errors import MessageRefused, UnknownBatch
from app.services.email.models import Batch
from app.services.email.sending_schemas import BatchIn, BatchOut

LOOK_SECONDS = 0.5
"""Between two looks at how far a batch is: a stream holds no connection meanwhile."""


class Batches:
    """Keeps batches and tells how far they are; `wake` is set when there is something new to send."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database, self._accounts = database, accounts
        self.wake = asyncio.Event()

    async def add(self, owner_id: UUID, given: BatchIn) -> BatchOut:
        """Keep a batch; it is sent in the background.

        Raises:
            UnknownAccount: The caller has no such account.
            ServerMissing, CredentialsUnreadable: It cannot send.
            MessageRefused: A `$name` in the texts has no value for somebody, or a `$` is none.
        """
        account = await self._accounts.one(owner_id, given.account_id)
        self._accounts.login(account, "smtp")
        await asyncio.to_thread(check, given)
        batch = Batch(owner_id=owner_id, account_id=account.id, subject=given.subject, text=given.text, html=given.html)
        async with self._database.transaction() as session:
            batch_id = await repository.add(session, batch, given.recipients)
        self.wake.set()
        return await self.one(owner_id, batch_id)

    async def listed(self, owner_id: UUID, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
        """Return how many batches this user has, and a page of them."""
        async with self._database.transaction() as session:
            connection = await session.connection()
            return await repository.count(connection, owner_id), await repository.listed(
                connection, owner_id, limit, offset
            )

    async def one(self, owner_id: UUID, batch_id: int) -> BatchOut:
        """Return a batch of this user.

        Raises:
            UnknownBatch: The user has none of that id.
        """
        async with self._database.transaction() as session:
            found = await repository.one(await session.connection(), owner_id, batch_id)
        if found is None:
            raise unknown(batch_id)
        return BatchOut.model_validate(found)

    async def deliveries(
        self, owner_id: UUID, batch_id: int, state: str | None, limit: int, offset: int
    ) -> tuple[int, list[dict[str, Any]]]:
        """Return how many recipients of a batch are in a state, and a page of them.

        Raises:
            UnknownBatch: The user has none of that id.
        """
        async with self._database.transaction() as session:
            found = await repository.deliveries(await session.connection(), owner_id, batch_id, state, limit, offset)
        if found is None:
            raise unknown(batch_id)
        return found

    async def cancel(self, owner_id: UUID, batch_id: int) -> BatchOut:
        """Send no more of a batch; return how far it came.

        Raises:
            UnknownBatch: The user has none of that id.
        """
        async with self._database.transaction() as session:
            found = await repository.cancel(session, owner_id, batch_id)
        if found is None:
            raise unknown(batch_id)
        return BatchOut.model_validate(found)

    async def follow(self, owner_id: UUID, batch_id: int) -> AsyncIterator[BatchOut]:
        """Yield how far a batch is, now and on each change, until nothing more will be sent.

        Raises:
            UnknownBatch: The user has none of that id.
        """
        before: BatchOut | None = None
        while True:
            now = await self.one(owner_id, batch_id)
            if now != before:
                yield now
            if now.state != "sending" and not now.sending:
                return
            before = now
            await asyncio.sleep(LOOK_SECONDS)


def unknown(batch_id: int) -> UnknownBatch:
    """Return what to say about a batch that the caller does not have."""
    return UnknownBatch(f"You have no batch {batch_id}.")


def check(given: BatchIn) -> None:
    """Look whether the texts can be filled in for everybody.

    Raises:
        MessageRefused: They cannot.
    """
    for name in ("subject", "text", "html"):
        template = Template(getattr(given, name) or "")
        if not template.is_valid():
            raise MessageRefused(f"The {name} has a $ that begins no name: write $$ for the sign itself.")
        wanted = set(template.get_identifiers())
        for recipient in given.recipients:
            if missing := wanted - {"name", "address", *recipient.values}:
                raise MessageRefused(f"The {name} asks for ${min(missing)}, and {recipient.address} has no such value.")
