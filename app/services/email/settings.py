"""The key of stored credentials."""

from typing import Annotated

from cryptography.fernet import Fernet
from pydantic import AfterValidator, SecretStr
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
