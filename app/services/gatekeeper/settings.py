"""Keys, lifetimes and costs."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from app.core.settings import Slice


class GatekeeperSettings(Slice):
    """Settings of tokens and passwords; the GATEKEEPER_ lifetimes win over the plain ones."""

    model_config = SettingsConfigDict(env_prefix="")

    secret_key: SecretStr | None = None
    access_token_expire_minutes: int = Field(default=30, ge=1, le=24 * 60)
    refresh_token_expire_days: int = Field(default=7, ge=1, le=365)
    gatekeeper_access_token_expire_minutes: int | None = Field(default=None, ge=1, le=24 * 60)
    gatekeeper_refresh_token_expire_days: int | None = Field(default=None, ge=1, le=365)
    gatekeeper_issuer: str = "reynard"
    gatekeeper_audience: str = "reynard"
    gatekeeper_pbkdf2_iterations: int = Field(default=600_000, ge=1_000, le=10_000_000)

    @property
    def access_seconds(self) -> int:
        """Life of an access token."""
        return 60 * (self.gatekeeper_access_token_expire_minutes or self.access_token_expire_minutes)

    @property
    def refresh_seconds(self) -> int:
        """Life of a refresh token, and so of a session that is not used."""
        return 86_400 * (self.gatekeeper_refresh_token_expire_days or self.refresh_token_expire_days)
