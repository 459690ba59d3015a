"""A transport that looks a name up once, looks at every address it has, and connects to one of those.

A name whose answer changes between the look and the connection (DNS rebinding) changes nothing: the connection is made
to the address. Redirects pass here as every request does.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx2

from app.core.networks import Network, is_public
from app.core.outbound.errors import UrlFailed, UrlRefused

MOST_ADDRESSES = 4
"""Of one name that are tried."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host name; raises OSError when it has none."""


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the resolver of this machine, which also reads numbers such as 0x7f.1 as addresses."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Pinned(httpx2.AsyncBaseTransport):
    """Connects to public addresses and those in `allowed`."""

    def __init__(self, allowed: Sequence[Network], resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve
        # No connection is kept: one to an address must not serve another name that has the same address.
        self._inner = httpx2.AsyncHTTPTransport(
            trust_env=False, limits=httpx2.Limits(max_connections=4, max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to an address of its host.

        Raises:
            UrlRefused: It is no http or https URL, or an address of its host is not public.
            UrlFailed: The host has no address.
        """
        url = request.url
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.port == 0:
            raise UrlRefused("Name an http or https URL without user and password.")
        addresses = await self._addresses(url.host, url.port or (443 if url.scheme == "https" else 80))
        for number, address in enumerate(addresses, 1):
            pinned = httpx2.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": url.host},
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise UrlFailed("The host of the URL is not known.")

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise UrlFailed("The host of the URL is not known.") from error
        if not all(is_public(address, self._allowed) for address in found):
            raise UrlRefused("The URL leads to an address that is not public: OUTBOUND_ALLOWED_NETWORKS names others.")
        return found[:MOST_ADDRESSES]

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()
