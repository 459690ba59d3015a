"""Search over a small indexed tree, over real HTTP, with a real cache."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.middleware import Middleware

from app.core import problems
from app.core.cache import Cache
from app.core.limits.counts import RedisCounts
from app.core.limits.rates import RateLimits
from app.core.registry import Context, Registry, ServiceDefinition
from app.core.settings import load_settings
from app.core.streaming import Streams
from app.db.database import Database
from app.db.embedded import EmbeddedServers
from app.db.faults import as_api_error
from app.middleware.request_id import RequestId
from app.services.ollama.settings import OllamaSettings
from app.services.rag.endpoints import router as rag_router
from app.services.rag.legs.settings import EmbeddingSettings, HuggingFaceSettings, OpenAISettings
from app.services.rag.service import Rag, open_rag
from app.services.rag.settings import RagSettings
from app.services.rag.statistics import renew
from app.services.search.endpoints import router as search_router
from app.services.search.place_endpoints import router as places_router
from app.services.search.service import Search, open_search
from app.services.search.settings import SearchSettings
from tests.conftest import Serve
from tests.services.rag.conftest import Workshop, open_workshop

FILES = {
    "app/login.py": "def rotate_refresh_token(session):\n    session.token = new_token()\n    return session\n",
    "app/median.py": "def median(numbers):\n    ordered = sorted(numbers)\n    return ordered[len(ordered) // 2]\n",
    "web/cart.ts": "export function totalPrice(items: Item[]): number {\n  return items.reduce(add, 0);\n}\n",
    "docs/guide.md": "# Guide\n\n## Deploying\n\nPut nginx in front of the server.\n",
}


@dataclass
class Desk:
    """Where questions are asked."""

    client: httpx.AsyncClient
    workshop: Workshop
    rag: Rag
    search: Search

    async def ask(self, kind: str = "hybrid", **fields: Any) -> dict[str, Any]:
        answer = await self.client.post(f"/api/search/{kind}", json=fields)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def index(self) -> None:
        """Bring the index to what is on disk, and this process to the index."""
        await self.workshop.settle()
        await renew(self.workshop.database)
        await self.rag.refresh()


@pytest.fixture
async def desk(
    tmp_path_factory: pytest.TempPathFactory, main_database: Database, servers: EmbeddedServers, serve: Serve
) -> AsyncIterator[Desk]:
    root = tmp_path_factory.mktemp("code") / "shop"
    root.mkdir()
    workshop = await open_workshop(root, main_database)
    for path, content in FILES.items():
        workshop.write(path, content)
    await workshop.settle()
    await renew(main_database)
    redis = Redis.from_url(servers.redis_url)

    @asynccontextmanager
    async def open_database(_: Context) -> AsyncIterator[Database]:
        yield main_database

    @asynccontextmanager
    async def open_cache(_: Context) -> AsyncIterator[Cache]:
        await redis.flushdb()
        yield Cache(redis)

    definitions = [
        ServiceDefinition("main_database", open_database, required=True),
        ServiceDefinition("cache", open_cache, required=True),
        ServiceDefinition("rag", open_rag, needs=("main_database",), required=True),
        ServiceDefinition("search", open_search, needs=("rag",), wants=("cache",), required=True),
    ]
    legs = (EmbeddingSettings, OpenAISettings, HuggingFaceSettings, OllamaSettings)
    settings = load_settings([RagSettings, SearchSettings, *legs])
    opened: list[Registry] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        registry = Registry(settings, definitions)
        opened.append(registry)
        await registry.start()
        yield {
            "settings": settings,
            "registry": registry,
            "streams": Streams(),
            "rates": RateLimits({}, RedisCounts(registry)),
        }
        await registry.stop()

    middleware = [Middleware(RequestId), Middleware(problems.UnexpectedErrors, translate=as_api_error)]
    app = FastAPI(lifespan=lifespan, middleware=middleware)
    problems.install(app)
    app.include_router(rag_router)
    app.include_router(search_router)
    app.include_router(places_router)
    async with serve(app) as client:
        yield Desk(client, workshop, opened[0].get("rag", Rag), opened[0].get("search", Search))
    await redis.aclose()
