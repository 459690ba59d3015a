"""The audit log: everything that concerns security, nothing that is secret, and not for ever."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from app.core.access import Role
from app.services.gatekeeper import audit_repository
from tests.services.gatekeeper.conftest import PASSWORD, Door, Member

pytestmark = pytest.mark.anyio


async def log(boss: Member, **wanted: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={quote(value)}" for name, value in wanted.items())
    answer = await boss.call("GET", f"/api/auth/audit?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_what_happens_is_written_down_with_who_where_and_which_request(door: Door) -> None:
    boss = await door.member("boss", Role.admin)
    ann = await door.member("ann")
    agent = {"User-Agent": "a browser\u00e9 " + "x" * 300, "X-Request-ID": "request-1"}
    body = {"username": "ann", "password": "wrong password"}
    headers = {name: value.encode("latin-1") for name, value in agent.items()}
    await door.client.post("/api/auth/login", json=body, headers=headers)  # type: ignore[arg-type]
    (failed,) = await log(boss, event="login", outcome="failure")
    assert (failed["username"], failed["user_id"], failed["actor"]) == ("ann", ann.id, None)
    assert (failed["address"], failed["request_id"]) == ("127.0.0.1", "request-1")
    assert failed["user_agent"] == ("a browser " + "x" * 300)[:200]

    made = await ann.personal_token("read")
    await ann.call("DELETE", f"/api/auth/tokens/{made['id']}")
    await ann.call("PATCH", "/api/auth/me", {"full_name": "Ann"})
    await ann.call(
        "POST", "/api/auth/change-password", {"current_password": PASSWORD, "new_password": "a better password"}
    )
    await boss.call("PATCH", f"/api/auth/users/{ann.id}", {"role": "guest"})
    await boss.call("POST", f"/api/auth/users/{ann.id}/revoke-tokens")
    events = [(item["event"], item["actor"]) for item in await log(boss, user_id=ann.id)]
    assert events == [
        ("tokens_revoked", "boss"),
        ("user_changed", "boss"),
        ("password_changed", "ann"),
        ("profile_changed", "ann"),
        ("token_deleted", "ann"),
        ("token_made", "ann"),
        ("login", None),
        ("login", None),
        ("registered", None),
    ]


async def test_no_secret_is_in_the_log(door: Door) -> None:
    boss = await door.member("boss", Role.admin)
    ann = await door.member("ann")
    made = await ann.personal_token("read")
    ticket = (await ann.call("POST", "/api/auth/stream-ticket")).json()["ticket"]
    pair = (await door.refresh(ann.refresh_token)).json()
    await door.client.post("/api/auth/login", json={"username": "hunter2-typed-as-a-name", "password": "hunter3-wrong"})
    change = {"current_password": PASSWORD, "new_password": "hunter4-the-next-one"}
    await ann.call("POST", "/api/auth/change-password", change)
    door.clock.ahead = timedelta(seconds=31)
    await door.refresh(ann.refresh_token)
    entries = str(await log(boss)) + str(await door.rows("SELECT a::text FROM audit_log a"))
    for secret in (
        PASSWORD, "hunter2", "hunter3", "hunter4", made["token"], ticket, ann.token, ann.refresh_token,
        pair["access_token"], pair["refresh_token"],
    ):  # fmt: skip
        assert secret not in entries
    assert "refresh_token_reused" in entries


async def test_the_log_is_filtered_and_read_in_parts(door: Door) -> None:
    boss = await door.member("boss", Role.admin)
    for number in range(3):
        await door.register(f"user{number}")
    listed = await boss.call("GET", "/api/auth/audit?event=registered&limit=2&offset=1")
    assert [item["username"] for item in listed.json()] == ["user1", "user0"]
    assert listed.headers["x-total-count"] == "4"
    now = datetime.now(UTC)
    assert await log(boss, since=(now + timedelta(hours=1)).isoformat()) == []
    assert await log(boss, until=(now - timedelta(hours=1)).isoformat()) == []
    assert len(await log(boss, since=(now - timedelta(hours=1)).isoformat(), event="registered")) == 4
    assert await log(boss, address="192.0.2.1") == []
    assert (await boss.call("GET", "/api/auth/audit?event=nonsense")).status_code == 422
    assert (await boss.call("GET", "/api/auth/audit?since=2026-01-01T00:00:00")).status_code == 422, "which zone?"


async def test_what_is_undone_is_not_in_the_log(door: Door) -> None:
    boss = await door.member("boss", Role.admin)
    await door.register("ann", email="ann@example.com")
    await boss.call("PATCH", "/api/auth/me", {"email": "ann@example.com"})
    await door.register("bob", email="ann@example.com")
    assert await log(boss, event="profile_changed") == []
    assert len(await log(boss, event="registered")) == 2


async def age(door: Door, days: int) -> None:
    async with door.database.transaction() as session:
        await session.execute(text("UPDATE audit_log SET at = at - make_interval(days => :days)"), {"days": days})


async def test_old_entries_go_and_the_rest_stays(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_repository, "AT_ONCE", 2)
    monkeypatch.setattr("app.services.gatekeeper.cleaning.AT_ONCE", 2)
    monkeypatch.setattr("app.services.gatekeeper.cleaning.PAUSE_SECONDS", 0)
    for number in range(5):
        await door.register(f"user{number}")
    await age(door, 89)
    assert await door.gatekeeper.cleaning.clean() == 0
    await age(door, 2)
    await door.register("late")
    assert await door.gatekeeper.cleaning.clean() == 5
    assert [row[0] for row in await door.rows("SELECT username FROM audit_log")] == ["late"]


async def test_a_session_that_could_still_show_a_theft_is_never_deleted(door: Door) -> None:
    await door.register()
    stolen = (await door.login())["refresh_token"]
    assert (await door.refresh(stolen)).status_code == 200
    door.clock.ahead = timedelta(days=6)
    await door.gatekeeper.cleaning.clean()
    assert (await door.refresh(stolen)).status_code == 401
    assert (await door.rows("SELECT revoked_reason FROM sessions"))[0][0] == "refresh token used again"
    door.clock.ahead = timedelta(days=7 + 29)
    assert await door.gatekeeper.cleaning.clean() == 0
    door.clock.ahead = timedelta(days=7 + 31)
    await door.gatekeeper.cleaning.clean()
    assert await door.rows("SELECT 1 FROM sessions") == []


async def test_one_process_cleans_at_a_time(door: Door) -> None:
    await door.register()
    await age(door, 100)
    async with door.database.transaction() as session:
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": audit_repository.CLEANING_LOCK})
        async with asyncio.timeout(10):
            assert await door.gatekeeper.cleaning.clean() == 0
    assert await door.gatekeeper.cleaning.clean() == 1
