"""What the adapters share: servers beside us that speak HTTP, that may be away, slow or odd, and that come back.

An adapter's address has a default. Nobody at the default address is normal: the service is `disabled` and says what
to start or set. Nobody at an address that was set is a fault: the service is `degraded`, and works again as soon as
the neighbour does.
"""

from app.core.adapter.address import BaseUrl
from app.core.adapter.client import BadAnswer, NeighbourAway, NeighbourError, ask, ask_lines, http_client
from app.core.adapter.neighbour import Adapter, Neighbour, checker, opener
from app.core.adapter.places import Busy, Places
from app.core.adapter.status import AdapterStatus, status_of

__all__ = [
    "Adapter",
    "AdapterStatus",
    "BadAnswer",
    "BaseUrl",
    "Busy",
    "Neighbour",
    "NeighbourAway",
    "NeighbourError",
    "Places",
    "ask",
    "ask_lines",
    "checker",
    "http_client",
    "opener",
    "status_of",
]
