"""A small application behind all walls, and a raw connection to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Form, Request

from app.core import problems
from app.core.access import public
from app.core.limits import Body, limits
from app.core.limits.counts import RedisCounts
from app.core.limits.rates import RateLimits
from app.core.limits.settings import RateSettings
from app.core.registry import Registry
from app.core.settings import Settings, load_settings
from app.core.streaming import Streams
from app.directory import SETTINGS
from app.factory import walls

MIB = 1 << 20

Build = Callable[[], FastAPI]


def build(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        registry = Registry(settings, [])
        rates = RateLimits(settings.of(RateSettings).allowances(settings), RedisCounts(registry))
        yield {"settings": settings, "registry": registry, "streams": Streams(), "rates": rates}
        await rates.aclose()

    app = FastAPI(lifespan=lifespan, middleware=walls(settings), dependencies=[Depends(public)])
    problems.install(app)

    @app.get("/who")
    def who(request: Request) -> dict[str, str | None]:
        return {"client": request.client.host if request.client else None, "scheme": request.url.scheme}

    @app.post("/json")
    def json(body: dict[str, Any]) -> int:
        return len(body)

    @app.post("/documents")
    @limits(body=Body.documents)
    def documents(body: list[str]) -> int:
        return len(body)

    @app.post("/form")
    def form(name: Annotated[str, Form()]) -> str:
        return name

    @app.post("/stream")
    @limits(body=Body.upload)
    async def stream(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    @app.get("/crash")
    def crash() -> None:
        raise RuntimeError("secret detail")

    return app


@pytest.fixture
def walled(monkeypatch: pytest.MonkeyPatch) -> Build:
    """Return a function that builds the application from the environment as the test has set it."""
    monkeypatch.setenv("BODY_LIMIT_DOCUMENTS_MB", "2")
    monkeypatch.setenv("BODY_LIMIT_UPLOAD_MB", "3")
    return lambda: build(load_settings(SETTINGS))


async def raw(client: httpx.AsyncClient, *pieces: bytes, pause: float = 0) -> bytes:
    """Send bytes as they are, with a pause between two pieces, and return what comes until the server closes."""
    port = client.base_url.port
    assert port is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()
