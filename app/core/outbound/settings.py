"""Where URLs of users may lead besides public addresses."""

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import AfterValidator
from pydantic_settings import SettingsConfigDict

from app.core.networks import check_networks
from app.core.settings import CommaSeparated, Slice


class OutboundSettings(Slice):
    """Settings of URLs that users name."""

    model_config = SettingsConfigDict(env_prefix="OUTBOUND_")

    allowed_networks: Annotated[CommaSeparated, AfterValidator(check_networks)] = []

    @cached_property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """OUTBOUND_ALLOWED_NETWORKS as networks."""
        return tuple(ip_network(network) for network in self.allowed_networks)
