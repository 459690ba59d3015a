"""Talking to an SMTP server."""

import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import aiosmtplib

from app.core.errors import ApiError
from app.services.email.connections import Dialer, Login, MailFault
from app.services.email.schemas import Security

MAX_REASON = 200
PERMANENT = 500
"""SMTP answers from here on say no for good (RFC 5321, 4.2.1)."""

LOCAL_NAME = "[127.0.0.1]"
"""How we greet: an address literal (RFC 5321, 4.1.3), as the name of this machine is nobody's business."""


class Refused(MailFault):
    """The server refused the message or all of its recipients; it was not sent.

    Attributes:
        permanent: The same message will be refused again.
        reasons: By recipient.
    """

    def __init__(self, sentence: str, *, permanent: bool, reasons: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.permanent = permanent
        self.reasons = reasons or {}


class NotKnown(MailFault):
    """The server went away after it had the message: it may have been sent, or not."""


class Sender:
    """An open SMTP session."""

    def __init__(self, client: aiosmtplib.SMTP, where: str) -> None:
        self._client, self._where = client, where

    async def send(self, sender: str, recipients: Sequence[str], message: bytes) -> dict[str, str]:
        """Send a message; return the recipients that were not taken, each with the server's reason.

        Raises:
            Refused: It was sent to nobody.
            NotKnown: It may have been sent.
            MailFault: The server went away before it had the message.
        """
        refused: dict[str, str] = {}
        permanent = True
        with faults_in_words(self._where):
            try:
                await self._client.mail(sender, options=[f"size={len(message)}"] if self._sizes else [])
            except aiosmtplib.SMTPSenderRefused as error:
                await self._client.rset()
                raise Refused(f"{self._where} refuses the sender", permanent=error.code >= PERMANENT) from error
            for recipient in recipients:
                try:
                    await self._client.rcpt(recipient)
                except aiosmtplib.SMTPRecipientRefused as error:
                    refused[recipient] = reason(error)
                    permanent = permanent and error.code >= PERMANENT
            if len(refused) == len(recipients):
                await self._client.rset()
                raise Refused(f"{self._where} takes it for no recipient", permanent=permanent, reasons=refused)
        try:
            await self._client.data(message)
        except aiosmtplib.SMTPDataError as error:
            sentence = f"{self._where} does not take the message: {reason(error)}"
            raise Refused(sentence, permanent=error.code >= PERMANENT) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotKnown(f"{self._where} was lost while it took the message: it may have been sent") from error
        return refused

    @property
    def _sizes(self) -> bool:
        return self._client.supports_extension("size")


@asynccontextmanager
async def smtp(dialer: Dialer, login: Login) -> AsyncIterator[Sender]:
    """Log in and yield the session.

    Raises:
        MailFault: Nobody answers, the certificate is not good, or the login is refused.
    """
    security = login.server.security
    with faults_in_words(login.where):
        client = aiosmtplib.SMTP(
            hostname=login.server.host,
            username=login.server.username,
            password=login.password,
            local_hostname=LOCAL_NAME,
            timeout=dialer.seconds,
            use_tls=security is Security.tls,
            start_tls=security is Security.starttls,
            tls_context=dialer.tls,
            sock=await dial(dialer, login),
        )
        await client.connect()
    try:
        yield Sender(client, login.where)
    finally:
        client.close()


async def dial(dialer: Dialer, login: Login) -> socket.socket:
    """Connect, with the errors of one who talks to mail servers.

    Raises:
        MailFault: It is not allowed, or nobody answers.
    """
    try:
        return await dialer.dial(login.server)
    except ApiError as error:
        raise MailFault(error.detail.removesuffix(".")) from error


@contextmanager
def faults_in_words(where: str) -> Iterator[None]:
    """Turn what the client raises into a sentence."""
    try:
        yield
    except aiosmtplib.SMTPAuthenticationError as error:
        raise MailFault(f"{where} refuses user name and password") from error
    except aiosmtplib.SMTPNotSupported as error:
        raise MailFault(f"{where} does not offer what was asked of it: try another security, or port") from error
    except (aiosmtplib.SMTPTimeoutError, TimeoutError) as error:
        raise MailFault(f"{where} did not answer in time") from error
    except aiosmtplib.SMTPException as error:
        if any(isinstance(cause, ssl.SSLError) for cause in (error.__cause__, error.__context__)):
            raise MailFault(
                f"no TLS with {where}: the certificate is not trusted, or TLS is not spoken there"
            ) from error
        raise MailFault(f"nothing that speaks SMTP as it should answers at {where}") from error
    except ssl.SSLError as error:
        raise MailFault(f"no TLS with {where}: the certificate is not trusted, or TLS is not spoken there") from error
    except (OSError, ValueError) as error:  # ValueError: an answer that is no ASCII
        raise MailFault(f"nothing that speaks SMTP as it should answers at {where}") from error


def reason(error: aiosmtplib.SMTPResponseException) -> str:
    """Return what a server says, as one short line."""
    said = " ".join("".join(letter if letter.isprintable() else " " for letter in error.message).split())
    return f"{error.code} {said}"[:MAX_REASON]
