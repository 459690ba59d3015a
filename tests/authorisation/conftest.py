"""Two running houses for all tests of this folder: one lets anonymous callers read, as in development, one does not."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from app.db.embedded import EmbeddedServers
from tests.authorisation.proofs import Proof
from tests.conftest import FreshDatabase, Serve, open_house
from tests.peers.comfy import ComfyPeer
from tests.peers.ollama import OllamaPeer

OpenProof = Callable[[bool], AbstractAsyncContextManager[Proof]]


@pytest.fixture(scope="module")
def open_proof(fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve) -> OpenProof:
    """Return a function that opens a house; it says whether anonymous callers may read."""

    @asynccontextmanager
    async def opening(open_to_all: bool) -> AsyncIterator[Proof]:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AUTH_ANONYMOUS_READ", str(open_to_all))
            environment.setenv("RATE_LIMIT_AUTH", "1000000/minute")
            environment.setenv("EMAIL_ACCOUNTS", "1000")
            environment.setenv("ECS_ENABLED", "true")
            environment.setenv("LOG_LEVEL", "ERROR")
            environment.setenv("COMFY_MAX_JOBS", "1000")
            async with serve(ComfyPeer(step_seconds=0.01).app()) as comfy, serve(OllamaPeer().app()) as ollama:
                environment.setenv("COMFY_BASE_URL", str(comfy.base_url))
                environment.setenv("OLLAMA_BASE_URL", str(ollama.base_url))
                async with open_house(fresh_database, servers, serve, environment) as house:
                    proof = Proof(house, open_to_all)
                    await proof.begin()
                    yield proof

    return opening


@pytest.fixture(scope="module")
async def open_to_all(open_proof: OpenProof) -> AsyncIterator[Proof]:
    """A house in which anonymous callers may read."""
    async with open_proof(True) as proof:
        yield proof


@pytest.fixture(scope="module")
async def closed(open_proof: OpenProof) -> AsyncIterator[Proof]:
    """A house in which they may not."""
    async with open_proof(False) as proof:
        yield proof
