"""Keys, lifetimes and costs."""

import json
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from app.core.settings import Slice, split_commas


def split_keys(value: object) -> object:
    """Turn `a, b` or `["a", "b"]` into a list.

    Raises:
        ValueError: It begins like a JSON list and is none.
    """
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return split_commas(value)
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        raise ValueError('write the keys with commas between, or as a JSON list: ["...", "..."]') from None


SecretKeys = Annotated[list[SecretStr], NoDecode, BeforeValidator(split_keys)]


class GatekeeperSettings(Slice):
    """Settings of tokens and passwords; the GATEKEEPER_ lifetimes win over the plain ones."""

    model_config = SettingsConfigDict(env_prefix="")

    secret_key: SecretStr | None = None
    secret_keys_previous: SecretKeys = []
    access_token_expire_minutes: int = Field(default=30, ge=1, le=24 * 60)
    refresh_token_expire_days: int = Field(default=7, ge=1, le=365)
    gatekeeper_access_token_expire_minutes: int | None = Field(default=None, ge=1, le=24 * 60)
    gatekeeper_refresh_token_expire_days: int | None = Field(default=None, ge=1, le=365)
    gatekeeper_issuer: str = "reynard"
    gatekeeper_audience: str = "reynard"
    gatekeeper_pbkdf2_iterations: int = Field(default=600_000, ge=1_000, le=10_000_000)
    gatekeeper_audit_days: int = Field(default=90, ge=1, le=3650)

    @property
    def access_seconds(self) -> int:
        """Life of an access token."""
        return 60 * (self.gatekeeper_access_token_expire_minutes or self.access_token_expire_minutes)

    @property
    def refresh_seconds(self) -> int:
        """Life of a refresh token, and so of a session that is not used."""
        return 86_400 * (self.gatekeeper_refresh_token_expire_days or self.refresh_token_expire_days)
