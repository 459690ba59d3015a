"""What a route's declared access promises to each kind of caller, and whether the running route keeps it."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi.routing import APIRoute

from app.core.access import ACCESS, admin, operator, person, public, reader, user
from app.core.settings import load_settings
from app.directory import SETTINGS
from app.factory import create_app
from app.reference import calls, routes_of
from tests.conftest import PASSWORD, House

Access = Callable[..., Any]
ROUTES = routes_of(create_app(load_settings(SETTINGS)))

NOBODY_HAS_THIS = "9999999"
"""In place of every parameter of a path: what is allowed answers 404 or 422, and changes nothing."""

RELAYED = {"X-Forwarded-For": "203.0.113.1"}
"""Through a proxy, so that only `local` passes as a program on this machine."""

STRANGERS = ("anonymous", "local", "malformed", "refresh", "ended")
"""Callers without a token that counts: none, none and directly from this machine, one that is no token, a refresh
token, one of a session that was logged out."""

TOKENLESS = ("anonymous", "local")

SCRIPTS = {"reading script": ["read"], "writing script": ["read", "write"], "admin script": ["read", "write", "admin"]}
"""Personal access tokens of the administrator, by their scopes."""

CALLERS = (*STRANGERS, "guest", "user", "admin", *SCRIPTS)


def name(route: APIRoute) -> str:
    """Return how a route is called in a report."""
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}"


def declared(route: APIRoute) -> Access:
    """Return the access that a route declares."""
    (found,) = {call for call in ACCESS if call in calls(route.dependant)}
    return found


MAY: dict[str, set[str]] = {
    "guest": {"read"},
    "user": {"read", "write"},
    "admin": {"read", "write", "admin"},
    **{name: set(scopes) for name, scopes in SCRIPTS.items()},
}
"""What each caller with a token may do."""


def promised(access: Access, method: str, caller: str, *, open_to_all: bool) -> int | None:
    """Return the status with which this caller is turned away; None for one that is let through."""
    if access is public or (access is reader and open_to_all and caller in TOKENLESS):
        return None
    if access is operator and caller == "local":
        return None
    if caller in STRANGERS:
        return 401
    if access is person:
        return 403 if caller in SCRIPTS else None
    wanted = "admin" if access in (admin, operator) else "write" if access is user and method != "GET" else "read"
    return None if wanted in MAY[caller] else 403


def target(route: APIRoute, thing: str = NOBODY_HAS_THIS) -> str:
    """Return the path of a route with `thing` for each parameter."""
    return re.sub(r"\{[^}]*\}", thing, route.path_format)


@dataclass
class Proof:
    """A running house and the callers that try its routes."""

    house: House
    open_to_all: bool
    _callers: dict[str, dict[str, str]] = field(default_factory=dict)
    _scripts: dict[str, dict[str, str]] = field(default_factory=dict)

    async def begin(self) -> None:
        """Make the accounts: the first one is an administrator."""
        for username in ("admin", "user", "other", "guest"):
            await self.house.account(username)
        administrator = await self.headers("admin")
        accounts = (await self.house.client.get("/api/auth/users", headers=administrator)).json()
        (guest,) = (account["id"] for account in accounts if account["username"] == "guest")
        path = f"/api/auth/users/{guest}"
        (await self.house.client.patch(path, json={"role": "guest"}, headers=administrator)).raise_for_status()
        for name, scopes in SCRIPTS.items():
            made = {"name": name, "scopes": scopes}
            answer = await self.house.client.post("/api/auth/tokens", json=made, headers=administrator)
            self._scripts[name] = RELAYED | {"Authorization": f"Bearer {answer.raise_for_status().json()['token']}"}

    async def headers(self, caller: str) -> dict[str, str]:
        """Return what this caller sends, with a session of its own."""
        if caller in TOKENLESS:
            return dict(RELAYED) if caller == "anonymous" else {}
        if caller in self._scripts:
            return self._scripts[caller]
        if caller == "malformed":
            return RELAYED | {"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.nobody"}
        username = caller if caller not in STRANGERS else "user"
        pair = await self.log_in(username)
        bearer = RELAYED | {"Authorization": f"Bearer {pair['access_token']}"}
        if caller == "ended":
            (await self.house.client.post("/api/auth/logout", headers=bearer)).raise_for_status()
        return RELAYED | {"Authorization": f"Bearer {pair['refresh_token']}"} if caller == "refresh" else bearer

    async def log_in(self, username: str) -> dict[str, str]:
        """Return a new pair of tokens."""
        body = {"username": username, "password": PASSWORD}
        answer = await self.house.client.post("/api/auth/login", json=body)
        found: dict[str, str] = answer.raise_for_status().json()
        return found

    async def callers_of(self, route: APIRoute) -> dict[str, dict[str, str]]:
        """Return the headers of every kind of caller; those that this route may have ended are made anew next time."""
        known = self._callers or {caller: await self.headers(caller) for caller in CALLERS}
        ends_sessions = "auth" in route.tags and "GET" not in (route.methods or ())
        self._callers = {} if ends_sessions else known
        return known

    async def broken_promises(self, route: APIRoute, callers: dict[str, dict[str, str]]) -> AsyncIterator[str]:
        """Yield where the route lets somebody through, or turns somebody away, that its access does not."""
        for caller, headers in callers.items():
            for method in sorted(route.methods or ()):
                expected = promised(declared(route), method, caller, open_to_all=self.open_to_all)
                got = await self.answer(method, target(route), headers)
                if not kept(got, expected) or (expected == 401 and told_by_access(got) != (caller in TOKENLESS)):
                    yield f"{method} {route.path} as {caller}: {got.status_code}, not {expected or 'let through'}"

    async def answer(self, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        """Send a request without input; of a stream only the beginning is read."""
        async with self.house.client.stream(method, path, headers=headers) as response:
            if "event-stream" not in response.headers.get("content-type", ""):
                await response.aread()
            return response


def told_by_access(got: httpx.Response) -> bool:
    """Whether a token was asked for before anything else; some routes have a second wall that also answers 401."""
    return str(got.json()["detail"]).startswith("Send a token")


def kept(got: httpx.Response, expected: int | None) -> bool:
    """Whether an answer is what was promised."""
    if expected is None:
        return got.status_code not in (401, 403, 500)
    if got.status_code != expected:
        return False
    code = got.json()["code"]
    asked = got.headers.get("www-authenticate") == "Bearer"
    return bool((code == "not_authenticated" and asked) if expected == 401 else code == "not_allowed")
