"""Registration, login and the account itself."""

import asyncio
import hashlib

import pytest
from sqlalchemy import text

from app.services.gatekeeper.passwords import hash_password
from tests.services.gatekeeper.conftest import PASSWORD, Door

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/auth/me"), ("PATCH", "/api/auth/me"), ("POST", "/api/auth/logout"), ("GET", "/api/protected")],
)
async def test_anonymous_callers_are_asked_to_log_in(door: Door, method: str, path: str) -> None:
    answer = await door.client.request(method, path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "not_authenticated"


async def test_an_account_is_made_shown_and_never_with_its_password(door: Door) -> None:
    answer = await door.register("testuser", email="test@example.com", full_name="Test User")
    assert answer.status_code == 200
    user = answer.json()
    assert set(user) == {"id", "username", "email", "full_name", "role", "is_active", "created_at", "updated_at"}
    assert (user["username"], user["email"], user["full_name"], user["is_active"]) == (
        "testuser",
        "test@example.com",
        "Test User",
        True,
    )
    pair = await door.login("testuser")
    assert (await door.get("/api/auth/me", pair["access_token"])).json() == user


async def test_the_first_account_is_admin_also_when_many_are_made_at_once(door: Door) -> None:
    answers = await asyncio.gather(*(door.register(f"user{number}") for number in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sorted(answer.json()["role"] for answer in answers) == ["admin", *["user"] * 7]


async def test_names_and_addresses_are_unique_in_whatever_case(door: Door) -> None:
    await door.register("Ann", email="ann@example.com")
    name = await door.register("aNN")
    address = await door.register("bob", email="ANN@example.com")
    assert (name.status_code, name.json()["detail"]) == (400, "Username already registered")
    assert (address.status_code, address.json()["detail"]) == (400, "Email already registered")


@pytest.mark.parametrize("first", [True, False])
async def test_of_several_registrations_of_one_name_at_once_one_wins(door: Door, first: bool) -> None:
    if not first:
        await door.register("somebody")
    answers = await asyncio.gather(*(door.register("ann") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5]
    assert {answer.json().get("code") for answer in answers} == {None, "username_taken"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "ann", "password": PASSWORD, "role": "admin"}, "role"),
        ({"username": "ann", "password": "short"}, "password"),
        ({"username": "ann", "password": "Password1"}, "password"),
        ({"username": "a", "password": PASSWORD}, "username"),
        ({"username": "<script>", "password": PASSWORD}, "username"),
        ({"username": "ann", "password": PASSWORD, "email": "nonsense"}, "email"),
        ({"username": "ann", "password": PASSWORD, "full_name": "a\0b"}, "full_name"),
        ({"password": PASSWORD}, "username"),
    ],
)
async def test_bad_registrations_name_the_field_and_not_the_password(
    door: Door, body: dict[str, str], field: str
) -> None:
    answer = await door.client.post("/api/auth/register", json=body)
    assert answer.status_code == 422
    assert [item["field"] for item in answer.json()["errors"]] == [field]
    assert body["password"] not in answer.text


@pytest.mark.parametrize("name", ["username", "email", "identifier"])
async def test_login_takes_the_name_or_the_address(door: Door, name: str) -> None:
    await door.register("ann", email="ann@example.com")
    for identifier in ("ann", "ANN", "ann@example.com"):
        answer = await door.client.post("/api/auth/login", json={name: identifier, "password": PASSWORD})
        assert answer.status_code == 200
        pair = answer.json()
        assert (pair["token_type"], pair["expires_in"], pair["refresh_expires_in"]) == ("bearer", 1800, 604_800)


async def test_the_form_login_of_swagger_works(door: Door) -> None:
    await door.register("ann")
    answer = await door.client.post("/api/auth/token", data={"username": "ann", "password": PASSWORD})
    assert (await door.get("/api/protected", answer.json()["access_token"])).json()["message"] == "Hello ann!"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"grant_type": "password", "scope": "a b", "client_id": "x", "audience": "y"}, 200),
        ({"grant_type": "client_credentials"}, 422),
        ({"password": "x" * 129}, 422),
        ({"username": "x" * 321}, 422),
        ({"password": ""}, 422),
    ],
)
async def test_the_form_takes_what_oauth2_clients_send_and_nothing_boundless(
    door: Door, form: dict[str, str], status: int
) -> None:
    await door.register("ann")
    answer = await door.client.post("/api/auth/token", data={"username": "ann", "password": PASSWORD} | form)
    assert answer.status_code == status


@pytest.mark.parametrize("raised_to", [1000, 2500])
async def test_wrong_and_unknown_get_the_same_answer_after_the_same_work(
    door: Door, monkeypatch: pytest.MonkeyPatch, raised_to: int
) -> None:
    await door.register("ann")
    door.hasher.iterations = raised_to
    worked: list[int] = []
    real = hashlib.pbkdf2_hmac

    def counting(name: str, password: bytes, salt: bytes, iterations: int) -> bytes:
        worked.append(iterations)
        return real(name, password, salt, iterations)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counting)
    for name in ("ann", "nobody"):
        worked.clear()
        answer = await door.client.post("/api/auth/login", json={"username": name, "password": "wrong password"})
        assert (answer.status_code, answer.json()["detail"]) == (401, "Incorrect username or password")
        assert sum(worked) == raised_to


@pytest.mark.parametrize("path", ["login", "token"])
async def test_a_name_that_no_database_can_hold_is_just_unknown(door: Door, path: str) -> None:
    form = {"username": "an\0n", "password": PASSWORD}
    json, data = (form, None) if path == "login" else (None, form)
    answer = await door.client.post(f"/api/auth/{path}", json=json, data=data)
    assert answer.status_code == 401


async def kept_hash(door: Door) -> str:
    async with door.database.reading() as connection:
        return str(await connection.scalar(text("SELECT password_hash FROM users")))


async def test_a_hash_grows_with_the_setting_at_the_next_login(door: Door) -> None:
    await door.register("ann")
    door.hasher.iterations = 2000
    await asyncio.gather(*(door.login("ann") for _ in range(4)))
    pair = await door.login("ann")
    assert (await door.get("/api/protected", pair["access_token"])).status_code == 200
    assert (await kept_hash(door)).startswith("pbkdf2_sha256$2000$")


async def test_a_login_that_began_before_a_new_password_neither_succeeds_nor_restores_the_old_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.register("ann")
    changed = hash_password("another password", 2000)
    door.hasher.iterations = 2000
    real = door.hasher.hash

    async def meanwhile(password: str) -> str:
        async with door.database.transaction() as session:
            await session.execute(text("UPDATE users SET password_hash = :changed"), {"changed": changed})
        return await real(password)

    monkeypatch.setattr(door.hasher, "hash", meanwhile)
    answer = await door.client.post("/api/auth/login", json={"username": "ann", "password": PASSWORD})
    assert answer.status_code == 401
    assert await kept_hash(door) == changed


async def test_an_account_changes_its_own_address_but_not_to_anothers(door: Door) -> None:
    await door.register("ann", email="ann@example.com")
    await door.register("bob", email="bob@example.com")
    headers = {"Authorization": f"Bearer {(await door.login('bob'))['access_token']}"}
    changed = await door.client.patch("/api/auth/me", json={"full_name": "Bob"}, headers=headers)
    assert (changed.json()["full_name"], changed.json()["email"]) == ("Bob", "bob@example.com")
    stolen = await door.client.patch("/api/auth/me", json={"email": "ann@example.com"}, headers=headers)
    assert stolen.status_code == 400
    promoted = await door.client.patch("/api/auth/me", json={"role": "admin"}, headers=headers)
    assert promoted.status_code == 422
