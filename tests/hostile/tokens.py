"""Tokens that are forged, confused, stale, or meant for something else: 401, and never a word about why."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256, sha384, sha512
from typing import Any
from uuid import uuid4

import jwt

from tests.hostile.attack import Attack, Scene, http, sent_json


def part(content: object) -> str:
    """Return one part of a token."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: object, claims: object, key: bytes, digest: Any = sha256) -> str:
    """Return a token with a signature of our own making, whatever its header says."""
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{part(hmac.new(key, text.encode(), digest).digest())}"


HEADERS: dict[str, dict[str, Any]] = {
    "alg none": {"alg": "none"},
    "alg None": {"alg": "None"},
    "alg nOnE": {"alg": "nOnE"},
    "alg NONE with a key": {"alg": "NONE", "kid": "0"},
    "no alg": {"typ": "JWT"},
    "alg null": {"alg": None},
    "alg as a list": {"alg": ["HS256"]},
    "alg empty": {"alg": ""},
    "alg HS384": {"alg": "HS384"},
    "alg HS512": {"alg": "HS512"},
    "alg RS256": {"alg": "RS256"},
    "alg ES256": {"alg": "ES256"},
    "alg EdDSA": {"alg": "EdDSA"},
    "alg dir": {"alg": "dir", "enc": "A256GCM"},
    "kid of a file": {"alg": "HS256", "kid": "../../../../dev/null"},
    "kid with SQL": {"alg": "HS256", "kid": "' UNION SELECT 'key"},
    "kid as a number": {"alg": "HS256", "kid": 0},
    "kid as a list": {"alg": "HS256", "kid": ["a"]},
    "kid null": {"alg": "HS256", "kid": None},
    "kid empty": {"alg": "HS256", "kid": ""},
    "kid of a megabyte": {"alg": "HS256", "kid": "x" * 10_000},
    "a key of its own": {"alg": "HS256", "jwk": {"kty": "oct", "k": "YQ"}},
    "a key at a URL": {"alg": "HS256", "jku": "http://169.254.169.254/keys", "kid": "a"},
    "a certificate at a URL": {"alg": "HS256", "x5u": "http://127.0.0.1/"},
    "critical that nobody knows": {"alg": "HS256", "crit": ["b64"], "b64": False},
    "compressed": {"alg": "HS256", "zip": "DEF"},
}
CHANGES: dict[str, dict[str, Any]] = {
    "expired": {"exp": 1},
    "expires before it was issued": {"iat": 2_000_000_000, "exp": 1_999_999_999},
    "not yet": {"nbf": 4_000_000_000},
    "issued in the future": {"iat": 4_000_000_000},
    "expires as text": {"exp": "never"},
    "expires at infinity": {"exp": 1e400},
    "expires as a list": {"exp": []},
    "foreign audience": {"aud": "another"},
    "audience as a number": {"aud": 1},
    "foreign issuer": {"iss": "https://evil.example"},
    "issuer as a list": {"iss": ["reynard"]},
    "a refresh token's type": {"type": "refresh"},
    "no type": {"type": None},
    "subject that nobody is": {"sub": str(uuid4())},
    "subject with SQL": {"sub": "' OR 1=1--"},
    "subject as an object": {"sub": {"$ne": None}},
    "session that never was": {"sid": str(uuid4())},
    "session with SQL": {"sid": "'; DROP TABLE sessions;--"},
    "session null": {"sid": None},
    "role that does not exist": {"role": "root"},
    "role as a list": {"role": ["admin"]},
    "scopes as a number": {"scopes": 7},
}
SHAPES = (
    "",
    ".",
    "..",
    "...",
    "a.b",
    "a.b.c",
    "a.b.c.d",
    "a.b.c.d.e",
    "Bearer",
    "null",
    "undefined",
    "{}",
    "[object Object]",
    "rey_",
    "rey_" + "a" * 43,
    "rey_' OR '1'='1",
    "e30.e30.",
    "e30.e30.e30",
    "eyJhbGciOiJub25lIn0.e30.",
    "\u00e9.\u00e9.\u00e9",
)


def attacks(scene: Scene) -> Iterator[Attack]:
    """Yield them, at a route that tells who one is; around them the genuine token, which must be good all along."""
    control = http("GET", "/api/auth/me", {"Authorization": f"Bearer {scene.user}"})
    yield Attack("the genuine token, before", control, (200,))
    yield from forgeries(scene)
    yield Attack("the genuine token, after", control, (200,))


def forgeries(scene: Scene) -> Iterator[Attack]:
    """Yield tokens that differ from the genuine one in one thing each, and what is no token."""
    genuine = jwt.decode(scene.user, options={"verify_signature": False})
    header = jwt.get_unverified_header(scene.user)
    digests = {"HS384": sha384, "HS512": sha512}
    for name, wanted in HEADERS.items():
        algorithm = str(wanted.get("alg"))
        digest = digests.get(algorithm, sha256)
        secret = scene.key if algorithm in digests else "a guess"
        yield told(name, signed(wanted, genuine, secret.encode(), digest))
        if str(wanted.get("alg")).lower() == "none":
            yield told(f"{name} without a signature", f"{part(wanted)}.{part(genuine)}.")
    for name, change in CHANGES.items():
        claims = {key: value for key, value in (genuine | change).items() if value is not None}
        yield told(name, signed(header, claims, scene.key.encode()))
    for name in ("sub", "sid", "exp", "iat", "jti", "iss", "aud", "type", "role", "username"):
        less = {key: value for key, value in genuine.items() if key != name}
        yield told(f"without {name}", signed(header, less, scene.key.encode()))
    yield told("a guessed key", signed(header, genuine, b"secret"))
    yield told("an empty key", signed(header, genuine, b""))
    yield told("another payload under the same signature", spliced(scene.user, genuine | {"role": "admin"}))
    yield told("the signature cut", scene.user[:-4])
    yield told("the signature doubled", scene.user + scene.user[-4:])
    yield told("claims that are a list", signed(header, [genuine], scene.key.encode()))
    yield told("claims that are no JSON", signed(header, b"\xff\xfe", scene.key.encode()))
    yield told("claims with a key twice", signed(header, doubled(genuine), scene.key.encode()))
    yield told("claims nested deep", signed(header, b'{"a":' * 5000 + b"1" + b"}" * 5000, scene.key.encode()))
    yield told("a refresh token", scene.refresh)
    for shape in SHAPES:
        yield told(f"shape {shape[:24]!a}", shape)
    for scheme in ("Basic YTpi", f"Token {scene.user}", f"Bearer {scene.user} {scene.user}", scene.user, "Digest a=b"):
        request = http("GET", "/api/auth/me", {"Authorization": scheme})
        yield Attack(f"scheme {scheme[:12]}", request, (401,), "not_authenticated")
    yield Attack("a token in the query", http("GET", f"/api/auth/me?token={scene.user}"), (401,), "not_authenticated")
    yield Attack("a token in a cookie", http("GET", "/api/auth/me", {"Cookie": f"access_token={scene.user}"}), (401,))
    access_for_refresh = sent_json("POST", "/api/auth/refresh", {"refresh_token": scene.user})
    yield Attack("an access token to refresh with", access_for_refresh, (401,), "invalid_refresh_token")
    later = int(time.time()) + 10**6
    forged = signed({"alg": "none"}, genuine | {"type": "refresh", "exp": later}, b"")
    yield Attack(
        "a forged one to refresh with", sent_json("POST", "/api/auth/refresh", {"refresh_token": forged}), (401,)
    )


def told(name: str, token: str) -> Attack:
    """Return the attempt to be somebody with this token."""
    request = http("GET", "/api/auth/me", {"Authorization": f"Bearer {token}"})
    return Attack(f"token: {name}", request, (401,), "not_authenticated")


def spliced(token: str, claims: object) -> str:
    """Return a token with other claims under the signature of this one."""
    head, _, signature = token.split(".")
    return f"{head}.{part(claims)}.{signature}"


def doubled(claims: dict[str, Any]) -> bytes:
    """Return claims of which the role stands twice, and the expiry, once in the past."""
    return json.dumps(claims)[:-1].encode() + b', "exp": 1}'
