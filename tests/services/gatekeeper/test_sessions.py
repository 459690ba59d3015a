"""Refresh, logout and theft, also with two workers on one database."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.access import Role
from app.services.gatekeeper import live_callers, revocations
from app.services.gatekeeper.keys import Keys
from tests.conftest import Serve
from tests.services.gatekeeper.conftest import KEYS, Clock, Door, open_door

pytestmark = pytest.mark.anyio


async def test_fifty_refreshes_at_once_by_two_workers_have_one_successor(
    door: Door, auth_url: str, serve: Serve
) -> None:
    await door.register()
    pair = await door.login()
    async with open_door(auth_url, serve, Clock()) as other:
        answers = await asyncio.gather(
            *((door, other)[number % 2].refresh(pair["refresh_token"]) for number in range(50))
        )
        assert [answer.status_code for answer in answers] == [200] * 50
        assert len({answer.text for answer in answers}) == 1
        successor = answers[0].json()
        assert (await other.get("/api/protected", successor["access_token"])).status_code == 200
        assert (await door.refresh(successor["refresh_token"])).status_code == 200


async def test_a_replay_after_the_grace_ends_the_session_for_good(door: Door, auth_url: str, serve: Serve) -> None:
    await door.register()
    stolen = (await door.login())["refresh_token"]
    newest = (await door.refresh(stolen)).json()
    door.clock.ahead = timedelta(seconds=31)
    replay = await door.refresh(stolen)
    assert (replay.status_code, replay.json()["detail"]) == (401, "Invalid refresh token")
    assert (await door.refresh(newest["refresh_token"])).status_code == 401
    assert (await door.get("/api/protected", newest["access_token"])).status_code == 401
    async with open_door(auth_url, serve, Clock()) as restarted:
        assert (await restarted.refresh(newest["refresh_token"])).status_code == 401
        assert (await restarted.get("/api/protected", newest["access_token"])).status_code == 401


async def test_many_replays_at_once_are_all_refused_and_end_the_session(door: Door) -> None:
    await door.register()
    stolen = (await door.login())["refresh_token"]
    newest = (await door.refresh(stolen)).json()
    door.clock.ahead = timedelta(seconds=31)
    replays = await asyncio.gather(*(door.refresh(stolen) for _ in range(50)))
    assert [answer.status_code for answer in replays] == [401] * 50
    assert (await door.refresh(newest["refresh_token"])).status_code == 401


async def test_a_replay_that_waited_for_the_row_does_not_wait_for_itself(door: Door) -> None:
    """PostgreSQL keeps the lock on a row that a waiting UPDATE no longer matches: revoking must not need another."""
    await door.register()
    first = (await door.login())["refresh_token"]
    waiting = text("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    async with door.database.transaction() as session:
        await session.execute(text("SELECT id FROM sessions FOR UPDATE"))
        late = asyncio.create_task(door.refresh(first))
        while not await session.scalar(waiting):  # noqa: ASYNC110 - nobody tells that a statement waits
            await asyncio.sleep(0.01)
        twice = "UPDATE sessions SET current_jti = gen_random_uuid(), previous_jti = gen_random_uuid()"
        await session.execute(text(twice))
    async with asyncio.timeout(10):
        assert (await late).status_code == 401
    async with door.database.reading() as connection:
        assert await connection.scalar(text("SELECT revoked_reason FROM sessions")) == "refresh token used again"


async def test_a_token_two_generations_old_ends_the_session_even_within_the_grace(door: Door) -> None:
    await door.register()
    first = (await door.login())["refresh_token"]
    second = (await door.refresh(first)).json()["refresh_token"]
    third = (await door.refresh(second)).json()["refresh_token"]
    assert (await door.refresh(first)).status_code == 401
    assert (await door.refresh(third)).status_code == 401


async def test_logout_kills_both_tokens_at_once(door: Door) -> None:
    await door.register()
    pair = await door.login()
    token = pair["access_token"]
    bye = await door.client.post("/api/auth/logout", json={}, headers={"Authorization": f"Bearer {token}"})
    assert (bye.status_code, bye.json()["message"]) == (200, "Successfully logged out")
    assert (await door.get("/api/protected", token)).status_code == 401
    assert (await door.refresh(pair["refresh_token"])).status_code == 401


async def test_the_grace_does_not_outlive_a_logout(door: Door) -> None:
    await door.register()
    old = (await door.login())["refresh_token"]
    token = (await door.refresh(old)).json()["access_token"]
    await door.client.post("/api/auth/logout", headers={"Authorization": f"Bearer {token}"})
    assert (await door.refresh(old)).status_code == 401


async def test_logout_ends_a_named_session_of_ones_own_only(door: Door) -> None:
    await door.register("ann")
    await door.register("bob")
    here, phone, foreign = await door.login("ann"), await door.login("ann"), await door.login("bob")
    for named in (phone, foreign):
        await door.client.post(
            "/api/auth/logout",
            json={"refresh_token": named["refresh_token"]},
            headers={"Authorization": f"Bearer {here['access_token']}"},
        )
        here = await door.login("ann")
    assert (await door.refresh(phone["refresh_token"])).status_code == 401
    assert (await door.refresh(foreign["refresh_token"])).status_code == 200


async def test_a_session_expires_when_it_is_not_used(door: Door) -> None:
    await door.register()
    pair = await door.login()
    door.clock.ahead = timedelta(days=8)
    assert (await door.refresh(pair["refresh_token"])).status_code == 401


async def test_reading_goes_on_while_the_database_is_away_and_writing_does_not(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.register()
    pair = await door.login()
    assert (await door.get("/api/protected", pair["access_token"])).status_code == 200
    monkeypatch.setattr(live_callers, "TRUST_SECONDS", 0)

    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(door.database, "transaction", away)
    monkeypatch.setattr(door.database, "reading", away)
    monkeypatch.setattr(door.database, "fetch", away)
    assert (await door.get("/api/protected", pair["access_token"])).status_code == 200
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    for writing in (
        await door.client.patch("/api/auth/me", json={"full_name": "Ann"}, headers=headers),
        await door.client.post("/api/auth/logout", headers=headers),
    ):
        assert (writing.status_code, writing.json()["code"]) == (503, "database_unavailable")
    refused = await door.refresh(pair["refresh_token"])
    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
    assert int(refused.headers["retry-after"]) > 0


async def test_an_account_that_was_switched_off_is_out(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    await door.register()
    pair = await door.login()
    async with door.database.transaction() as session:
        await session.execute(text("UPDATE users SET is_active = false"))
    monkeypatch.setattr(live_callers, "TRUST_SECONDS", 0)
    assert (await door.get("/api/protected", pair["access_token"])).status_code == 401
    assert (await door.refresh(pair["refresh_token"])).status_code == 401
    wrong = await door.client.post("/api/auth/login", json={"username": "ann", "password": "testpassword123"})
    assert wrong.status_code == 401


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", "/00000000-0000-4000-8000-000000000000")])
async def test_anonymous_callers_have_no_sessions(door: Door, method: str, path: str) -> None:
    assert (await door.client.request(method, f"/api/auth/sessions{path}")).status_code == 401


async def test_a_session_tells_where_it_was_begun_and_used(door: Door) -> None:
    ann = await door.member("ann")
    phone = await door.client.post(
        "/api/auth/login",
        json={"username": "ann", "password": "testpassword123"},
        headers={"User-Agent": "a phone"},
    )
    door.clock.ahead = timedelta(minutes=5)
    await door.refresh(phone.json()["refresh_token"])
    listed = await ann.call("GET", "/api/auth/sessions")
    assert listed.headers["x-total-count"] == "2"
    first, second = listed.json()
    assert [first["current"], second["current"]] == [False, True]
    assert (second["address"], first["address"]) == ("127.0.0.1", "127.0.0.1")
    assert first["last_used_at"] > first["created_at"]
    assert "jti" not in listed.text
    assert [item["id"] for item in (await ann.call("GET", "/api/auth/sessions?limit=1&offset=1")).json()] == [
        second["id"]
    ]


async def test_a_session_is_ended_by_its_owner_and_nobody_else(door: Door) -> None:
    ann, bob = await door.member("ann"), await door.member("bob")
    phone = await door.login("ann")
    other = next(item for item in (await ann.call("GET", "/api/auth/sessions")).json() if not item["current"])
    path = f"/api/auth/sessions/{other['id']}"
    foreign = await bob.call("DELETE", path)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_session")
    assert (await door.get("/api/protected", phone["access_token"])).status_code == 200
    ended = await ann.call("DELETE", path)
    assert (ended.status_code, ended.json()["id"]) == (200, other["id"])
    assert (await door.get("/api/protected", phone["access_token"])).status_code == 401
    assert (await door.refresh(phone["refresh_token"])).status_code == 401
    assert (await ann.call("DELETE", path)).status_code == 404
    assert len((await ann.call("GET", "/api/auth/sessions")).json()) == 1


async def test_when_a_session_was_used_is_written_down(door: Door) -> None:
    ann = await door.member("ann")
    before = (await ann.call("GET", "/api/auth/sessions")).json()[0]["last_used_at"]
    door.clock.ahead = timedelta(minutes=10)
    door.gatekeeper.live.doubt()
    await ann.call("GET", "/api/protected")
    await door.gatekeeper.usage.write()
    assert (await ann.call("GET", "/api/auth/sessions")).json()[0]["last_used_at"] > before


async def test_a_role_that_changed_within_the_grace_gives_the_same_successor_with_the_new_role(door: Door) -> None:
    boss, ann = await door.member("boss", Role.admin), await door.member("ann")
    first = (await door.refresh(ann.refresh_token)).json()
    await boss.call("PATCH", f"/api/auth/users/{ann.id}", {"role": "guest"})
    second = (await door.refresh(ann.refresh_token)).json()
    said = [door.tokens.read(pair["access_token"], "access") for pair in (first, second)]
    assert [claims.role for claims in said] == [Role.user, Role.guest]
    assert said[0].jti == said[1].jti
    for pair in (first, second):
        shown = (await door.get("/api/protected", pair["access_token"])).json()
        assert shown["role"] == "guest", "whatever the token says"
    successors = [(await door.refresh(pair["refresh_token"])).text for pair in (first, second)]
    assert successors[0] == successors[1]


async def test_a_key_that_was_rotated_within_the_grace_gives_a_successor_that_is_as_good(
    door: Door, auth_url: str, serve: Serve
) -> None:
    ann = await door.member("ann")
    first = (await door.refresh(ann.refresh_token)).json()
    rotated = Keys("a new key for tests that is long enough", (KEYS.signing,))
    async with open_door(auth_url, serve, Clock(), keys=rotated) as restarted:
        second = (await restarted.refresh(ann.refresh_token)).json()
        assert second["refresh_token"] != first["refresh_token"]
        for pair in (first, second):
            assert (await restarted.get("/api/protected", pair["access_token"])).status_code == 200
        successors = [(await restarted.refresh(pair["refresh_token"])).text for pair in (first, second)]
        assert successors[0] == successors[1]
        assert (await restarted.rows("SELECT count(*) FROM sessions WHERE user_id = :id", id=UUID(ann.id)))[0][0] == 1


async def test_a_changed_password_ends_every_other_session_and_leaves_tokens_unless_asked(door: Door) -> None:
    ann, bob = await door.member("ann"), await door.member("bob")
    phone = await door.login("ann")
    token = (await ann.personal_token("read"))["token"]
    change = {"current_password": "testpassword123", "new_password": "a better password"}
    done = await ann.call("POST", "/api/auth/change-password", change)
    assert done.json() == {
        "message": "Password changed",
        "sessions_ended": 1,
        "tokens_deleted": 0,
        "tokens_kept": 1,
    }
    assert (await door.get("/api/protected", phone["access_token"])).status_code == 401
    assert (await door.refresh(phone["refresh_token"])).status_code == 401
    for good in (ann.token, token, bob.token):
        assert (await door.get("/api/protected", good)).status_code == 200
    old = await door.client.post("/api/auth/login", json={"username": "ann", "password": "testpassword123"})
    assert old.status_code == 401
    await door.login("ann", "a better password")
    again = {"current_password": "a better password", "new_password": "testpassword123", "revoke_tokens": True}
    assert (await ann.call("POST", "/api/auth/change-password", again)).json()["tokens_deleted"] == 1
    assert (await door.get("/api/protected", token)).status_code == 401
    assert (await door.refresh(ann.refresh_token)).status_code == 200, "the session that changed it goes on"


LISTENERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
)


async def test_what_was_missed_while_nobody_listened_is_looked_for_when_somebody_does(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is the record: what is told is only when to look."""
    monkeypatch.setattr(live_callers, "TRUST_SECONDS", 3600)
    ann = await door.member("ann")
    assert (await ann.call("GET", "/api/protected")).status_code == 200
    async with door.database.transaction() as session:
        await session.execute(text("UPDATE sessions SET revoked_at = now()"))
    assert (await ann.call("GET", "/api/protected")).status_code == 200, "nobody told"
    assert len(await door.rows(LISTENERS)) == 1
    async with asyncio.timeout(20):
        while (await ann.call("GET", "/api/protected")).status_code != 401:  # noqa: ASYNC110 - it does not say
            await asyncio.sleep(0.02)


async def test_a_process_that_does_not_hear_refuses_once_it_looks_again(
    door: Door, auth_url: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await door.member("ann")
    monkeypatch.setattr(revocations, "hear", lambda *_: None)
    async with open_door(auth_url, serve, Clock()) as deaf:
        assert (await deaf.get("/api/protected", ann.token)).status_code == 200
        await ann.call("POST", "/api/auth/logout")
        monkeypatch.setattr(live_callers, "TRUST_SECONDS", 0)
        assert (await deaf.get("/api/protected", ann.token)).status_code == 401
