"""Texts in memory, within a bound of bytes."""

from collections import OrderedDict

OVERHEAD_BYTES = 200
"""What a kept text takes beside its bytes: two objects and its place in the table."""


class KeptTexts:
    """The texts used last, by file and hash of the content."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()

    @property
    def room(self) -> int:
        """Bytes that can be kept without another text making room."""
        return self._most_bytes - self._bytes

    def get(self, file_id: int, content_hash: bytes) -> bytes | None:
        """Return the text of the file with that content, if it is kept."""
        found = self._kept.get(file_id)
        if found is None or found[0] != content_hash:
            return None
        self._kept.move_to_end(file_id)
        return found[1]

    def put(self, file_id: int, content_hash: bytes, content: bytes) -> None:
        """Keep a text in place of an older one; those that were not asked for longest make room."""
        self.drop(file_id)
        self._kept[file_id] = content_hash, content
        self._bytes += len(content) + OVERHEAD_BYTES
        while self._bytes > self._most_bytes:
            self.drop(next(iter(self._kept)))

    def drop(self, file_id: int) -> None:
        """Forget the text of a file."""
        if (found := self._kept.pop(file_id, None)) is not None:
            self._bytes -= len(found[1]) + OVERHEAD_BYTES
