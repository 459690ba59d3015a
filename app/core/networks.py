"""Networks in settings, and which addresses are public."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

EMBEDDING = (
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (IPv6Network("::ffff:0:0:0/96"), 0),  # SIIT, RFC 2765
    (IPv6Network("::/96"), 0),  # IPv4-compatible, RFC 4291
    (IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
)
"""Prefixes of IPv6 addresses that hold an IPv4 address, and how many bits follow it. A gateway unpacks it again."""

ENTIRELY_REFUSED = (
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of a site, RFC 8215: where in it the IPv4 address is, only the site knows
    IPv6Network("2001::/32"),  # Teredo, RFC 4380
    IPv6Network("fec0::/10"),  # site-local, RFC 3879
    IPv4Network("192.0.0.0/24"),  # RFC 6890; Python 3.11 knows a part of it, and Oracle's metadata server is in it
    IPv4Network("168.63.129.16/32"),  # the metadata server of Azure has a public address
)


def check_networks(networks: list[str]) -> list[str]:
    """Return the networks as they are.

    Raises:
        ValueError: One is no address and no network.
    """
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise ValueError(f"{network} is no network such as 10.0.0.0/8, and no address") from error
    return networks


def unpacked(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address holds, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    for network, behind in EMBEDDING:
        if address in network and int(address) > 1:  # ::1 and :: are addresses of their own
            return IPv4Address((int(address) >> behind) & 0xFFFFFFFF)
    return address


def is_public(text: str, allowed: Iterable[Network] = ()) -> bool:
    """Whether this address is one that anybody in the internet reaches, or lies in `allowed`."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    inner = unpacked(address)
    if any(inner in network for network in allowed):
        return True
    if any(found in network for found in (address, inner) for network in ENTIRELY_REFUSED):
        return False
    return inner.is_global and not inner.is_multicast
