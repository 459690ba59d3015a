"""Accounts for administrators: listed, changed, deleted, and never without an administrator left."""

import asyncio
from urllib.parse import quote
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.accounts import AccountKeeper
from tests.services.gatekeeper.conftest import Door

pytestmark = pytest.mark.anyio

NOBODY = "00000000-0000-4000-8000-000000000000"
ROUTES = (
    ("GET", "/api/auth/users"),
    ("GET", f"/api/auth/users/{NOBODY}"),
    ("PATCH", f"/api/auth/users/{NOBODY}"),
    ("DELETE", f"/api/auth/users/{NOBODY}"),
    ("POST", f"/api/auth/users/{NOBODY}/revoke-tokens"),
    ("GET", "/api/auth/audit"),
)


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_only_administrators_are_let_in(door: Door, method: str, path: str) -> None:
    assert (await door.client.request(method, path)).status_code == 401
    await door.member("boss")
    user = await door.member("ann")
    body: dict[str, str] | None = {} if method == "PATCH" else None
    assert (await user.call(method, path, body)).status_code == 403


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if NOBODY in route[1]])
async def test_an_account_that_is_not_there_is_not_found(door: Door, method: str, path: str) -> None:
    boss = await door.member("boss", Role.admin)
    answer = await boss.call(method, path, {"role": "user"} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_user")
    answer = await boss.call(method, path.replace(NOBODY, "no-uuid"), {} if method == "PATCH" else None)
    assert answer.status_code == 422


async def test_accounts_are_listed_in_parts_and_found_by_words(door: Door) -> None:
    boss = await door.member("boss", Role.admin)
    for name in ("ann", "bob", "carl"):
        await door.register(name, email=f"{name}@example.com", full_name=f"{name.title()} 100%")
    page = await boss.call("GET", "/api/auth/users?limit=2&offset=1")
    assert [item["username"] for item in page.json()] == ["ann", "bob"]
    assert page.headers["x-total-count"] == "4"
    assert "password_hash" not in page.json()[0]
    for words, names in (
        ("BOB", ["bob"]),
        ("example.com", ["ann", "bob", "carl"]),
        ("0%", ["ann", "bob", "carl"]),
        ("n%", []),
        ("_", []),
        ("\\", []),
    ):
        found = await boss.call("GET", f"/api/auth/users?q={quote(words)}")
        assert [item["username"] for item in found.json()] == names, words
        assert found.headers["x-total-count"] == str(len(names))


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "offset=-1", "q=%00", "nonsense=1"])
async def test_a_bad_part_is_refused(door: Door, query: str) -> None:
    boss = await door.member("boss", Role.admin)
    assert (await boss.call("GET", f"/api/auth/users?{query}")).status_code == 422


async def test_a_role_is_changed_and_holds_at_once(door: Door) -> None:
    boss, ann = await door.member("boss", Role.admin), await door.member("ann")
    assert (await ann.call("GET", "/api/auth/users")).status_code == 403
    changed = await boss.call("PATCH", f"/api/auth/users/{ann.id}", {"role": "admin", "email": "ann@example.com"})
    assert (changed.json()["role"], changed.json()["email"]) == ("admin", "ann@example.com")
    assert (await ann.call("GET", "/api/auth/users")).status_code == 200, "with the token of before"
    taken = await boss.call("PATCH", f"/api/auth/users/{boss.id}", {"email": "ANN@example.com"})
    assert (taken.status_code, taken.json()["code"]) == (400, "email_taken")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": None}, "role"),
        ({"is_active": None}, "is_active"),
        ({"role": "emperor"}, "role"),
        ({"password": "a new password"}, "password"),
        ({"id": NOBODY}, "id"),
    ],
)
async def test_bad_changes_name_the_field(door: Door, body: dict[str, object], field: str) -> None:
    boss = await door.member("boss", Role.admin)
    answer = await boss.call("PATCH", f"/api/auth/users/{boss.id}", body)
    assert (answer.status_code, [item["field"] for item in answer.json()["errors"]]) == (422, [field])


@pytest.mark.parametrize("body", [{"role": "user"}, {"is_active": False}, None])
async def test_the_last_administrator_stays(door: Door, body: dict[str, object] | None) -> None:
    boss, ann = await door.member("boss", Role.admin), await door.member("ann", Role.admin)
    await boss.call("PATCH", f"/api/auth/users/{ann.id}", {"is_active": False})
    refused = await boss.call("PATCH" if body else "DELETE", f"/api/auth/users/{boss.id}", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_administrator")
    await boss.call("PATCH", f"/api/auth/users/{ann.id}", {"is_active": True})
    done = await boss.call("PATCH" if body else "DELETE", f"/api/auth/users/{boss.id}", body)
    assert done.status_code == 200


async def test_administrators_who_remove_each_other_at_once_leave_one(door: Door) -> None:
    members = [await door.member(f"boss{number}", Role.admin) for number in range(4)]
    answers = await asyncio.gather(
        *(
            members[number].call("DELETE", f"/api/auth/users/{members[(number + 1) % 4].id}")
            if number % 2
            else members[number].call("PATCH", f"/api/auth/users/{members[(number + 1) % 4].id}", {"role": "user"})
            for number in range(4)
        )
    )
    assert {answer.status_code for answer in answers} <= {200, 401, 403, 404, 409}
    assert (await door.rows("SELECT count(*) FROM users WHERE role = 'admin' AND is_active"))[0][0] >= 1


async def test_an_account_goes_with_its_sessions_and_tokens_and_stays_in_the_log(door: Door) -> None:
    boss, ann = await door.member("boss", Role.admin), await door.member("ann")
    token = (await ann.personal_token("read"))["token"]
    await ann.call("POST", "/api/auth/stream-ticket")
    gone = await boss.call("DELETE", f"/api/auth/users/{ann.id}")
    assert (gone.status_code, gone.json()["username"]) == (200, "ann")
    assert (await ann.call("GET", "/api/protected")).status_code == 401
    assert (await ann.call("GET", "/api/protected", token=token)).status_code == 401
    assert (await door.refresh(ann.refresh_token)).status_code == 401
    for table in ("sessions", "personal_tokens"):
        sql = f"SELECT 1 FROM {table} WHERE user_id = :id"
        assert await door.rows(sql, id=UUID(ann.id)) == []
    assert await door.rows("SELECT 1 FROM stream_tickets") == []
    log = (await boss.call("GET", f"/api/auth/audit?user_id={ann.id}&event=user_deleted")).json()
    assert [(item["username"], item["actor"]) for item in log] == [("ann", "boss")]


async def test_what_an_account_owns_elsewhere_goes_first_and_if_that_fails_it_stays(door: Door) -> None:
    boss, ann = await door.member("boss", Role.admin), await door.member("ann")
    keeper: AccountKeeper = door.gatekeeper
    assert isinstance(keeper, AccountKeeper), "a room finds it by this"
    owned = {UUID(ann.id): "a document"}
    broken = True

    async def remove(user_id: UUID) -> None:
        if broken:
            raise ConnectionRefusedError
        assert (await door.rows("SELECT 1 FROM users WHERE id = :id", id=user_id)) != []
        owned.pop(user_id, None)

    forget = keeper.before_deletion(remove)
    refused = await boss.call("DELETE", f"/api/auth/users/{ann.id}")
    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable")
    assert (await ann.call("GET", "/api/protected")).status_code == 200
    broken = False
    assert (await boss.call("DELETE", f"/api/auth/users/{ann.id}")).status_code == 200
    assert owned == {}
    forget()
    bob = await door.member("bob")
    broken = True
    assert (await boss.call("DELETE", f"/api/auth/users/{bob.id}")).status_code == 200


async def test_an_account_is_logged_out_everywhere(door: Door) -> None:
    boss, ann = await door.member("boss", Role.admin), await door.member("ann")
    phone, token = await door.login("ann"), (await ann.personal_token("read"))["token"]
    answer = await boss.call("POST", f"/api/auth/users/{ann.id}/revoke-tokens")
    assert answer.json() == {"sessions": 2, "tokens": 1}
    for dead in (ann.token, phone["access_token"], token):
        assert (await door.get("/api/protected", dead)).status_code == 401
    assert (await door.refresh(phone["refresh_token"])).status_code == 401
    assert (await boss.call("GET", "/api/protected")).status_code == 200
    async with door.database.transaction() as session:
        reasons = set(await session.scalars(text("SELECT revoked_reason FROM sessions WHERE revoked_at IS NOT NULL")))
    assert reasons == {"revoked by an administrator"}
