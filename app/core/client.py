"""Who sent a request, by address: the one place that says so."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.types import Scope

Address = IPv4Address | IPv6Address


def client_address(scope: Scope) -> str:
    """Return the client's address, or "" where there is none (a unix socket).

    `app.middleware.proxies` has already put the address that a trusted proxy vouches for in the scope.
    """
    client = scope.get("client")
    return str(client[0]) if client else ""


LONGEST = 64
"""Characters of the longest address with its zone. Longer text is none, and takes no place in the cache."""


def parsed(text: str) -> Address | None:
    """Return the address that `text` is, an IPv4 address inside IPv6 as itself; None for anything else."""
    return _parsed(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


@lru_cache(maxsize=4096)
def network_of(text: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 that one IPv6 host chooses its addresses from."""
    found = parsed(text)
    return found.exploded[:19] if isinstance(found, IPv6Address) else str(found or text)


def is_loopback(text: str) -> bool:
    """Whether this is an address of the machine itself."""
    found = parsed(text)
    return found is not None and found.is_loopback


FORWARDING = frozenset(
    {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)
"""A request with one of these came through a proxy: its sender may be anywhere."""


def is_from_here(scope: Scope) -> bool:
    """Whether a program on this machine asks directly and not through a proxy."""
    direct = FORWARDING.isdisjoint(name for name, _ in scope["headers"])
    return direct and is_loopback(client_address(scope))
