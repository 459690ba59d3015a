"""The built-in model in Ollama's place."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from secrets import token_urlsafe
from typing import ClassVar, Literal

import httpx2

from app.core.adapter import Neighbour, NeighbourError, http_client
from app.services.ollama.adapter import Ollama
from app.services.ollama.builtin.process import ModelProcess, Orders
from app.services.ollama.settings import OllamaSettings

URL = "http://built-in-model"
"""Names the child in sentences; the port it listens on is put in its place."""

MOST_THREADS = 4
"""A model of 100 MB is read from memory no faster by more."""

PROBE_SECONDS = 1.0


class OnDemand(httpx2.AsyncBaseTransport):
    """Sends requests to the child, which is started for the first of them and kept until the last is answered."""

    def __init__(self, process: ModelProcess, key: str) -> None:
        self._process, self._key = process, key
        self._inner = httpx2.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request.

        Raises:
            NeighbourAway: The child does not start.
        """
        async with AsyncExitStack() as stack:
            port = await stack.enter_async_context(self._process.used())
            headers = {**request.headers, "host": f"127.0.0.1:{port}", "authorization": f"Bearer {self._key}"}
            response = await self._inner.handle_async_request(
                httpx2.Request(
                    request.method,
                    request.url.copy_with(host="127.0.0.1", port=port),
                    headers=headers,
                    stream=request.stream,
                    extensions=request.extensions,
                )
            )
            assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 - an asynchronous transport
            kept = Kept(response.stream, stack.pop_all())
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=kept, extensions=response.extensions
        )

    async def aclose(self) -> None:
        """Close the connections, and end the child."""
        await self._inner.aclose()
        await self._process.aclose()


class Kept(httpx2.AsyncByteStream):
    """An answer for as long as whose child is needed."""

    def __init__(self, stream: httpx2.AsyncByteStream, needed: AsyncExitStack) -> None:
        self._stream, self._needed = stream, needed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces."""
        async for piece in self._stream:
            yield piece

    async def aclose(self) -> None:
        """The answer was read, or is not wanted."""
        try:
            await self._stream.aclose()
        finally:
            await self._needed.aclose()


class BuiltIn(Ollama):
    """The built-in model; gives way as soon as somebody is at Ollama's address."""

    provider: ClassVar[Literal["ollama", "built-in"]] = "built-in"
    most_prompt: ClassVar[int | None] = 4000
    """1,300 tokens: one thread reads 80 to 120 of them a second."""

    def __init__(
        self, client: httpx2.AsyncClient, neighbour: Neighbour, settings: OllamaSettings, real: httpx2.AsyncClient
    ) -> None:
        super().__init__(client, neighbour, settings)
        self._real = Ollama(real, neighbour, settings)

    async def greet(self, seconds: float) -> str:  # noqa: ARG002 - nobody is asked
        """Return the version of llama.cpp's package, without starting the child."""
        return version("xllamacpp")

    async def probe(self) -> str | None:
        """Return None: the child starts when it is asked. Look whether Ollama came."""
        self.version = await self.greet(PROBE_SECONDS)
        try:
            await self._real.greet(PROBE_SECONDS)
        except NeighbourError:
            return None
        self._lost(f"Ollama was found at {self.neighbour.url} and takes over")
        return None


@asynccontextmanager
async def open_builtin(
    file: Path, settings: OllamaSettings, real: Neighbour, lost: Callable[[str], None]
) -> AsyncIterator[BuiltIn]:
    """Put the built-in model in Ollama's place.

    Args:
        file: Of the model.
        settings: How many threads, and how long it stays idle.
        real: Where Ollama would be.
        lost: Called when it is there.
    """
    key = token_urlsafe()
    threads = settings.builtin_threads or min(MOST_THREADS, max(1, (os.cpu_count() or 1) // 2))
    process = ModelProcess(Orders(str(file), threads, version("xllamacpp"), key), settings.builtin_idle_seconds)
    named = Neighbour("The built-in model", real.variable, real.url, configured=True)
    async with (
        http_client(
            URL, seconds=real.timeout, connections=real.connections, transport=OnDemand(process, key)
        ) as client,
        http_client(real.url, seconds=PROBE_SECONDS) as there,
    ):
        builtin = BuiltIn(client, named, settings, there)
        await builtin.probe()
        builtin.tell(lost)
        yield builtin
