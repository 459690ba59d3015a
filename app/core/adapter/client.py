"""HTTP to a neighbour: bounded in time and size, and every fault is one sentence."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import orjson

CONNECT_SECONDS = 1.0
"""A neighbour is on this machine or in this network; who has not answered by then is away."""

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Of an answer that is no stream: model lists and histories are far smaller."""


class NeighbourError(Exception):
    """A neighbour did not serve us; the text is one sentence for people, without the neighbour's own words."""


class NeighbourAway(NeighbourError):
    """It cannot be reached, or was lost in the middle: try again later."""


class BadAnswer(NeighbourError):
    """It answered, but not as it should; `status` is the HTTP status."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def http_client(url: str, *, seconds: float, connections: int = 10, key: str | None = None) -> httpx2.AsyncClient:
    """Return a client of the server at `url`, to be closed by the caller.

    Proxies of the environment are not used and redirects not followed: the address that was set is the one called.

    Args:
        url: The base URL.
        seconds: The longest pause between two pieces of an answer.
        connections: How many requests run at once; more wait.
        key: Sent as a bearer token with every request.
    """
    return httpx2.AsyncClient(
        base_url=url,
        timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS, pool=seconds),
        limits=httpx2.Limits(max_connections=connections),
        follow_redirects=False,
        trust_env=False,
        headers={} if key is None else {"Authorization": f"Bearer {key}"},
    )


async def ask(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
    body: object = None,
    *,
    seconds: float | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> object:
    """Send a request and return the JSON of its answer.

    Args:
        client: See `http_client`.
        method: Of HTTP.
        path: Below the base URL.
        body: Sent as JSON, unless it is None.
        seconds: For the whole exchange; None leaves the client's limit on pauses alone.
        max_bytes: A longer answer is given up.

    Raises:
        NeighbourAway: Nothing answers, or not in time.
        BadAnswer: The status is not 200, the answer is longer than `max_bytes`, or it is no JSON.
    """
    where = address_of(client)
    content = None if body is None else orjson.dumps(body)
    headers = {} if body is None else {"Content-Type": "application/json"}
    received = bytearray()
    with faults_in_words(where):
        async with asyncio.timeout(seconds), client.stream(method, path, content=content, headers=headers) as response:
            check_status(response, where, path)
            async for piece in response.aiter_bytes():
                received += piece
                if len(received) > max_bytes:
                    raise BadAnswer(f"{where} sent more than {max_bytes} bytes", response.status_code)
    return parsed(received, where)


async def ask_lines(
    client: httpx2.AsyncClient, path: str, body: object, *, pause: float, max_bytes: int = MAX_ANSWER_BYTES
) -> AsyncGenerator[object, None]:
    """Post a request and yield the JSON of each line of its answer (NDJSON) as it comes.

    Close the iterator to end the request: the neighbour hears of it at once.

    Args:
        client: See `http_client`.
        path: Below the base URL.
        body: Sent as JSON.
        pause: Seconds until the answer begins, and between two pieces of it.
        max_bytes: A longer answer is given up.

    Raises:
        NeighbourAway: Nothing answers, not in time, or it was lost in the middle.
        BadAnswer: The status is not 200, the answer is longer than `max_bytes`, or a line is no JSON.
    """
    where, rest, total = address_of(client), bytearray(), 0
    options: dict[str, Any] = {"content": orjson.dumps(body), "headers": {"Content-Type": "application/json"}}
    timeout = httpx2.Timeout(pause, connect=CONNECT_SECONDS)
    with faults_in_words(where):
        async with client.stream("POST", path, timeout=timeout, **options) as response:
            check_status(response, where, path)
            async for piece in response.aiter_bytes():
                total += len(piece)
                if total > max_bytes:
                    raise BadAnswer(f"{where} sent more than {max_bytes} bytes", response.status_code)
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    if line.strip():
                        yield parsed(line, where)
            if rest.strip():
                yield parsed(rest, where)


def address_of(client: httpx2.AsyncClient) -> str:
    """Return host and port of whom a client calls."""
    return f"{client.base_url.host}:{client.base_url.port or client.base_url.scheme}"


@contextmanager
def faults_in_words(where: str) -> Iterator[None]:
    """Turn what the HTTP client raises into a sentence."""
    try:
        yield
    except (httpx2.TimeoutException, TimeoutError) as error:
        raise NeighbourAway(f"{where} did not answer in time") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NeighbourAway(f"nothing that speaks HTTP answers at {where}") from error


def check_status(response: httpx2.Response, where: str, path: str) -> None:
    """Raise BadAnswer unless the status is 200."""
    if response.status_code != httpx2.codes.OK:
        raise BadAnswer(f"{where} answered {response.status_code} to {path}", response.status_code)


def parsed(received: bytearray, where: str) -> object:
    """Return JSON that came, or raise BadAnswer."""
    try:
        return orjson.loads(received)
    except orjson.JSONDecodeError as error:
        raise BadAnswer(f"{where} sent something that is no JSON", httpx2.codes.OK) from error
