"""Messages as they are read by the children."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from app.core.bounded import ChildFailed, Children

MODULE = "app.services.email.reading_process"
CHILDREN = 2
SECONDS = 15.0
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
SKEW = timedelta(days=1)
"""By so much the clock of a sender may be ahead."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it was read; everything in it is the claim of whoever sent it.

    `sent_at` is None where it claims no time that can be. One that cannot be read is empty, and `whole` is False.
    """

    whole: bool
    message_id: str
    replies_to: str | None
    subject: str
    sender: str
    sender_name: str
    recipients: list[str]
    sent_at: datetime | None
    text: str
    files: list[File]


UNREADABLE = Letter(False, "", None, "", "", "", [], None, "", [])


class Reader:
    """Reads messages in children."""

    def __init__(self, most_bytes: int) -> None:
        """Take the limit: of an answer, which holds a text and the files of one message."""
        self._children = Children(MODULE, size=CHILDREN, seconds=SECONDS, most_bytes=2 * most_bytes + 4_000_000)

    async def read(self, raw: bytes) -> Letter:
        """Return a message; one that takes more time or memory than it may is unreadable."""
        try:
            answer = await self._children.ask(raw)
        except ChildFailed:
            return UNREADABLE
        size = int.from_bytes(answer[:8])
        head = orjson.loads(answer[8 : 8 + size])
        named, position, files = head.pop("files"), 8 + size, []
        for item in named:
            files.append(File(item["name"], item["media_type"], answer[position : position + item["size"]]))
            position += item["size"]
        claimed = head.pop("sent_at")
        return Letter(sent_at=possible(claimed), files=files, **head)

    async def aclose(self) -> None:
        """End the children."""
        await self._children.aclose()


def possible(claimed: str | None) -> datetime | None:
    """Return the time a message claims to be from, unless it lies in the future, or before there was mail."""
    if claimed is None:
        return None
    found = datetime.fromisoformat(claimed)
    return found if EARLIEST <= found <= datetime.now(UTC) + SKEW else None
