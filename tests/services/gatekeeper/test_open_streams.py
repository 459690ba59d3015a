"""A stream that is open when its caller is logged out, demoted or deleted ends, and sends nothing more."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.core.access import Caller, NotAuthenticated, Role
from tests.services.gatekeeper.conftest import Door, Member

pytestmark = pytest.mark.anyio

NDJSON = {"Accept": "application/x-ndjson"}


@asynccontextmanager
async def opened(client: httpx.AsyncClient, **how: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Open the stream and yield its events, the first of which has come."""
    how["headers"] = how.get("headers", {}) | NDJSON
    async with client.stream("GET", "/events", **how) as answer:
        assert answer.status_code == 200
        lines = answer.aiter_lines()
        assert json.loads(await anext(lines))["of"] == "ann"

        async def events() -> AsyncIterator[dict[str, Any]]:
            async for line in lines:
                yield json.loads(line)

        yield events()


End = Callable[[Member, Member], Awaitable[httpx.Response]]

ENDS: dict[str, End] = {
    "logout": lambda ann, _: ann.call("POST", "/api/auth/logout"),
    "revoked": lambda ann, boss: boss.call("POST", f"/api/auth/users/{ann.id}/revoke-tokens"),
    "deleted": lambda ann, boss: boss.call("DELETE", f"/api/auth/users/{ann.id}"),
    "switched off": lambda ann, boss: boss.call("PATCH", f"/api/auth/users/{ann.id}", {"is_active": False}),
}


@pytest.mark.parametrize("with_ticket", [True, False])
@pytest.mark.parametrize("how", ENDS)
async def test_a_stream_ends_with_its_session(door: Door, how: str, with_ticket: bool) -> None:
    boss, ann = await door.member("boss", Role.admin), await door.member("ann")
    asked: dict[str, Any] = {"headers": {"Authorization": f"Bearer {ann.token}"}}
    if with_ticket:
        asked = {"params": {"ticket": (await ann.call("POST", "/api/auth/stream-ticket")).json()["ticket"]}}
    async with opened(door.client, **asked) as events:
        assert (await ENDS[how](ann, boss)).status_code == 200
        async with asyncio.timeout(20):
            last = [event async for event in events][-1]
    assert (last["type"], last["code"]) == ("error", "not_authenticated")


async def test_a_stream_of_a_token_ends_with_the_token_and_no_other_does(door: Door) -> None:
    ann = await door.member("ann")
    made, other = await ann.personal_token("read"), await ann.personal_token("read")
    headers = [{"Authorization": f"Bearer {token['token']}"} for token in (made, other)]
    async with opened(door.client, headers=headers[0]) as mine, opened(door.client, headers=headers[1]) as others:
        assert (await ann.call("DELETE", f"/api/auth/tokens/{made['id']}")).status_code == 200
        async with asyncio.timeout(20):
            assert [event async for event in mine][-1]["type"] == "error"
        for _ in range(3):
            assert (await anext(others))["type"] == "number"


async def test_while_the_database_is_away_a_known_caller_listens_on_and_an_unknown_one_does_not(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await door.member("ann")
    caller = await door.gatekeeper.authenticate(ann.token, reading=True)

    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("app.services.gatekeeper.live_callers.TRUST_SECONDS", 0)
    monkeypatch.setattr(door.database, "fetch", away)
    assert (await door.gatekeeper.again(caller)).username == "ann"
    assert caller.user_id is not None
    door.gatekeeper.live.forget(caller.user_id)
    for unknown in (caller, Caller(None, "anonymous", Role.guest)):
        with pytest.raises(NotAuthenticated):
            await door.gatekeeper.again(unknown)
