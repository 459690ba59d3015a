"""Whom we answer, whom we believe, and how large and slow a body may be."""

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from app.core.limits import Body
from app.core.networks import check_networks
from app.core.settings import CommaSeparated, Slice
from app.middleware.hosts import check_pattern

MIB = 1 << 20


def check_patterns(patterns: list[str]) -> list[str]:
    """Return the patterns in the form they are compared in.

    Raises:
        ValueError: One is no host name.
    """
    return [check_pattern(pattern) for pattern in patterns]


class WallSettings(Slice):
    """Settings of what every request passes; sizes in MiB."""

    model_config = SettingsConfigDict(env_prefix="")

    trusted_hosts: Annotated[CommaSeparated, AfterValidator(check_patterns)] = [
        "localhost",
        "*.localhost",
        "127.0.0.1",
        "[::1]",
    ]
    trusted_proxies: Annotated[CommaSeparated, AfterValidator(check_networks)] = []
    body_limit_json_mb: int = Field(default=1, ge=1, le=1024)
    body_limit_documents_mb: int = Field(default=8, ge=1, le=1024)
    body_limit_upload_mb: int = Field(default=64, ge=1, le=16_384)
    body_limit_seconds: float = Field(default=10.0, gt=0, le=600)

    @cached_property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """TRUSTED_PROXIES as networks."""
        return tuple(ip_network(network) for network in self.trusted_proxies)

    @property
    def body_limits(self) -> dict[Body, int]:
        """The largest body of each class, in bytes."""
        return {
            Body.json: self.body_limit_json_mb * MIB,
            Body.documents: self.body_limit_documents_mb * MIB,
            Body.upload: self.body_limit_upload_mb * MIB,
        }
