"""Rates, numbers and headers of the whole application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app.core.cache import open_cache
from app.core.registry import ServiceDefinition
from app.core.settings import load_settings
from app.db.embedded import EmbeddedServers
from app.directory import SETTINGS
from app.factory import create_app
from tests.conftest import FreshDatabase, Serve, open_house

pytestmark = pytest.mark.anyio

ORIGIN = {"Origin": "http://localhost:3000"}


@asynccontextmanager
async def plain(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the application with no service but the cache."""
    services = (ServiceDefinition("cache", open_cache, required=True),)
    async with serve(create_app(load_settings(SETTINGS), services)) as client:
        yield client


@pytest.fixture
def limited(
    monkeypatch: pytest.MonkeyPatch, servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("REDIS_URL", servers.redis_url)
    monkeypatch.setenv("REYNARD_DATA_DIR", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setenv("RATE_LIMIT_ENABLED", "true")
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1")


async def test_a_limited_caller_is_told_when_to_come_back(
    limited: None, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATE_LIMIT_DEFAULT", "2 per 7 days")
    caller = {"X-Forwarded-For": "2001:db8:7::1", **ORIGIN}
    async with plain(serve) as client:
        answers = [await client.get("/", headers=caller) for _ in range(3)]
        neighbour = await client.get("/", headers={"X-Forwarded-For": "2001:db8:7::2"})
        other = await client.get("/", headers={"X-Forwarded-For": "2001:db8:8::1"})
        health = await client.get("/api/health/live", headers=caller)
        numbers = (await client.get("/metrics")).text
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    refused = answers[2]
    assert refused.json()["code"] == "rate_limited"
    assert int(refused.headers["retry-after"]) == int(refused.headers["ratelimit-reset"])
    assert refused.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert "RateLimit-Reset" in refused.headers["access-control-expose-headers"]
    assert refused.headers.get_list("ratelimit-limit") == ["2"]
    assert (neighbour.status_code, other.status_code, health.status_code) == (429, 200, 200)
    assert 'reynard_rate_limited_total{rate="default"} 2.0' in numbers


async def test_two_applications_share_the_limit(limited: None, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMIT_DEFAULT", "10 per 8 days")
    caller = {"X-Forwarded-For": "203.0.113.77"}
    async with plain(serve) as one, plain(serve) as two:
        found = [(await (one, two)[n % 2].get("/", headers=caller)).status_code for n in range(14)]
    assert found == [200] * 10 + [429] * 4


async def test_registration_is_limited_always_and_not_too_much(
    fresh_database: FreshDatabase, servers: EmbeddedServers, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATE_LIMIT_ENABLED", "false")
    monkeypatch.setenv("RATE_LIMIT_AUTH", "12 per 9 days")
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1")
    async with open_house(fresh_database, servers, serve, monkeypatch) as house:
        house.client.headers["X-Forwarded-For"] = "203.0.113.78"
        for number in range(5):
            await house.account(f"user{number}")
        body = {"username": "user0", "password": "wrong"}
        found = [(await house.client.post("/api/auth/login", json=body)).status_code for _ in range(3)]
        public = await house.client.get("/")
    assert found == [401, 401, 429]
    assert "ratelimit-limit" not in public.headers


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_numbers_are_for_administrators_and_this_machine(limited: None, serve: Serve, header: str) -> None:
    async with plain(serve) as client:
        direct = await client.get("/metrics")
        relayed = await client.get("/metrics", headers={header: "127.0.0.1"})
    assert direct.headers["content-type"].startswith("text/plain")
    assert (direct.status_code, relayed.status_code) == (200, 401)


async def test_numbers_are_labelled_by_template(limited: None, serve: Serve) -> None:
    async with plain(serve) as client:
        for path in ("/api/rag/sources/a", "/api/rag/sources/b", "/made/up/1", "/made/up/2"):
            await client.get(path)
        numbers = (await client.get("/metrics")).text
    assert 'reynard_http_requests_total{method="GET",route="none",status="404"} 2.0' in numbers
    assert 'reynard_http_request_seconds_count{method="GET",route="/api/rag/sources/{source}"} 2.0' in numbers
    assert 'reynard_http_requests_in_flight{scheme="http"} 1.0' in numbers
    assert "/made" not in numbers


async def test_refused_bodies_are_counted(limited: None, serve: Serve) -> None:
    async with plain(serve) as client:
        await client.post("/api/auth/login", content=b"{}", headers={"Content-Type": "text/plain"})
        numbers = (await client.get("/metrics")).text
    assert 'reynard_bodies_refused_total{code="unsupported_media_type"} 1.0' in numbers


async def test_answers_are_strict_and_pages_may_work(limited: None, serve: Serve) -> None:
    async with plain(serve) as client:
        answer, page, redoc = [await client.get(path) for path in ("/", "/api/docs", "/api/redoc")]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    for shown in (page, redoc):
        policy = shown.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
