"""Where a request comes from, as sessions and the audit log keep it."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from app.core.client import client_address, network_of, parsed

LONGEST_USER_AGENT = 200

UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
"""What a browser never says of itself, and what could break a terminal that shows it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The client's address, what it says it is, and the id of the request; None where there is none (a script)."""

    address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None

    @property
    def network(self) -> str:
        """What counts as one client (see `network_of`); all callers without an address are one."""
        return network_of(self.address or "")


async def origin_of(connection: HTTPConnection) -> Origin:
    """Return where this request comes from."""
    address = client_address(connection.scope)
    user_agent = UNPRINTABLE.sub("", connection.headers.get("user-agent", ""))[:LONGEST_USER_AGENT]
    return Origin(address if parsed(address) else None, user_agent or None, connection.scope["state"].get("request_id"))


OriginDep = Annotated[Origin, Depends(origin_of)]
