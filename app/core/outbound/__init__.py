"""URLs and hosts that users name: only public addresses are reached, within bounds of time and size."""

from app.core.outbound.connecting import connect
from app.core.outbound.errors import HostFailed, HostRefused, UrlFailed, UrlRefused
from app.core.outbound.fetching import Fetched, fetch
from app.core.outbound.pinning import Resolve, system_resolver
from app.core.outbound.settings import OutboundSettings

__all__ = [
    "Fetched",
    "HostFailed",
    "HostRefused",
    "OutboundSettings",
    "Resolve",
    "UrlFailed",
    "UrlRefused",
    "connect",
    "fetch",
    "system_resolver",
]
