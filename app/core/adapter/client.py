"""HTTP to a neighbour: bounded in time and size, and every fault is one sentence."""

import asyncio

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
    where = f"{client.base_url.host}:{client.base_url.port or client.base_url.scheme}"
    content = None if body is None else orjson.dumps(body)
    headers = {} if body is None else {"Content-Type": "application/json"}
    received = bytearray()
    try:
        async with asyncio.timeout(seconds), client.stream(method, path, content=content, headers=headers) as response:
            if response.status_code != httpx2.codes.OK:
                raise BadAnswer(f"{where} answered {response.status_code} to {path}", response.status_code)
            async for piece in response.aiter_bytes():
                received += piece
                if len(received) > max_bytes:
                    raise BadAnswer(f"{where} sent more than {max_bytes} bytes", response.status_code)
    except (httpx2.TimeoutException, TimeoutError) as error:
        raise NeighbourAway(f"{where} did not answer in time") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NeighbourAway(f"nothing that speaks HTTP answers at {where}") from error
    try:
        return orjson.loads(received)
    except orjson.JSONDecodeError as error:
        raise BadAnswer(f"{where} sent something that is no JSON", httpx2.codes.OK) from error
