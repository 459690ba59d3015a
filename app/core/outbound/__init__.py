"""URLs that users name: fetched from public addresses only, within bounds of time and size."""

from app.core.outbound.errors import UrlFailed, UrlRefused
from app.core.outbound.fetching import Fetched, fetch
from app.core.outbound.pinning import Resolve, system_resolver
from app.core.outbound.settings import OutboundSettings

__all__ = ["Fetched", "OutboundSettings", "Resolve", "UrlFailed", "UrlRefused", "fetch", "system_resolver"]
