"""What every test of pictures needs."""

import pytest


@pytest.fixture(autouse=True)
def many_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test register somebody, from one address."""
    monkeypatch.setenv("RATE_LIMIT_AUTH", "1000000/minute")
