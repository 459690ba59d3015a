"""Sending one message."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from app.db.database import Database
from app.services.email import sync_repository as repository
from app.services.email.accounts import Accounts
from app.services.email.composing import Draft, compose
from app.services.email.connections import Dialer, MailFault
from app.services.email.errors import MailServerFailed, RecipientsRefused
from app.services.email.models import Account, Message
from app.services.email.reading import File, Letter, Reader
from app.services.email.sending_schemas import Outgoing, Refusal, SentReport
from app.services.email.smtp import Refused, smtp

AT_ONCE = 4
"""Messages that are composed and sent at once; each may be 100 MB."""


class Sending:
    """Sends messages, and keeps what was sent."""

    def __init__(self, database: Database, accounts: Accounts, dialer: Dialer, reader: Reader, most_bytes: int) -> None:
        self._database, self._accounts, self._dialer, self._reader = database, accounts, dialer, reader
        self._most = most_bytes
        self._places = asyncio.Semaphore(AT_ONCE)

    async def send(self, owner_id: UUID, asked: Outgoing, files: Sequence[File]) -> SentReport:
        """Send a message at once, and at most once.

        Raises:
            UnknownAccount: The caller has no such account.
            ServerMissing, CredentialsUnreadable: It cannot send.
            MessageRefused: The message cannot be written.
            RecipientsRefused: The mail server takes it for nobody.
            MailServerFailed: The mail server is away; says so if the message may have been sent.
        """
        account = await self._accounts.one(owner_id, asked.account_id)
        login = self._accounts.login(account, "smtp")
        draft = draft_of(account, asked, files)
        async with self._places:
            identity, content = await asyncio.to_thread(compose, draft, self._most)
            try:
                async with smtp(self._dialer, login) as sender:
                    refused = await sender.send(draft.sender, draft.recipients, content)
            except Refused as error:
                told = "; ".join(f"{address}: {why}" for address, why in error.reasons.items())
                raise RecipientsRefused(f"{error}{': ' if told else ''}{told}."[:1000]) from error
            except MailFault as error:
                raise MailServerFailed(f"{error}.") from error
            letter = await self._reader.read(content)
        await self._keep(account, letter, len(content))
        return SentReport(
            message_id=identity,
            accepted=[address for address in draft.recipients if address not in refused],
            refused=[Refusal(address=address, reason=why) for address, why in refused.items()],
            size=len(content),
        )

    async def _keep(self, account: Account, letter: Letter, size: int) -> None:
        """Keep what was sent, until a folder shows it."""
        message = Message(**columns(account, letter, datetime.now(UTC), size), state="whole", outgoing=True, seen=True)
        message.flagged = message.answered = False
        async with self._database.transaction() as session:
            session.add(message)
            await session.flush()
            await repository.keep_files(session, account.owner_id, message.id, letter.files)


def columns(account: Account, letter: Letter, otherwise: datetime, size: int) -> dict[str, object]:
    """Return what a row holds of a letter; `otherwise` is its time when it claims none."""
    return {
        "owner_id": account.owner_id,
        "account_id": account.id,
        "message_id": letter.message_id,
        "replies_to": letter.replies_to,
        "subject": letter.subject,
        "sender": letter.sender,
        "sender_name": letter.sender_name,
        "recipients": ", ".join(letter.recipients),
        "sent_at": letter.sent_at or otherwise,
        "size": size,
        "text": letter.text,
    }


def draft_of(account: Account, asked: Outgoing, files: Sequence[File]) -> Draft:
    """Return what a request asks to be sent."""
    return Draft(
        sender=account.address,
        sender_name=account.display_name,
        to=[("", address) for address in asked.to],
        cc=asked.cc,
        bcc=asked.bcc,
        subject=asked.subject,
        text=asked.text,
        html=asked.html,
        in_reply_to=asked.in_reply_to,
        references=asked.references,
        files=files,
    )
