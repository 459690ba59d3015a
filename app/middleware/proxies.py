"""Who the client is, when a proxy that we trust says so.

Only X-Forwarded-For and X-Forwarded-Proto are read. They are believed from a peer inside TRUSTED_PROXIES and ignored
from anybody else, who could write anything into them.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network

from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.client import client_address, parsed

MAX_HOPS = 16
"""Proxies that are looked through; the longest real chains have four."""

SECURE = {"http": {"http": "http", "https": "https"}, "websocket": {"http": "ws", "https": "wss"}}


class TrustedProxies:
    """Puts the client's address and scheme in the scope, where everything else reads them."""

    def __init__(self, app: ASGIApp, networks: Sequence[IPv4Network | IPv6Network]) -> None:
        self.app = app
        self.networks = tuple(networks)
        self.trusts = lru_cache(maxsize=4096)(self._trusts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        if self.networks and scope["type"] in SECURE and self.trusts(client_address(scope)):
            self._believe(scope)
        await self.app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        headers = scope["headers"]
        hops = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
        if client := self._client(hops):
            scope["client"] = (client, 0)
        protos = [value for name, value in headers if name == b"x-forwarded-proto"]
        if protos:
            nearest = protos[-1].decode("latin-1").rpartition(",")[2].strip().lower()
            scope["scheme"] = SECURE[scope["type"]].get(nearest, scope["scheme"])

    def _client(self, hops: str) -> str | None:
        """Return the last address that is no trusted proxy, read from the right; what is malformed ends the reading."""
        client = None
        for hop in reversed(hops.rsplit(",", MAX_HOPS)[-MAX_HOPS:]):
            found = parsed(without_port(hop.strip()))
            if found is None:
                break
            client = str(found)
            if not self.trusts(client):
                break
        return client

    def _trusts(self, text: str) -> bool:
        found = parsed(text)
        return found is not None and any(found in network for network in self.networks)


def without_port(hop: str) -> str:
    """Return the address of `1.2.3.4:5`, `[::1]:5` or `::1`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
