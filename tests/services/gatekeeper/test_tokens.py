"""Tokens, passwords and keys, without a server."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.access import SCOPES, Role
from app.services.gatekeeper.keys import Keys, name_of
from app.services.gatekeeper.settings import GatekeeperSettings
from app.services.gatekeeper.tokens import REQUIRED, BadToken, Bearer, Tokens

KEY = "a key for tests that is long enough to be one"
SETTINGS = GatekeeperSettings(_env_file=None)
TOKENS = Tokens(Keys(KEY), SETTINGS)


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


OLD = "the key before it, which is also long enough"
ROTATED = Tokens(Keys("a new key that is long enough to be one as well", (KEY, OLD)), SETTINGS)


def forged(change: dict[str, str | None], key: str, algorithm: str = "HS256", **header: Any) -> str:
    """Return a token that is like a real one but for what is given."""
    claims = content(TOKENS.issue(bearer()).access_token) | change
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm, headers={"kid": name_of(KEY)} | header)


def test_what_is_forged_below_would_be_good_without_the_change() -> None:
    assert TOKENS.read(forged({}, KEY), "access").username == "ann"


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
    with pytest.raises(BadToken):
        TOKENS.read(forged(change, key, algorithm), "access")


@pytest.mark.parametrize("kid", ["", "unknown", "../../etc/passwd", "' OR 1=1 --", KEY, name_of("some other key")])
def test_a_key_that_is_not_ours_is_not_looked_for(kid: str) -> None:
    with pytest.raises(BadToken, match="key that is not accepted"):
        TOKENS.read(forged({}, KEY, kid=kid), "access")


def test_a_token_without_a_key_or_with_one_that_is_no_text_is_refused() -> None:
    claims = content(TOKENS.issue(bearer()).access_token)
    with pytest.raises(BadToken):
        TOKENS.read(jwt.encode(claims, KEY, "HS256"), "access")
    head = b64(b'{"alg":"HS256","kid":["%s"],"typ":"JWT"}' % name_of(KEY).encode())
    body = TOKENS.issue(bearer()).access_token.split(".")[1]
    signature = b64(hmac.digest(KEY.encode(), f"{head}.{body}".encode(), "sha256"))
    with pytest.raises(BadToken):
        TOKENS.read(f"{head}.{body}.{signature}", "access")


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_that_names_one_key_and_is_signed_with_another_is_refused_though_both_are_ours() -> None:
    for named, key in ((KEY, OLD), (OLD, KEY)):
        with pytest.raises(BadToken):
            ROTATED.read(forged({}, key, kid=name_of(named)), "access")


def test_keys_in_the_header_are_not_believed() -> None:
    mine = "a key of the attacker that is long enough"
    embedded = {"kty": "oct", "k": b64(mine.encode())}
    with pytest.raises(BadToken):
        TOKENS.read(forged({}, mine, jwk=embedded, jku="http://127.0.0.1/keys", x5u="http://127.0.0.1/x"), "access")


def test_tokens_of_the_key_before_are_good_and_new_ones_are_of_the_new_key() -> None:
    before = TOKENS.issue(bearer())
    assert ROTATED.read(before.access_token, "access").username == "ann"
    assert ROTATED.read(before.refresh_token, "refresh").username == "ann"
    with pytest.raises(BadToken):
        TOKENS.read(ROTATED.issue(bearer()).access_token, "access")
    with pytest.raises(BadToken):
        Tokens(Keys(OLD), SETTINGS).read(before.access_token, "access")


@pytest.mark.parametrize("role", Role)
def test_a_token_says_what_its_role_may(role: Role) -> None:
    token = TOKENS.issue(replace(bearer(), role=role)).access_token
    assert content(token)["scopes"] == sorted(SCOPES[role])


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
