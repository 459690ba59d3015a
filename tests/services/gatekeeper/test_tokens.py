"""Tokens, passwords and keys, without a server."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.access import Role
from app.core.registry import ServiceFailed
from app.core.settings import load_settings
from app.services.gatekeeper.passwords import hash_password, is_common, verify_password
from app.services.gatekeeper.secret_key import is_weak, kept_key, secret_key
from app.services.gatekeeper.settings import GatekeeperSettings
from app.services.gatekeeper.tokens import REQUIRED, BadToken, Bearer, Tokens

KEY = "a key for tests that is long enough to be one"
TOKENS = Tokens(KEY, GatekeeperSettings(_env_file=None))


def bearer(issued_at: datetime | None = None) -> Bearer:
    now = issued_at or datetime.now(UTC).replace(microsecond=0)
    return Bearer(uuid4(), "ann", Role.user, uuid4(), uuid4(), now)


def content(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_a_pair_says_what_it_was_issued_for_and_is_the_same_bytes_again() -> None:
    who = bearer()
    pair = TOKENS.issue(who)
    shown = TOKENS.read(pair.access_token, "access")
    assert (shown.user_id, shown.username, shown.session_id) == (who.user_id, "ann", who.session_id)
    assert TOKENS.read(pair.refresh_token, "refresh").jti == who.jti
    assert set(REQUIRED) == set(content(pair.access_token))
    assert TOKENS.issue(who) == pair


def test_one_kind_is_not_taken_for_the_other() -> None:
    pair = TOKENS.issue(bearer())
    with pytest.raises(BadToken):
        TOKENS.read(pair.refresh_token, "access")
    with pytest.raises(BadToken):
        TOKENS.read(pair.access_token, "refresh")


def test_an_expired_token_is_refused() -> None:
    old = TOKENS.issue(bearer(datetime.now(UTC) - timedelta(minutes=31)))
    with pytest.raises(BadToken):
        TOKENS.read(old.access_token, "access")


@pytest.mark.parametrize(
    ("change", "key", "algorithm"),
    [
        ({}, "another key that is also long enough for it", "HS256"),
        ({}, KEY, "HS512"),
        ({}, "", "none"),
        ({"aud": "elsewhere"}, KEY, "HS256"),
        ({"iss": "elsewhere"}, KEY, "HS256"),
        ({"sid": "no uuid"}, KEY, "HS256"),
        ({"role": "emperor"}, KEY, "HS256"),
        ({"exp": None}, KEY, "HS256"),
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_forged_tokens_are_refused(change: dict[str, str | None], key: str, algorithm: str) -> None:
    claims = content(TOKENS.issue(bearer()).access_token) | change
    forged = jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm)
    with pytest.raises(BadToken):
        TOKENS.read(forged, "access")


@settings(max_examples=200, deadline=None)
@given(place=st.integers(min_value=0), letter=st.sampled_from("Aa0_-."))
def test_a_changed_letter_is_noticed(place: int, letter: str) -> None:
    who = Bearer(uuid4(), "ann", Role.user, uuid4(), uuid4(), datetime.now(UTC).replace(microsecond=0))
    token = TOKENS.issue(who).access_token
    place %= len(token) - 2  # the last letter of a signature carries bits that decode to nothing
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(BadToken):
            TOKENS.read(changed, "access")


@settings(max_examples=25, deadline=None)
@given(password=st.text(min_size=1, max_size=60), other=st.text(min_size=1, max_size=60))
def test_a_hash_fits_its_password_and_no_other(password: str, other: str) -> None:
    kept = hash_password(password, 1000)
    assert verify_password(password, kept)
    assert verify_password(other, kept) == (other == password)
    assert kept != hash_password(password, 1000), "the salt differs"


def test_common_passwords_are_known_and_the_readmes_is_not_one() -> None:
    assert is_common("password")
    assert is_common("QWERTYUIOP")
    assert not is_common("testpassword123")


def test_a_key_is_made_once_by_many_at_the_same_time_and_readable_to_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: kept_key(file), range(16)))
    assert len(keys) == 1
    assert not is_weak(keys.pop())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("content", ["", "short", "\n"])
def test_a_damaged_key_file_signs_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret_key"
    file.write_text(content)
    with pytest.raises(ServiceFailed, match="is damaged: delete it"):
        kept_key(file)


def test_a_key_that_cannot_be_kept_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file where the directory should be")
    with pytest.raises(ServiceFailed, match=r"cannot be used .*: let this user write there"):
        kept_key(tmp_path / "occupied" / "secret_key")


WEAK = (None, "short", "change-me-please-change-me-please-change", "my-Super-SECRET-key-of-32-letters!", "a" * 64)


@pytest.mark.parametrize("key", WEAK)
def test_production_demands_a_real_key(key: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("REYNARD_DATA_DIR", str(tmp_path))
    if key:
        monkeypatch.setenv("SECRET_KEY", key)
    with pytest.raises(ServiceFailed, match="SECRET_KEY must be"):
        secret_key(load_settings([GatekeeperSettings]))
