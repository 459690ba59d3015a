"""Answers only to the names this server is known by, so that a page of a stranger cannot reach it under its own name.

That is DNS rebinding: a site points its name at 127.0.0.1, and the browser lets its pages read whatever answers.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.problems import answer
from app.middleware.errors import UntrustedHost

HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{0,5})?")
"""RFC 9110, 7.2: a name, an IPv4 address or an IPv6 address in brackets, and perhaps a port."""

LONGEST = 260
"""Bytes of the longest Host: a name of 253, a colon and a port. Longer ones are not even looked up in the cache."""

CLOSE_POLICY = 1008
"""RFC 6455, 7.4.1: the WebSocket is closed because a policy says so."""

SENTENCE = (
    "The Host of this request is not one this server answers to: use a name in TRUSTED_HOSTS, or add yours to it."
)


def host_name(header: str) -> str | None:
    """Return the name in a Host header in the one form names are compared in; None if it is none."""
    found = HOST.fullmatch(header)
    if found is None:
        return None
    name = found["name"].lower()
    if not name.startswith("["):
        return name.removesuffix(".") or None
    try:
        return f"[{IPv6Address(name[1:-1])}]"
    except AddressValueError:
        return None


def check_pattern(pattern: str) -> str:
    """Return one entry of TRUSTED_HOSTS in the form it is compared in: `*`, `*.example.com` or a name without port.

    Raises:
        ValueError: It is none of these.
    """
    if pattern == "*":
        return pattern
    star = "*." if pattern.startswith("*.") else ""
    bare = pattern.removeprefix("*.")
    name = host_name(f"[{bare}]" if bare.count(":") > 1 and not bare.startswith("[") else bare)
    if name is None or (":" in bare and not name.startswith("[")):
        raise ValueError(f"{pattern} is no host: write a name without a port, *.example.com, an address, or *")
    return star + name


def with_own_address(patterns: Sequence[str], host: str) -> list[str]:
    """Add HOST to the trusted names, unless it stands for all addresses of the machine."""
    return [*patterns] if host in ("0.0.0.0", "::", "") else [*patterns, check_pattern(host)]  # noqa: S104 - comparing


class TrustedHosts:
    """Refuses requests whose Host is none of `patterns`."""

    def __init__(self, app: ASGIApp, patterns: Sequence[str]) -> None:
        self.app = app
        self.any = "*" in patterns
        self.names = frozenset(item for item in patterns if not item.startswith("*"))
        self.suffixes = tuple(item[1:] for item in patterns if item.startswith("*."))
        self.trusts = lru_cache(maxsize=256)(self._trusts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request."""
        if self.any or scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and len(hosts[0]) <= LONGEST and self.trusts(hosts[0]):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": CLOSE_POLICY, "reason": UntrustedHost.title})
        else:
            await answer(Request(scope), UntrustedHost(SENTENCE))(scope, receive, send)

    def _trusts(self, header: bytes) -> bool:
        name = host_name(header.decode("latin-1"))
        return name is not None and (name in self.names or name.endswith(self.suffixes))
