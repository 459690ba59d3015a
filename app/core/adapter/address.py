"""Base URLs of neighbours, as settings hold them."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def base_url(value: str) -> str:
    """Return the URL without a slash at its end.

    Raises:
        ValueError: It is no plain http or https URL. Keys have settings of their own, so a URL never needs a password.
    """
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("should be a URL such as http://localhost:8080")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("should be a URL of host, port and path only")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(base_url)]
