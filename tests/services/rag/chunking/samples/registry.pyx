"""Keeps services by name."""

from typing import overload

LIMIT = 64
type Name = str

try:
    import fast

    FAST = True
except ImportError:
    FAST = False


# Why a service did not start.
class StartFailed(Exception):
    """A start that failed."""

    status = 503

    def __init__(self, name):
        super().__init__(name)


@final
class Registry[T]:
    """Services by name."""

    depth: int = 0

    @property
    def size(self) -> int:
        return len(self._services)

    @size.setter
    def size(self, value: int) -> None:
        self._services = self._services[:value]

    # Opens all of them.
    async def open(self) -> None:
        async def one(name):
            await self._open(name)

        for name in self._services:
            await one(name)

    class Entry:
        name: str


@overload
def get(name: str) -> int: ...
@overload
def get(name: int) -> str: ...
def get(name):
    """Return a service."""
    return _services[name]


double = lambda value: value * 2

if __name__ == "__main__":
    get("x")
