"""Roles, scopes, and what a personal access token may: decided by what a route declares."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.access import SCOPES, Caller, NotAllowed, Role, Scope, allowed
from app.services.gatekeeper.personal_tokens import acting_role
from tests.conftest import Serve
from tests.services.gatekeeper.conftest import Clock, Door, open_door

pytestmark = pytest.mark.anyio

READING = ("GET", "/api/auth/me")
WRITING = ("POST", "/write")
ADMINISTERING = ("GET", "/api/auth/users")
OWN = (
    ("POST", "/api/auth/logout"),
    ("POST", "/api/auth/stream-ticket"),
    ("GET", "/api/auth/sessions"),
    ("GET", "/api/auth/tokens"),
    ("POST", "/api/auth/tokens"),
    ("PATCH", "/api/auth/me"),
    ("POST", "/api/auth/change-password"),
    ("DELETE", "/api/auth/tokens/00000000-0000-0000-0000-000000000000"),
    ("DELETE", "/api/auth/sessions/00000000-0000-0000-0000-000000000000"),
)


@pytest.mark.parametrize(
    ("role", "may"), [(Role.guest, (200, 403, 403)), (Role.user, (200, 200, 403)), (Role.admin, (200, 200, 200))]
)
async def test_what_each_role_may(door: Door, role: Role, may: tuple[int, ...]) -> None:
    member = await door.member("ann", role)
    answers = [await member.call(*what) for what in (READING, WRITING, ADMINISTERING)]
    assert tuple(answer.status_code for answer in answers) == may
    assert {answer.json()["code"] for answer in answers if answer.status_code == 403} <= {"not_allowed"}


async def test_a_guest_manages_what_is_their_own(door: Door) -> None:
    guest = await door.member("ann", Role.guest)
    assert (await guest.call("PATCH", "/api/auth/me", {"full_name": "Ann"})).status_code == 200
    assert (await guest.call("POST", "/api/auth/stream-ticket")).status_code == 200
    made = await guest.personal_token("read")
    assert (await guest.call("GET", "/api/auth/me", token=made["token"])).status_code == 200
    refused = await guest.call("POST", "/api/auth/tokens", {"name": "x", "scopes": ["write"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert (await guest.call("POST", "/api/auth/logout")).status_code == 200


@pytest.mark.parametrize(
    ("scopes", "may"),
    [
        (["read"], (200, 403, 403)),
        (["write"], (403, 200, 403)),
        (["admin"], (403, 403, 200)),
        (["read", "write"], (200, 200, 403)),
        (["read", "write", "admin"], (200, 200, 200)),
    ],
)
async def test_what_each_scope_may_and_that_none_manages_the_account(
    door: Door, scopes: list[str], may: tuple[int, ...]
) -> None:
    admin = await door.member("ann", Role.admin)
    token = (await admin.personal_token(*scopes))["token"]
    answers = [await admin.call(*what, token=token) for what in (READING, WRITING, ADMINISTERING)]
    assert tuple(answer.status_code for answer in answers) == may
    for method, path in OWN:
        body = {"name": "another", "scopes": ["read"]} if path.endswith("tokens") and method == "POST" else {}
        answer = await admin.call(method, path, body if method != "GET" else None, token=token)
        assert (answer.status_code, answer.json().get("code")) in ((403, "not_allowed"), (422, "invalid_input")), path
    assert (await admin.call("GET", "/api/auth/me")).status_code == 200, "it did not log its owner out"
    assert (await door.rows("SELECT count(*) FROM personal_tokens"))[0][0] == 1


async def test_a_token_loses_what_its_owner_loses_at_once(door: Door) -> None:
    boss, ann = await door.member("boss", Role.admin), await door.member("ann", Role.admin)
    token = (await ann.personal_token("read", "write", "admin"))["token"]
    assert (await ann.call(*ADMINISTERING, token=token)).status_code == 200
    assert (await boss.call("PATCH", f"/api/auth/users/{ann.id}", {"role": "guest"})).status_code == 200
    answers = [await ann.call(*what, token=token) for what in (READING, WRITING, ADMINISTERING)]
    assert [answer.status_code for answer in answers] == [200, 403, 403]
    await boss.call("PATCH", f"/api/auth/users/{ann.id}", {"is_active": False})
    assert (await ann.call(*READING, token=token)).status_code == 401
    await boss.call("PATCH", f"/api/auth/users/{ann.id}", {"is_active": True})
    assert (await ann.call(*READING, token=token)).status_code == 200, "it rested"
    assert (await ann.call(*READING)).status_code == 401, "sessions have ended"


async def test_a_token_that_is_not_for_administration_does_not_act_as_an_administrator(door: Door) -> None:
    admin = await door.member("ann", Role.admin)
    for scopes, role in ((["read"], "guest"), (["read", "write"], "user"), (["read", "admin"], "admin")):
        token = (await admin.personal_token(*scopes))["token"]
        assert (await admin.call("GET", "/api/protected", token=token)).json()["role"] == role


@given(role=st.sampled_from(Role), granted=st.none() | st.frozensets(st.sampled_from(Scope), min_size=1))
def test_no_token_exceeds_its_owner_or_what_it_was_made_for(role: Role, granted: frozenset[Scope] | None) -> None:
    acting = role if granted is None else acting_role(role, granted)
    caller = Caller(None, "ann", acting, granted=granted)
    assert caller.scopes == SCOPES[role] & (frozenset(Scope) if granted is None else granted)
    assert (acting is Role.admin) == (role is Role.admin and (granted is None or Scope.admin in granted))
    for scope in Scope:
        if scope in caller.scopes:
            assert allowed(caller, scope) is caller
        else:
            with pytest.raises(NotAllowed):
                allowed(caller, scope)


async def test_a_token_ends_when_it_was_said_to_also_while_the_database_is_away(
    door: Door, auth_url: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await door.member("ann")
    made = await ann.personal_token("read", expires_in_days=1)
    assert (await ann.call(*READING, token=made["token"])).status_code == 200
    assert (await ann.call("GET", "/api/protected", token=made["token"])).status_code == 200

    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    door.clock.ahead = timedelta(days=2)
    monkeypatch.setattr(door.database, "fetch", away)
    assert (await ann.call("GET", "/api/protected", token=made["token"])).status_code == 401
    clock = Clock(timedelta(days=2))
    async with open_door(auth_url, serve, clock) as other:
        assert (await other.get("/api/protected", made["token"])).status_code == 401
        clock.ahead = timedelta()
        assert (await other.get("/api/protected", made["token"])).status_code == 200
