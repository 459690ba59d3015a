"""Smoke test of a running server, over HTTP only; can be run again and again.

Usage: python scripts/test-backend.py [--url http://localhost:8000] [--wait SECONDS]
Exits with 1 at the first thing that is not as promised, and says what it was.
"""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 15


class Server:
    """A server under test."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.token: str | None = None

    def ask(self, method: str, path: str, body: object = None, *, expect: int = 200) -> Any:  # noqa: ANN401 - JSON
        """Send a request and return the JSON of the answer.

        Raises:
            AssertionError: The status is not the expected one.
        """
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310 - the given URL
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - same
                status, content = answer.status, answer.read()
        except HTTPError as error:
            status, content = error.code, error.read()
        check(status == expect, f"{method} {path} answered {status}, expected {expect}: {content[:300]!r}")
        return json.loads(content) if content.startswith((b"{", b"[")) else content.decode()


def check(condition: bool, otherwise: str) -> None:
    """Raise AssertionError with a sentence unless the condition holds."""
    if not condition:
        raise AssertionError(otherwise)


def wait_for(what: str, ready: Callable[[], bool], seconds: float) -> None:
    """Ask again until it is ready.

    Raises:
        AssertionError: It was not, in that time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if ready():
                return
        except (URLError, ConnectionError, AssertionError, TimeoutError):
            pass
        time.sleep(0.2)
    raise AssertionError(f"{what} did not happen within {seconds:g} s")


def test_system(server: Server) -> None:
    """Health, the registry, the documentation with its assets."""
    health = server.ask("GET", "/api/health")
    check(health["status"] in ("healthy", "degraded"), f"health is {health['status']}: {health['services']}")
    for name in ("main_database", "auth_database", "gatekeeper", "rag", "search"):
        check(health["services"][name]["status"] == "running", f"{name} is {health['services'][name]}")
    check(any(item["name"] == "search" for item in server.ask("GET", "/api/services")), "search is not in the registry")
    check("swagger-ui" in server.ask("GET", "/api/docs"), "Swagger UI is not served")
    check(len(server.ask("GET", "/api/docs/assets/swagger-ui-bundle.js")) > 100_000, "its script is not shipped")
    problem = server.ask("GET", "/api/nothing-here", expect=404)
    check({"type", "title", "status", "detail", "code", "request_id"} <= set(problem), f"no problem+json: {problem}")


def test_gatekeeper(server: Server) -> None:
    """Register, log in, use, refresh, log out."""
    name = f"smoke-{secrets.token_hex(4)}"
    account = {"username": name, "email": f"{name}@example.com", "password": "testpassword123"}
    server.ask("POST", "/api/auth/register", account)
    server.ask("POST", "/api/auth/register", account, expect=400)
    server.ask("POST", "/api/auth/login", {"username": name, "password": "wrong password"}, expect=401)
    server.ask("GET", "/api/protected", expect=401)
    pair = server.ask("POST", "/api/auth/login", {"username": name, "password": "testpassword123"})
    server.token = pair["access_token"]
    check(server.ask("GET", "/api/protected")["message"] == f"Hello {name}!", "protected greets somebody else")
    check(server.ask("GET", "/api/auth/me")["username"] == name, "me is somebody else")
    fresh = server.ask("POST", "/api/auth/refresh", {"refresh_token": pair["refresh_token"]})
    server.token = fresh["access_token"]
    server.ask("POST", "/api/search/hybrid", {"query": "a logged-in search"})
    server.ask("POST", "/api/auth/logout", {"refresh_token": fresh["refresh_token"]})
    server.ask("GET", "/api/protected", expect=401)
    server.token = None


def test_search(server: Server) -> None:
    """Every kind of search answers, is cached, and refuses nonsense."""
    for kind in ("semantic", "hybrid"):
        answer = server.ask("GET", f"/api/search/{kind}?q=how+are+services+started&limit=5")
        check(answer["kind"] == kind and isinstance(answer["results"], list), f"odd answer: {answer}")
        for hit in answer["results"]:
            check(1 <= hit["start_line"] <= hit["end_line"], f"odd lines: {hit}")
        server.ask("GET", f"/api/search/{kind}?q=", expect=422)
        server.ask("GET", f"/api/search/{kind}?q=x&source=no-such-source", expect=404)
    server.ask("GET", "/api/rag/search?q=services")
    served = server.ask("GET", "/api/search/performance")
    check(served["total_searches"] == served["cache_hits"] + served["cache_misses"], f"odd counts: {served}")


def test_index(server: Server) -> None:
    """The index says where it is, its numbers add up, and it finds what it holds."""
    now = server.ask("GET", "/api/rag/indexing")
    check(now["known"] == now["indexed"] + now["pending"] + now["failed"], f"counts do not add up: {now}")
    if now["pending"] == 0 and now["chunks"]:
        found = server.ask("GET", "/api/search/hybrid?q=how+are+services+started&limit=5")
        check(found["total"] > 0, "the index has chunks and finds none")
    server.ask("GET", "/api/rag/stats")


def main() -> int:
    """Run every test against one server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait for the server and its first index")
    asked = parser.parse_args()
    server = Server(asked.url)
    try:
        if asked.wait:
            wait_for("a healthy server", lambda: bool(server.ask("GET", "/api/health")), asked.wait)
            wait_for(
                "an index that has caught up",
                lambda: (now := server.ask("GET", "/api/rag/indexing"))["indexed"] > 0 and now["pending"] == 0,
                asked.wait,
            )
        tests = (test_system, test_gatekeeper, test_search, test_index)
        for test in tests:
            begun = time.perf_counter()
            test(server)
            print(f"ok  {test.__name__.removeprefix('test_'):12} {(time.perf_counter() - begun) * 1000:6.0f} ms")
    except (AssertionError, URLError, ConnectionError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print(f"{len(tests)} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
