"""llama.cpp in this process; its own HTTP server is what is asked, as that ends a call whose caller is gone."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from time import perf_counter_ns
from typing import Any

import httpx2
import orjson

from app.services.ollama.builtin.model import CONTEXT, EMBEDS

SECONDS = 600.0
"""Between two pieces of an answer: reading 8,192 tokens with one thread takes 100 s."""


class LlamaRefused(Exception):
    """llama.cpp does not do this; its own words."""


class Llama:
    """Two servers over one file, which share its pages: one that talks, one that embeds. Each loads on first use."""

    def __init__(self, file: Path, threads: int) -> None:
        self._file, self._threads = file, threads
        self._key = token_urlsafe()
        self._loading = asyncio.Lock()
        self._loaded: dict[bool, tuple[object, httpx2.AsyncClient]] = {}

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return bool(self._loaded)

    async def aclose(self) -> None:
        """Close the connections; llama.cpp ends with the process."""
        for _, client in self._loaded.values():
            await client.aclose()

    async def client(self, *, embeds: bool = False) -> tuple[httpx2.AsyncClient, int]:
        """Return a client of the server that talks, or of the one that embeds, and how long it loaded, in ns."""
        async with self._loading:
            begun = perf_counter_ns()
            if embeds not in self._loaded:
                server = await asyncio.to_thread(start, self._file, self._threads, self._key, embeds=embeds)
                client = httpx2.AsyncClient(
                    base_url=server.listening_address,
                    headers={"Authorization": f"Bearer {self._key}"},
                    timeout=SECONDS,
                    trust_env=False,
                    limits=httpx2.Limits(max_keepalive_connections=0),  # the server closes them as it likes
                )
                self._loaded[embeds] = (server, client)
            return self._loaded[embeds][1], perf_counter_ns() - begun

    async def pieces(self, path: str, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the pieces of a streamed answer; close the iterator to stop it.

        Raises:
            LlamaRefused: It cannot be done.
        """
        client, _ = await self.client()
        with broken_in_words():
            async with client.stream("POST", path, json=body) as response:
                if response.status_code != httpx2.codes.OK:
                    raise LlamaRefused(reason(await response.aread()))
                async for line in response.aiter_lines():
                    if line.startswith("data: {"):
                        piece = orjson.loads(line.removeprefix("data: "))
                        if "error" in piece:
                            raise LlamaRefused(reason(line.removeprefix("data: ").encode()))
                        yield piece

    async def ask(self, path: str, body: dict[str, Any], *, embeds: bool = False) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of an answer.

        Raises:
            LlamaRefused: It cannot be done.
        """
        client, _ = await self.client(embeds=embeds)
        with broken_in_words():
            response = await client.post(path, json=body)
        if response.status_code != httpx2.codes.OK:
            raise LlamaRefused(reason(response.content))
        return orjson.loads(response.content)


@contextmanager
def broken_in_words() -> Iterator[None]:
    """Turn a connection that breaks into a refusal."""
    try:
        yield
    except httpx2.HTTPError as error:
        raise LlamaRefused("llama.cpp broke off") from error


def reason(content: bytes) -> str:
    """Return why llama.cpp refused."""
    match orjson.loads(content):
        case {"error": {"message": str(words)}}:
            return words
    return "llama.cpp refused"


def start(file: Path, threads: int, key: str, *, embeds: bool) -> Any:  # noqa: ANN401 - published without types
    """Load the model and return the server: a second, and 350 MB with its context."""
    import xllamacpp  # noqa: PLC0415 - 30 MB that only this process needs, and only now

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(file)
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    parameters.n_parallel = 1
    parameters.n_ctx = EMBEDS if embeds else CONTEXT
    parameters.warmup = False
    parameters.cache_ram_mib = 0  # its default keeps up to 8 GB of former prompts
    parameters.api_keys = [key]
    parameters.n_threads_http = 4
    if embeds:
        parameters.embedding = True
        parameters.n_batch = parameters.n_ubatch = EMBEDS
        parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    return xllamacpp.Server(parameters)
