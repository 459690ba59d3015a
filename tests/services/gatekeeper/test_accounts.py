"""Registration, login and the account itself."""

import asyncio

import pytest

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


async def test_of_two_registrations_of_one_name_at_once_one_wins(door: Door) -> None:
    answers = await asyncio.gather(*(door.register("ann") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "ann", "password": PASSWORD, "role": "admin"}, "role"),
        ({"username": "ann", "password": "short"}, "password"),
        ({"username": "ann", "password": "Password1"}, "password"),
        ({"username": "a", "password": PASSWORD}, "username"),
        ({"username": "<script>", "password": PASSWORD}, "username"),
        ({"username": "ann", "password": PASSWORD, "email": "nonsense"}, "email"),
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


async def test_wrong_and_unknown_get_the_same_answer_after_the_same_work(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await door.register("ann")
    worked: list[str | None] = []
    real = door.hasher.verify

    async def counting(password: str, kept: str | None) -> bool:
        worked.append(kept and kept.split("$")[1])
        return await real(password, kept)

    monkeypatch.setattr(door.hasher, "verify", counting)
    answers = [
        await door.client.post("/api/auth/login", json={"username": name, "password": "wrong password"})
        for name in ("ann", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert {answer.json()["detail"] for answer in answers} == {"Incorrect username or password"}
    assert worked == ["1000", None]
    assert not await real("wrong password", None)


async def test_a_hash_grows_with_the_setting_at_the_next_login(door: Door) -> None:
    await door.register("ann")
    door.hasher.iterations = 2000
    await door.login("ann")
    pair = await door.login("ann")
    assert (await door.get("/api/protected", pair["access_token"])).status_code == 200
    async with door.database.reading() as connection:
        from sqlalchemy import text  # noqa: PLC0415

        kept = await connection.scalar(text("SELECT password_hash FROM users"))
    assert str(kept).startswith("pbkdf2_sha256$2000$")


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
