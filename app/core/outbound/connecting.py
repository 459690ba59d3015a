"""A connection to a host that a user named: the name is looked up once, and the connection is made to that address."""

import asyncio
import socket
from collections.abc import Sequence

from app.core.networks import Network, is_public
from app.core.outbound.errors import HostFailed, HostRefused
from app.core.outbound.pinning import MOST_ADDRESSES, Resolve, system_resolver


async def connect(
    host: str,
    port: int,
    *,
    seconds: float,
    allowed: Sequence[Network] = (),
    resolve: Resolve = system_resolver,
) -> socket.socket:
    """Return a connected socket that does not block; whoever asked for it closes it.

    Args:
        host: A name or an address.
        port: The port.
        seconds: For everything, names and all addresses included.
        allowed: Networks that are not public and may be reached: see `OutboundSettings`.
        resolve: Looks names up.

    Raises:
        HostRefused: An address of the host is neither public nor allowed.
        HostFailed: The host is not known, or nobody answers there in time.
    """
    try:
        async with asyncio.timeout(seconds):
            try:
                found = await resolve(host, port)
            except (OSError, UnicodeError) as error:
                raise HostFailed(f"The host {host} is not known.") from error
            if not all(is_public(address, allowed) for address in found):
                sentence = f"{host} has an address that is not public: OUTBOUND_ALLOWED_NETWORKS names others."
                raise HostRefused(sentence)
            return await first_open(found[:MOST_ADDRESSES], host, port)
    except TimeoutError as error:
        raise HostFailed(f"Nobody answers at {host}:{port} within {seconds:g} s.") from error


async def first_open(addresses: Sequence[str], host: str, port: int) -> socket.socket:
    """Return a connection to the first address that takes one.

    Raises:
        HostFailed: None does.
    """
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.setblocking(False)
            await asyncio.get_running_loop().sock_connect(made, (address, port))
        except OSError:
            made.close()
        except BaseException:  # also when cancelled: nobody else would close it; it is passed on
            made.close()
            raise
        else:
            return made
    raise HostFailed(f"Nobody answers at {host}:{port}.")
