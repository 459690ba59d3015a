# ruff: noqa: ARG002 - the libraries decide what is passed
"""Real mail servers: aiosmtpd and pymap, with certificates made on the spot."""

import asyncio
import ssl
import warnings
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Login
from pymap.backend.dict.mailbox import MailboxData
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pymap.user import UserMetadata
from pysasl.hashing import BuiltinHash

USER, PASSWORD = "ann@example.com", "opensesame"


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return a new certificate for localhost, to be trusted by SSL_CERT_FILE, and what a server serves it with."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, private = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    return file, context


@dataclass
class SmtpPeer:
    """Takes mail.

    Attributes:
        taken: What was taken: sender, recipients, bytes.
        refuses: Recipients that are refused, with the answer.
        data: The answer to the next messages instead of taking them, while it is set.
        pause: Seconds before a message is taken.
    """

    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    data: str | None = None
    port: int = 0
    pause: float = 0.0
    sessions: int = 0

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - same
        if self.data is not None:
            return self.data
        assert isinstance(envelope.content, bytes)
        await asyncio.sleep(self.pause)
        self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content))
        return "250 taken"

    @property
    def recipients(self) -> list[str]:
        """Everybody who got something, as often as they did."""
        return [recipient for _, recipients, _ in self.taken for recipient in recipients]


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    """Let one user in."""
    return AuthResult(success=(given.login, given.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@asynccontextmanager
async def smtp_peer(tls: ssl.SSLContext | None = None, *, from_start: bool = False) -> AsyncIterator[SmtpPeer]:
    """Serve SMTP: in the open, by STARTTLS only, or by TLS from the start."""
    peer = SmtpPeer()

    def factory() -> SMTP:
        peer.sessions += 1
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # a password in the open is what is tried
            return SMTP(
                peer,
                authenticator=authenticate,
                auth_required=True,
                auth_require_tls=tls is not None and not from_start,
                require_starttls=tls is not None and not from_start,
                tls_context=None if from_start else tls,
                hostname="peer",
                data_size_limit=60_000_000,
            )

    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, ssl=tls if from_start else None)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()


@dataclass
class ImapPeer:
    """Holds mailboxes of `USER`."""

    config: Config
    login: Login
    port: int = 0
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    async def folder(self, name: str = "INBOX") -> MailboxData:
        """Return a folder, which is made if it is not there."""
        async with self.login.demo_user_identity.new_session() as session:
            if (await session.mailbox_set.list_mailboxes()).get(name) is None:
                await session.mailbox_set.add_mailbox(name)
            return await session.mailbox_set.get_mailbox(name)

    async def put(
        self, raw: bytes, *flags: bytes, folder: str = "INBOX", received: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    ) -> int:
        """Put a message into a folder; return its number."""
        box = await self.folder(folder)
        made = await box.append(AppendMessage(raw, received, frozenset(Flag(flag) for flag in flags)))
        return made.uid

    async def flags(self, folder: str = "INBOX") -> dict[int, set[bytes]]:
        """Return what is marked of each message."""
        box = await self.folder(folder)
        return {message.uid: {bytes(flag) for flag in message.permanent_flags} async for message in box.messages()}

    async def remove(self, *uids: int, folder: str = "INBOX") -> None:
        """Remove messages."""
        await (await self.folder(folder)).delete(uids)


@asynccontextmanager
async def imap_peer(tls: ssl.SSLContext | None = None, *, from_start: bool = False) -> AsyncIterator[ImapPeer]:
    """Serve IMAP: in the open, by STARTTLS, or by TLS from the start."""
    config = Config(
        Namespace(passlib_cfg=None, proxy_protocol=None),
        host="127.0.0.1",
        port=0,
        demo_data=False,
        demo_user=USER,
        demo_password=PASSWORD,
        tls_enabled=tls is not None and not from_start,
        ssl_context=tls,
        invalid_user_sleep=0.0,
        hash_context=BuiltinHash(rounds=1000),
    )
    config.apply_context()
    login = Login(config)
    hashed = await login._passwords.hash_password(PASSWORD)
    await login.demo_user_identity.set(UserMetadata(config, USER, password=hashed))
    serve = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls if from_start else None)
    peer = ImapPeer(config, login, server.sockets[0].getsockname()[1])
    try:
        yield peer
    finally:
        server.close()
