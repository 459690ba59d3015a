"""Connections to mail servers that users named."""

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.networks import Network, is_public
from app.core.outbound import HostRefused, connect
from app.services.email.schemas import Security, Server


class MailFault(Exception):
    """A mail server did not serve us; the text is one sentence for people, without the server's own words."""


@dataclass(frozen=True, slots=True)
class Login:
    """A server and the password for it."""

    server: Server
    password: str

    @property
    def where(self) -> str:
        """The server, for people."""
        return f"{self.server.host}:{self.server.port}"


class Dialer:
    """Connects to mail servers.

    Attributes:
        seconds: How long one answer may take.
        tls: Checks certificates and names against the authorities of this machine (SSL_CERT_FILE names others).
    """

    def __init__(self, allowed: Sequence[Network], seconds: float) -> None:
        self.seconds = seconds
        self.tls = ssl.create_default_context()
        self._allowed = allowed

    async def dial(self, server: Server) -> socket.socket:
        """Return a connection that does not block, before any TLS.

        Raises:
            HostRefused: The host is not public and not allowed; or public, and the password would go there in the open.
            HostFailed: Nobody answers there.
        """
        made = await connect(server.host, server.port, seconds=self.seconds, allowed=self._allowed)
        if server.security is Security.none and is_public(made.getpeername()[0]):
            made.close()
            raise HostRefused(f"{server.host} is reached over the internet: choose tls or starttls for it.")
        return made
