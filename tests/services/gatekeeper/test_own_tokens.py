"""Personal access tokens and stream tickets, as those use them who made them."""

import asyncio
import re
from datetime import timedelta
from hashlib import sha256

import pytest

from app.services.gatekeeper import personal_tokens
from tests.conftest import Serve
from tests.services.gatekeeper.conftest import Clock, Door, open_door

pytestmark = pytest.mark.anyio

NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/auth/tokens"),
        ("POST", "/api/auth/tokens"),
        ("DELETE", f"/api/auth/tokens/{NOBODYS}"),
        ("POST", "/api/auth/stream-ticket"),
    ],
)
async def test_anonymous_callers_are_asked_to_log_in(door: Door, method: str, path: str) -> None:
    assert (await door.client.request(method, path)).status_code == 401


async def test_a_token_is_shown_once_and_kept_as_its_hash(door: Door) -> None:
    ann = await door.member("ann")
    made = await ann.personal_token("write", "read", "read", expires_in_days=30)
    assert re.fullmatch(r"rey_[A-Za-z0-9_-]{43}", made["token"])
    assert made["scopes"] == ["read", "write"]
    listed = await ann.call("GET", "/api/auth/tokens")
    assert listed.headers["x-total-count"] == "1"
    assert listed.json() == [{name: value for name, value in made.items() if name != "token"}]
    kept = await door.rows("SELECT hash, t::text FROM personal_tokens t")
    assert bytes(kept[0][0]) == sha256(made["token"].encode()).digest()
    entries = await door.rows("SELECT a::text FROM audit_log a")
    assert not [row for row in [*kept, *entries] if made["token"][4:] in str(row[-1])]


async def test_a_deleted_token_is_dead_at_once_here_and_soon_elsewhere(
    door: Door, auth_url: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await door.member("ann")
    made, other = await ann.personal_token("read"), await ann.personal_token("read")
    monkeypatch.setattr("app.services.gatekeeper.live_callers.TRUST_SECONDS", 3600)
    async with open_door(auth_url, serve, Clock()) as elsewhere:
        for place in (door, elsewhere):
            assert (await place.get("/api/auth/me", made["token"])).status_code == 200
        gone = await ann.call("DELETE", f"/api/auth/tokens/{made['id']}")
        assert (gone.status_code, gone.json()["id"]) == (200, made["id"])
        assert (await door.get("/api/auth/me", made["token"])).status_code == 401
        async with asyncio.timeout(10):
            while (await elsewhere.get("/api/auth/me", made["token"])).status_code != 401:  # noqa: ASYNC110 - it does not say
                await asyncio.sleep(0.002)
        assert (await elsewhere.get("/api/auth/me", other["token"])).status_code == 200
    assert (await ann.call("DELETE", f"/api/auth/tokens/{made['id']}")).json()["code"] == "unknown_token"


async def test_tokens_of_others_do_not_exist(door: Door) -> None:
    ann, bob = await door.member("ann"), await door.member("bob")
    made = await ann.personal_token("read")
    answer = await bob.call("DELETE", f"/api/auth/tokens/{made['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_token")
    assert (await bob.call("GET", "/api/auth/tokens")).json() == []
    assert (await ann.call("GET", "/api/auth/me", token=made["token"])).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["everything"]}, "scopes.0"),
        ({"name": " ", "scopes": ["read"]}, "name"),
        ({"name": "x\x00", "scopes": ["read"]}, "name"),
        ({"name": "x", "scopes": ["read"], "expires_in_days": 0}, "expires_in_days"),
        ({"name": "x", "scopes": ["read"], "user_id": NOBODYS}, "user_id"),
    ],
)
async def test_bad_requests_name_the_field(door: Door, body: dict[str, object], field: str) -> None:
    answer = await (await door.member("ann")).call("POST", "/api/auth/tokens", body)
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("token", ["rey_", "rey_" + "x" * 43, "rey_'; DROP TABLE users; --", "rey_\u00e9"])
async def test_what_looks_like_a_token_and_is_none_is_refused(door: Door, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode("latin-1")}
    answer = await door.client.get("/api/auth/me", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_an_account_has_so_many_tokens_also_when_they_are_made_at_once(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal_tokens, "MOST", 3)
    ann = await door.member("ann")
    body = {"name": "x", "scopes": ["read"]}
    answers = await asyncio.gather(*(ann.call("POST", "/api/auth/tokens", body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 5


async def test_last_use_is_written_down(door: Door) -> None:
    ann = await door.member("ann")
    made = await ann.personal_token("read")
    assert made["last_used_at"] is None
    await ann.call("GET", "/api/auth/me", token=made["token"])
    await door.gatekeeper.usage.write()
    first = (await ann.call("GET", "/api/auth/tokens")).json()[0]["last_used_at"]
    assert first is not None
    door.clock.ahead = timedelta(minutes=10)
    door.gatekeeper.live.doubt()
    await ann.call("GET", "/api/auth/me", token=made["token"])
    await door.gatekeeper.usage.write()
    assert (await ann.call("GET", "/api/auth/tokens")).json()[0]["last_used_at"] > first


async def test_a_ticket_opens_one_stream_and_nothing_else(door: Door) -> None:
    ann = await door.member("ann")
    given = (await ann.call("POST", "/api/auth/stream-ticket")).json()
    assert given["expires_in"] == 30
    for path in ("/api/auth/me", "/api/protected"):
        assert (await door.client.get(path, params={"ticket": given["ticket"]})).status_code == 401
    answers = await asyncio.gather(*(door.client.get("/stream", params={"ticket": given["ticket"]}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    assert "ann" in [answer.json() for answer in answers]
    assert await door.rows("SELECT 1 FROM stream_tickets") == []


async def test_a_bad_ticket_is_not_an_anonymous_reader(door: Door) -> None:
    assert (await door.client.get("/open-stream")).json() == "anonymous"
    assert (await door.client.get("/open-stream", params={"ticket": "x"})).status_code == 401
    ann = await door.member("ann")
    ticket = (await ann.call("POST", "/api/auth/stream-ticket")).json()["ticket"]
    assert (await door.client.get("/open-stream", params={"ticket": ticket})).json() == "ann"


async def test_a_ticket_is_kept_as_its_hash_and_ends_by_age_and_with_its_session(door: Door) -> None:
    ann = await door.member("ann")
    first, second = [(await ann.call("POST", "/api/auth/stream-ticket")).json()["ticket"] for _ in range(2)]
    kept = {bytes(row[0]) for row in await door.rows("SELECT hash FROM stream_tickets")}
    assert kept == {sha256(ticket.encode()).digest() for ticket in (first, second)}
    door.clock.ahead = timedelta(seconds=31)
    assert (await door.client.get("/stream", params={"ticket": first})).status_code == 401
    third = (await ann.call("POST", "/api/auth/stream-ticket")).json()["ticket"]
    assert len(await door.rows("SELECT 1 FROM stream_tickets")) == 1, "those that expired are gone"
    await ann.call("POST", "/api/auth/logout")
    assert (await door.client.get("/stream", params={"ticket": third})).status_code == 401
