"""Talking to an IMAP server: the protocol's client blocks, so it runs in a thread, and its socket ends it."""

import asyncio
import imaplib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from app.services.email.connections import Dialer, Login, MailFault
from app.services.email.schemas import Security
from app.services.email.smtp import dial

T = TypeVar("T")

MAX_LINE = 16_000_000
"""Bytes of one line: the answer to a search names 2 million messages in it."""

ANSWER_BYTES = MAX_LINE + 1_000_000
"""Of an answer without bodies."""


class BoundedImap(imaplib.IMAP4):
    """The standard library's client on a connection that is there already; what it reads is bounded.

    Attributes:
        left: Bytes that the server may still send; set before each command.
    """

    def __init__(self, login: Login, connection: socket.socket, tls: ssl.SSLContext) -> None:
        self._login, self._connection, self._tls = login, connection, tls
        self.left = ANSWER_BYTES
        super().__init__(login.server.host, login.server.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002 - the connection has its timeout
        if self._login.server.security is Security.tls:
            return self._tls.wrap_socket(self._connection, server_hostname=self.host)
        return self._connection

    def read(self, size: int) -> bytes:
        """Read a literal; the server announces its size, and may announce anything."""
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """Read a line."""
        line: bytes = self.file.readline(min(MAX_LINE, self.left) + 1)  # type: ignore[assignment] # its stub says str, too
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise self.abort("it sends more than was asked for")


class Client(IMAPClient):  # type: ignore[misc] # published without types
    """The client with its answers parsed, on `BoundedImap`."""

    def __init__(self, login: Login, connection: socket.socket, tls: ssl.SSLContext, seconds: float) -> None:
        self._made = (login, connection, tls)
        super().__init__(login.server.host, login.server.port, ssl=False, timeout=SocketTimeout(seconds, seconds))
        self._imap.debug = 0  # it would format every line for a log that nobody reads
        self.normalise_times = False

    def _create_IMAP4(self) -> BoundedImap:  # noqa: N802 - the library's name
        return BoundedImap(*self._made)

    def allow(self, size: int) -> None:
        """Let the server send so many bytes from now on, besides a little that it always does."""
        self._imap.left = size + ANSWER_BYTES


class Session:
    """A client that is logged in; it works in a thread of `threads`."""

    def __init__(self, threads: ThreadPoolExecutor, connection: socket.socket, where: str) -> None:
        self._threads, self._where = threads, where
        self._lifeline = connection.dup()

    async def run(self, work: Callable[[], T]) -> T:
        """Do some blocking work with the client.

        When this is cancelled the connection ends, and with it the work.

        Raises:
            MailFault: The server did not do as it should.
        """
        doing = asyncio.get_running_loop().run_in_executor(self._threads, self._in_words, work)
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            self.hang_up()
            await asyncio.gather(doing, return_exceptions=True)
            raise

    def _in_words(self, work: Callable[[], T]) -> T:
        with faults_in_words(self._where):
            return work()

    def hang_up(self) -> None:
        """End the connection, whatever a thread is doing with it."""
        with suppress(OSError):
            self._lifeline.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection and forget it."""
        self.hang_up()
        self._lifeline.close()


@asynccontextmanager
async def imap(threads: ThreadPoolExecutor, dialer: Dialer, login: Login) -> AsyncIterator[tuple[Session, Client]]:
    """Log in and yield the session and its client, which is used by `Session.run` only.

    Raises:
        MailFault: Nobody answers, the certificate is not good, or the login is refused.
    """
    connection = await dial(dialer, login)
    connection.setblocking(True)
    connection.settimeout(dialer.seconds)
    session = Session(threads, connection, login.where)

    def log_in() -> Client:
        client = Client(login, connection, dialer.tls, dialer.seconds)
        clients.append(client)
        if login.server.security is Security.starttls:
            client.starttls(dialer.tls)
        client.login(login.server.username, login.password)
        return client

    clients: list[Client] = []
    try:
        client = await session.run(log_in)
        yield session, client
        with suppress(MailFault):
            await session.run(client.logout)
    finally:
        session.close()
        for made in clients:
            with suppress(OSError):
                made.shutdown()
        connection.close()


@contextmanager
def faults_in_words(where: str) -> Iterator[None]:
    """Turn what the client raises into a sentence."""
    try:
        yield
    except LoginError as error:
        raise MailFault(f"{where} refuses user name and password") from error
    except TimeoutError as error:
        raise MailFault(f"{where} did not answer in time") from error
    except ssl.SSLError as error:
        raise MailFault(f"no TLS with {where}: the certificate is not trusted, or TLS is not spoken there") from error
    except Exception as error:  # the edge to hostile servers: the parser of their answers fails in every way
        raise MailFault(f"nothing that speaks IMAP as it should answers at {where}, or it was lost") from error
