"""The key of stored credentials, and how much mail is taken how often."""

from typing import Annotated

from cryptography.fernet import Fernet
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from app.core.settings import Slice


def fernet_keys(value: SecretStr) -> SecretStr:
    """Return the value when it is one Fernet key or several separated by commas, the newest first.

    Raises:
        ValueError: One of them is no key.
    """
    for key in value.get_secret_value().split(","):
        try:
            Fernet(key.strip())
        except ValueError as error:
            raise ValueError(
                "should hold Fernet keys; make one with: python -c "
                "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
            ) from error
    return value


class EmailSettings(Slice):
    """Settings of the mail room."""

    model_config = SettingsConfigDict(env_prefix="EMAIL_")

    encryption_key: Annotated[SecretStr, AfterValidator(fernet_keys)] | None = None
    accounts: int = Field(default=10, ge=1, le=1000, description="Accounts of one user")
    timeout: float = Field(default=20.0, gt=0, le=300, description="Seconds that one answer of a mail server may take")
    max_message_mb: int = Field(default=25, ge=1, le=100, description="Larger messages are known by their headers only")
    sync_seconds: int = Field(default=300, ge=0, le=86_400, description="Between two looks at a mailbox; 0: on demand")
    sync_messages: int = Field(default=10_000, ge=1, le=1_000_000, description="New ones of a folder in one look")
    bulk_per_minute: int = Field(default=60, ge=1, le=6000, description="Messages of one account's batches")

    @property
    def max_message_bytes(self) -> int:
        """EMAIL_MAX_MESSAGE_MB in bytes."""
        return self.max_message_mb * 1_000_000
