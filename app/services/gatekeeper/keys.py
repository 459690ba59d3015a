"""The keys of tokens: one signs, and those before it are still accepted."""

from dataclasses import dataclass, field
from hashlib import sha256

MIN_LENGTH = 32
"""Bytes of an HMAC-SHA256 key (RFC 7518, 3.2)."""


def name_of(key: str) -> str:
    """Return the `kid` of a key: the same in every process, and no help in finding it."""
    return sha256(key.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Keys:
    """The key that signs, and those that are accepted as well; not shown when printed."""

    signing: str = field(repr=False)
    previous: tuple[str, ...] = field(default=(), repr=False)
    by_name: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Name the keys."""
        object.__setattr__(self, "by_name", {name_of(key): key for key in (*self.previous, self.signing)})

    @property
    def name(self) -> str:
        """The `kid` of the key that signs."""
        return name_of(self.signing)
