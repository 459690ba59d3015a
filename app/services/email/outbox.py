"""Whoever sends batches: a task of each process; the database decides who sends what, and how fast."""

import asyncio
import html
from contextlib import suppress
from string import Template
from uuid import uuid4

import structlog

from app.core.errors import ApiError
from app.db.database import Database
from app.services.email import batch_repository as repository
from app.services.email.accounts import Accounts
from app.services.email.batch_repository import ATTEMPTS, LEASE_SECONDS, Turn
from app.services.email.batches import Batches
from app.services.email.composing import Draft, compose
from app.services.email.connections import Dialer, MailFault
from app.services.email.models import Account, Batch
from app.services.email.smtp import NotKnown, Refused, Sender, smtp
from app.services.email.upkeep import told

log = structlog.get_logger(__name__)

IDLE_SECONDS = 5.0
"""Between two looks for work that another process left or took in."""

RETRY_SECONDS = 30.0
"""After a mail server failed."""

FINISH_SECONDS = 3.0
"""How long a message on its way is waited for at the end; the registry gives a service 5 s to stop."""

TURNS_OF_A_SESSION = 100
"""Then another batch may have its turn, on a new session."""


class Outbox:
    """Sends what is waiting; messages of one account are `seconds` apart at least, in all processes together."""

    def __init__(
        self, database: Database, accounts: Accounts, batches: Batches, dialer: Dialer, seconds: float, most_bytes: int
    ) -> None:
        self._database, self._accounts, self._batches, self._dialer = database, accounts, batches, dialer
        self._seconds, self._most = seconds, most_bytes
        self._name = uuid4().hex

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self._batches.wake.clear()
            try:
                while await self.send_some():
                    pass
            except Exception as error:  # noqa: BLE001 - the edge of the task, which goes on: what waits is in the database
                told("outbox_postponed", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(IDLE_SECONDS, max(self._seconds, 0.05))):
                    await self._batches.wake.wait()

    async def send_some(self) -> bool:
        """Send a part of one batch; False if nothing may be sent now."""
        lease = f"{self._name}-{uuid4().hex[:8]}"
        async with self._database.transaction() as session:
            batch = await repository.claim(session, lease)
            account = None if batch is None else await repository.account_of(session, batch)
        if batch is None or account is None:
            return False
        reason: str | None = None
        retry = 0.0
        holding = asyncio.create_task(self._hold(batch.id, lease))
        try:
            await self._send_part(batch, account, lease)
        except MailFault as error:
            reason, retry = str(error), RETRY_SECONDS
        except ApiError as error:
            reason, retry = error.detail, RETRY_SECONDS
        finally:
            holding.cancel()
            await asyncio.shield(self._release(batch.id, lease, reason, retry))
        return True

    async def _release(self, batch_id: int, lease: str, reason: str | None, retry: float) -> None:
        async with self._database.transaction() as session:
            await repository.release(session, batch_id, lease, reason, retry)

    async def _hold(self, batch_id: int, lease: str) -> None:
        """Keep the claim while a message takes long."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                async with self._database.transaction() as session:
                    await repository.hold(session, batch_id, lease)
            except Exception as error:  # noqa: BLE001 - the edge of the task: without the claim the next turn ends
                told("batch_lease_not_renewed", error)

    async def _send_part(self, batch: Batch, account: Account, lease: str) -> None:
        """Send to some recipients on one session."""
        async with smtp(self._dialer, self._accounts.login(account, "smtp")) as sender:
            for _ in range(TURNS_OF_A_SESSION):
                turn = await self._next(batch, account, lease)
                if turn is None:
                    return
                await self._send_one(batch, account, turn, sender)

    async def _next(self, batch: Batch, account: Account, lease: str) -> Turn | None:
        """Return whose turn it is, noted as being handed over; None if it is nobody's now.

        Short waits for the account's pace are waited for here, so that the session is of use for the next message.
        """
        while True:
            async with self._database.transaction() as session:
                if not await repository.hold(session, batch.id, lease):
                    return None
                if await repository.may_send(session, account.id, self._seconds):
                    return await repository.take(session, batch.id)
            if self._seconds > IDLE_SECONDS:
                return None
            await asyncio.sleep(self._seconds / 4)

    async def _send_one(self, batch: Batch, account: Account, turn: Turn, sender: Sender) -> None:
        """Send to one recipient; a stop of the process waits a moment for it, so that it leaves nothing unknown."""
        doing = asyncio.create_task(self._hand_over(batch, account, turn, sender))
        try:
            await asyncio.shield(doing)
        except asyncio.CancelledError:
            await asyncio.wait((doing,), timeout=FINISH_SECONDS)
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
            raise

    async def _hand_over(self, batch: Batch, account: Account, turn: Turn, sender: Sender) -> None:
        state: str = "unknown"
        reason: str | None = "the server ended while this was handed over: it may have been sent"
        try:
            draft = filled(batch, account, turn)
            _, content = await asyncio.to_thread(compose, draft, self._most)
            await sender.send(draft.sender, draft.recipients, content)
            state, reason = "sent", None
        except Refused as error:
            again = not error.permanent and turn.attempts < ATTEMPTS
            said = "; ".join(error.reasons.values()) or str(error)
            state, reason = ("pending" if again else "failed"), said
        except ApiError as error:  # it cannot be written for this recipient
            state, reason = "failed", error.detail
        except NotKnown as error:
            state, reason = "unknown", str(error)
            raise
        except MailFault as error:
            state, reason = ("pending" if turn.attempts < ATTEMPTS else "failed"), str(error)
            raise
        finally:
            await asyncio.shield(self._settle(turn, state, reason))

    async def _settle(self, turn: Turn, state: str, reason: str | None) -> None:
        async with self._database.transaction() as session:
            await repository.settle(session, turn.id, state, reason)


def filled(batch: Batch, account: Account, turn: Turn) -> Draft:
    """Return the message for one recipient; in HTML their values are text, whatever they hold."""
    values = {"name": turn.name, "address": turn.recipient, **turn.values}
    escaped = {name: html.escape(value) for name, value in values.items()}
    return Draft(
        sender=account.address,
        sender_name=account.display_name,
        to=[(turn.name, turn.recipient)],
        subject=Template(batch.subject).safe_substitute(values),
        text=Template(batch.text).safe_substitute(values),
        html=None if batch.html is None else Template(batch.html).safe_substitute(escaped),
    )
