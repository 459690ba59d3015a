"""HTTP to a neighbour: bounded in time and size, and every fault is one sentence."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import orjson

CONNECT_SECONDS = 1.0
"""A neighbour is on this machine or in this network; who has not answered by then is away."""

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Of an answer that is no stream: model lists and histories are far smaller."""

MAX_LINE_BYTES = 1024 * 1024
"""Of one line of a stream: a word, a call of a tool, a step of a download."""

MAX_REFUSAL_BYTES = 256 * 1024
"""Of an answer that refuses: ComfyUI names each input of each node of a workflow."""

REFUSAL_SECONDS = 2.0
"""For the reason of a refusal, which is wanted but not needed."""


class NeighbourError(Exception):
    """A neighbour did not serve us; the text is one sentence for people, without the neighbour's own words."""


class NeighbourAway(NeighbourError):
    """It cannot be reached, or was lost in the middle: try again later."""


class BadAnswer(NeighbourError):
    """It answered, but not as it should.

    Attributes:
        status: The HTTP status.
        refusal: The JSON with which it refused; None if it sent none. Its words are not for people as they are.
    """

    def __init__(self, sentence: str, status: int, refusal: object = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.refusal = refusal


def http_client(
    url: str,
    *,
    seconds: float,
    connections: int = 10,
    key: str | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> httpx2.AsyncClient:
    """Return a client of the server at `url`, to be closed by the caller.

    Proxies of the environment are not used and redirects not followed: the address that was set is the one called.

    Args:
        url: The base URL.
        seconds: The longest pause between two pieces of an answer.
        connections: How many requests run at once; more wait.
        key: Sent as a bearer token with every request.
        transport: How requests reach the neighbour; None: over the network.
    """
    return httpx2.AsyncClient(
        base_url=url,
        timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS, pool=seconds),
        limits=httpx2.Limits(max_connections=connections),
        follow_redirects=False,
        trust_env=False,
        headers={} if key is None else {"Authorization": f"Bearer {key}"},
        transport=transport,
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
    """Send a request and return the JSON of its answer; None if that is empty.

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
            await check_status(response, where, path)
            async for piece in response.aiter_bytes():
                received += piece
                if len(received) > max_bytes:
                    raise BadAnswer(f"{where} sent more than {max_bytes} bytes", response.status_code)
    return parsed(received, where) if received else None


async def ask_lines(
    client: httpx2.AsyncClient,
    path: str,
    body: object,
    *,
    pause: float,
    seconds: float | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> AsyncGenerator[object, None]:
    """Post a request and yield the JSON of each line of its answer (NDJSON) as it comes.

    Close the iterator to end the request: the neighbour hears of it at once.

    Args:
        client: See `http_client`.
        path: Below the base URL.
        body: Sent as JSON.
        pause: Seconds until the answer begins, and between two pieces of it.
        seconds: For the whole answer once it began, the time between two lines included; None: as long as it comes.
        max_bytes: A longer answer is given up.

    Raises:
        NeighbourAway: Nothing answers, not in time, or it was lost in the middle.
        BadAnswer: The status is not 200, the answer is longer than `max_bytes` or a line than MAX_LINE_BYTES, or a line
            is no JSON.
    """
    where, rest, total = address_of(client), bytearray(), 0
    options: dict[str, Any] = {"content": orjson.dumps(body), "headers": {"Content-Type": "application/json"}}
    timeout = httpx2.Timeout(pause, connect=CONNECT_SECONDS)
    with faults_in_words(where):
        async with client.stream("POST", path, timeout=timeout, **options) as response:
            await check_status(response, where, path)
            async for piece in before(response.aiter_bytes(), seconds):
                total += len(piece)
                if total > max_bytes:
                    raise BadAnswer(f"{where} sent more than {max_bytes} bytes", response.status_code)
                *lines, rest = (rest + piece).split(b"\n")
                if len(rest) > MAX_LINE_BYTES:
                    raise BadAnswer(f"{where} sent a line of more than {MAX_LINE_BYTES} bytes", response.status_code)
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


async def before(pieces: AsyncIterator[bytes], seconds: float | None) -> AsyncIterator[bytes]:
    """Yield what comes within `seconds`, and raise TimeoutError for the rest.

    The time is looked at piece by piece: each may be asked for by another task, which a timeout around all of them
    would not survive.
    """
    deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
    while True:
        async with asyncio.timeout_at(deadline):
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield piece


async def check_status(response: httpx2.Response, where: str, path: str) -> None:
    """Raise BadAnswer, with the JSON that came along, unless the status is 200."""
    if response.status_code == httpx2.codes.OK:
        return
    sentence = f"{where} answered {response.status_code} to {path}"
    raise BadAnswer(sentence, response.status_code, await refusal(response))


async def refusal(response: httpx2.Response) -> object:
    """Return the JSON of an answer that refuses; None if there is none, or it is too long or too slow."""
    received = bytearray()
    try:
        async with asyncio.timeout(REFUSAL_SECONDS):
            async for piece in response.aiter_bytes():
                received += piece
                if len(received) > MAX_REFUSAL_BYTES:
                    return None
        return orjson.loads(received)
    except (TimeoutError, httpx2.HTTPError, orjson.JSONDecodeError):
        return None


def parsed(received: bytearray, where: str) -> object:
    """Return JSON that came, or raise BadAnswer."""
    try:
        return orjson.loads(received)
    except orjson.JSONDecodeError as error:
        raise BadAnswer(f"{where} sent something that is no JSON", httpx2.codes.OK) from error
