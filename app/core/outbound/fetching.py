"""Fetching a URL that a user named."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from app.core.networks import Network
from app.core.outbound.errors import UrlFailed, UrlRefused
from app.core.outbound.pinning import Pinned, Resolve, system_resolver

MOST_REDIRECTS = 5
LONGEST_URL = 4096

HEADERS = {"Accept-Encoding": "identity", "User-Agent": "Reynard"}
"""Nothing compressed: a few bytes could unpack to more than memory holds."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a URL led to.

    Attributes:
        url: Where the last redirect led.
        media_type: As the server says, in lower case, without parameters.
        content: The bytes.
    """

    url: str
    media_type: str
    content: bytes


async def fetch(
    url: str,
    *,
    most_bytes: int,
    seconds: float,
    allowed: Sequence[Network] = (),
    resolve: Resolve = system_resolver,
) -> Fetched:
    """Get a URL that a user named; each redirect is looked at like the URL itself.

    Args:
        url: What the user named.
        most_bytes: A longer answer is given up.
        seconds: For everything, names and redirects included.
        allowed: Networks that are not public and may be reached: see `OutboundSettings`.
        resolve: Looks names up.

    Raises:
        UrlRefused: It is no URL that may be fetched, or a redirect leads to one.
        UrlFailed: Nobody answers in time, the status is not 200, or the answer is too long or compressed.
    """
    if len(url) > LONGEST_URL:
        raise UrlRefused(f"A URL has at most {LONGEST_URL} characters.")
    transport = Pinned(allowed, resolve)
    try:
        async with (
            asyncio.timeout(seconds),
            httpx2.AsyncClient(
                transport=transport,
                trust_env=False,
                follow_redirects=True,
                max_redirects=MOST_REDIRECTS,
                timeout=seconds,
            ) as client,
            client.stream("GET", url, headers=HEADERS) as response,
        ):
            return await received(response, most_bytes)
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError) as error:
        raise UrlRefused("Name an http or https URL without user and password.") from error
    except httpx2.TooManyRedirects as error:
        raise UrlFailed(f"The URL leads on and on: {MOST_REDIRECTS} redirects are followed.") from error
    except (httpx2.TimeoutException, TimeoutError) as error:
        raise UrlFailed(f"Nobody answers behind the URL within {seconds:g} s.") from error
    except httpx2.HTTPError as error:
        raise UrlFailed("Nobody that speaks HTTP answers behind the URL.") from error


async def received(response: httpx2.Response, most_bytes: int) -> Fetched:
    """Return the answer, read as far as it is allowed.

    Raises:
        UrlFailed: The status is not 200, or the answer is too long or compressed.
    """
    if response.status_code != httpx2.codes.OK:
        raise UrlFailed(f"The server behind the URL answers {response.status_code}.")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise UrlFailed("The server behind the URL compresses its answer although it was asked not to.")
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > most_bytes:
            raise UrlFailed(f"What is behind the URL is larger than {most_bytes} bytes.")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(str(response.url), media_type, bytes(content))
