"""What rooms may know of accounts without knowing the room that keeps them."""

from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable
from uuid import UUID

Removal = Callable[[UUID], Awaitable[None]]
"""Deletes what an account owns in a room; may be called again for the same account."""


@runtime_checkable
class AccountKeeper(Protocol):
    """The service that keeps accounts: Gatekeeper. A room that `wants` it says what is to go with an account."""

    def before_deletion(self, removal: Removal) -> Callable[[], None]:
        """Have `removal` called before an account goes; return what takes that back.

        What an account owns goes first and the account last: if a removal raises, the account stays, and deleting it
        again does what is left.
        """
