"""Access and refresh tokens: JWTs, signed with HMAC-SHA256."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid5

import jwt

from app.core.access import SCOPES, Role
from app.services.gatekeeper.keys import Keys
from app.services.gatekeeper.settings import GatekeeperSettings

ALGORITHM = "HS256"
REQUIRED = ["sub", "username", "role", "scopes", "sid", "jti", "iat", "exp", "iss", "aud", "type"]
LEEWAY_SECONDS = 5

Kind = Literal["access", "refresh"]


class BadToken(Exception):
    """The token is malformed, forged, expired, or meant for something else."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """For whom tokens are issued: the account, its session, and the name (`jti`) and time of this pair."""

    user_id: UUID
    username: str
    role: Role
    session_id: UUID
    jti: UUID
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says."""

    user_id: UUID
    username: str
    role: Role
    scopes: tuple[str, ...]
    session_id: UUID
    jti: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """An access and a refresh token, with their lives in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    refresh_expires_in: int


class Tokens:
    """Issues tokens under one key, and reads those of every key that is accepted.

    Signing is deterministic: the same `Bearer` and key give the same bytes. That is why nothing of a token needs to be
    kept to hand out the same successor twice; the session row holds its name and time.

    A token names its key (`kid`), and is verified with that one or refused: no other key is tried, and the algorithm is
    ours whatever the token says.
    """

    def __init__(self, keys: Keys, settings: GatekeeperSettings) -> None:
        self._keys = keys
        self._settings = settings

    def issue(self, bearer: Bearer) -> Pair:
        """Return the pair of tokens named `bearer.jti`."""
        access, refresh = self._settings.access_seconds, self._settings.refresh_seconds
        return Pair(
            self._sign(bearer, "access", uuid5(bearer.jti, "access"), access),
            self._sign(bearer, "refresh", bearer.jti, refresh),
            access,
            refresh,
        )

    def read(self, token: str, kind: Kind) -> Claims:
        """Return the claims of a valid token of that kind.

        Raises:
            BadToken: It is not.
        """
        try:
            found = jwt.decode(
                token,
                self._key_of(token),
                algorithms=[ALGORITHM],
                issuer=self._settings.gatekeeper_issuer,
                audience=self._settings.gatekeeper_audience,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED},
            )
            if found["type"] != kind:
                raise BadToken(f"a token of type {found['type']} is no {kind} token")
            return claims(found)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            raise BadToken(str(error)) from error

    def _key_of(self, token: str) -> str:
        name = jwt.get_unverified_header(token).get("kid")
        key = self._keys.by_name.get(name) if isinstance(name, str) else None
        if key is None:
            raise BadToken("signed with a key that is not accepted")
        return key

    def _sign(self, bearer: Bearer, kind: Kind, jti: UUID, seconds: int) -> str:
        issued = int(bearer.issued_at.timestamp())
        content: dict[str, Any] = {
            "sub": str(bearer.user_id),
            "username": bearer.username,
            "role": str(bearer.role),
            "scopes": sorted(SCOPES[bearer.role]),
            "sid": str(bearer.session_id),
            "jti": str(jti),
            "iat": issued,
            "exp": issued + seconds,
            "iss": self._settings.gatekeeper_issuer,
            "aud": self._settings.gatekeeper_audience,
            "type": kind,
        }
        return jwt.encode(content, self._keys.signing, ALGORITHM, headers={"kid": self._keys.name})


def claims(found: dict[str, Any]) -> Claims:
    """Return the typed claims.

    Raises:
        ValueError, TypeError: One has an impossible value.
    """
    return Claims(
        user_id=UUID(found["sub"]),
        username=str(found["username"]),
        role=Role(found["role"]),
        scopes=tuple(map(str, found["scopes"])),
        session_id=UUID(found["sid"]),
        jti=UUID(found["jti"]),
        expires_at=datetime.fromtimestamp(found["exp"], UTC),
    )
