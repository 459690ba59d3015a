"""Which passwords are taken, changing one, and how many may be hashed and wait."""

import asyncio
import json
import threading
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.gatekeeper import password_hasher
from app.services.gatekeeper.errors import TooManyLogins
from app.services.gatekeeper.failures import LocalFailures
from app.services.gatekeeper.password_hasher import PasswordHasher
from app.services.gatekeeper.passwords import hash_password, is_common, names_its_owner, verify_password
from tests.conftest import Serve
from tests.services.gatekeeper.conftest import PASSWORD, Clock, Door, open_door

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


@settings(max_examples=25, deadline=None)
@given(password=st.text(min_size=1, max_size=128), other=st.text(min_size=1, max_size=128))
def test_a_hash_fits_its_password_and_no_other(password: str, other: str) -> None:
    kept = hash_password(password, 1000)
    assert verify_password(password, kept)
    assert verify_password(other, kept) == (other == password)
    assert kept != hash_password(password, 1000), "the salt differs"


def test_common_passwords_are_known_and_the_readmes_is_not_one() -> None:
    assert is_common("password")
    assert is_common("QWERTYUIOP")
    assert not is_common(PASSWORD)


@pytest.mark.parametrize(
    ("password", "named"),
    [
        ("Annabelle.Lee", True),
        ("ANNABELLE.LEE", True),
        ("abelle@example.com", True),
        ("abelle", True),
        ("annabelle.lee1", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_a_password_may_not_be_the_name(password: str, named: bool) -> None:
    assert names_its_owner(password, "annabelle.lee", "abelle@example.com") == named
    assert not names_its_owner(password, None, None)


@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("x" * 7, 422),
        ("Reynard8", 200),
        ("\U0001f98a" * 128, 200),
        ("\U0001f98a" * 129, 422),
        ("annabelle", 422),
        ("ANN@example.com", 422),
        ("\ud800 is half a letter", 422),
        ("null\0 is a letter", 200),
    ],
)
async def test_which_passwords_are_taken(door: Door, password: str, status: int) -> None:
    body = {"username": "annabelle", "email": "ann@example.com", "password": password}
    answer = await door.client.post("/api/auth/register", content=json.dumps(body), headers=JSON)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert [item["field"] for item in answer.json()["errors"]] == ["password"]
        assert password not in answer.text
    else:
        await door.login("annabelle", password)


@pytest.mark.parametrize(
    ("new", "status", "code"),
    [
        ("annabelle", 422, "password_too_easy"),
        ("ann@example.com", 422, "password_too_easy"),
        (PASSWORD, 422, "password_too_easy"),
        ("short", 422, "invalid_input"),
        ("password123", 422, "invalid_input"),
    ],
)
async def test_a_new_password_must_be_as_good(door: Door, new: str, status: int, code: str) -> None:
    ann = await door.member("annabelle")
    await ann.call("PATCH", "/api/auth/me", {"email": "ann@example.com"})
    change = {"current_password": PASSWORD, "new_password": new}
    answer = await ann.call("POST", "/api/auth/change-password", change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "new_password" in answer.json()["detail"]
    await door.login("annabelle")


async def test_whoever_has_a_token_does_not_guess_the_password_for_ever(auth_url: str, serve: Serve) -> None:
    async with open_door(auth_url, serve, Clock(), failures=LocalFailures(lambda: 0.0)) as door:
        ann = await door.member("ann")
        change = {"current_password": "a wrong one", "new_password": "a better password"}
        answers = [await ann.call("POST", "/api/auth/change-password", change) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [403] * 6 + [429]
        assert answers[0].json()["code"] == "wrong_password"
        rows = await door.rows("SELECT outcome, actor FROM audit_log WHERE event = 'password_changed'")
        assert [tuple(row) for row in rows] == [("failure", "ann")] * 6


async def test_of_two_changes_at_once_one_holds(door: Door) -> None:
    ann = await door.member("ann")
    wanted = [f"a better password {number}" for number in range(4)]
    answers = await asyncio.gather(
        *(
            ann.call("POST", "/api/auth/change-password", {"current_password": PASSWORD, "new_password": new})
            for new in wanted
        )
    )
    won = [new for new, answer in zip(wanted, answers, strict=True) if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.status_code for answer in answers} == {200, 403}
    await door.login("ann", won[0])


class Held(PasswordHasher):
    """Hashes once it is let."""

    def __init__(self) -> None:
        super().__init__(1000)
        self.let = threading.Event()
        self.working = self.most = 0
        self._count = threading.Lock()

    def work(self) -> None:
        with self._count:
            self.working += 1
            self.most = max(self.most, self.working)
        self.let.wait(60)
        with self._count:
            self.working -= 1


async def test_so_many_are_hashed_and_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_hasher, "WAITING", 5)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    hasher = Held()
    taken = [asyncio.create_task(hasher._run(partial(hasher.work))) for _ in range(8)]
    await asyncio.sleep(0)
    for refusing in (hasher.hash("x"), hasher.verify("x", None)):
        with pytest.raises(TooManyLogins) as refused:
            await refusing
        assert int(refused.value.headers["Retry-After"]) > 0
    taken[-1].cancel()
    await asyncio.gather(taken[-1], return_exceptions=True)
    another = asyncio.create_task(hasher._run(partial(hasher.work)))
    await asyncio.sleep(0)
    assert not another.done(), "who hangs up makes room"
    hasher.let.set()
    await asyncio.gather(*taken[:-1], another)
    assert hasher.most <= 3
    hasher.close()


async def test_when_too_many_wait_the_answer_says_when_to_come_back(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await door.member("ann")
    monkeypatch.setattr(door.hasher, "_most", 0)
    body = {"username": "ann", "password": PASSWORD}
    change = {"current_password": PASSWORD, "new_password": "a better password"}
    for answer in (
        await door.client.post("/api/auth/login", json=body),
        await door.register("bob"),
        await ann.call("POST", "/api/auth/change-password", change),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "too_many_logins")
        assert int(answer.headers["retry-after"]) > 0
    assert (await ann.call("GET", "/api/protected")).status_code == 200


async def test_fifty_logins_at_once_get_in(door: Door) -> None:
    await door.register("ann")
    pairs = await asyncio.gather(*(door.login("ann") for _ in range(50)))
    assert len({pair["refresh_token"] for pair in pairs}) == 50
