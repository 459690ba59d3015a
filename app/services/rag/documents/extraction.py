"""Text out of files: which kind a file is, and the children that read what is more than text."""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from app.core.bounded import ChildFailed, Children
from app.services.rag.documents.errors import UnreadableDocument, UnsupportedDocument
from app.services.rag.documents.extraction_process import SECONDS

MODULE = "app.services.rag.documents.extraction_process"
CHILDREN = 2
"""Files that are read at once; more wait. Each may take `MAX_MEMORY` and a core."""

MOST_ANSWER_BYTES = 4_000_000
"""Beside the text, of which a character may take four bytes: a small picture."""

MAGIC_BYTES = 1024
"""Readers accept a PDF whose header is within the first kilobyte."""

PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
WEBP = b"RIFF", b"WEBP"
"""At the beginning, and after four bytes that hold a length."""

MEDIA = ("image/", "audio/", "video/", "font/")

Kind = Literal["pdf", "html", "text", "picture"]


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file, and the title it gives itself."""

    text: str
    title: str | None = None


def kind_of(name: str, media_type: str, content: bytes) -> Kind:
    """Return how a file is read; what it holds counts more than what it is called.

    Raises:
        UnsupportedDocument: It is neither text nor HTML nor PDF, and no picture in PNG, JPEG, GIF or WebP.
    """
    if content.startswith(PICTURES) or (content[:4], content[8:12]) == WEBP:
        return "picture"
    extension = name.rpartition(".")[2].lower()
    if b"%PDF-" in content[:MAGIC_BYTES] or extension == "pdf" or media_type == "application/pdf":
        return "pdf"
    if media_type.startswith(MEDIA) or b"\0" in content:
        raise UnsupportedDocument("This is neither text nor code, Markdown, HTML or PDF: those are read here.")
    if extension in ("html", "htm", "xhtml") or media_type in ("text/html", "application/xhtml+xml"):
        return "html"
    return "text"


def plain(content: bytes) -> Extracted:
    """Return a file that is text already.

    Raises:
        UnreadableDocument: It is not in UTF-8.
    """
    try:
        return Extracted(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableDocument(f"The file is not valid UTF-8 at byte {error.start}: convert it to UTF-8.") from error


class Extractor:
    """Reads files in children, which are bounded and replaced when one fails."""

    def __init__(self, most: int, seconds: float = SECONDS) -> None:
        """Take the limits.

        Args:
            most: Characters of text of one file.
            seconds: How long a child may take.
        """
        self._most = most
        self._seconds = seconds
        answer = 4 * most + MOST_ANSWER_BYTES
        self._children = Children(MODULE, size=CHILDREN, seconds=seconds, most_bytes=answer)

    async def aclose(self) -> None:
        """End the children that nobody uses."""
        await self._children.aclose()

    async def extract(self, kind: Kind, content: bytes) -> Extracted:
        """Return the text of a file.

        Raises:
            UnreadableDocument: It has none that can be read within the limits; says why.
        """
        if kind == "text":
            if len(content) > self._most:
                raise UnreadableDocument(f"The file holds more than {self._most} bytes of text: send it in parts.")
            return plain(content)
        return Extracted(**await self._read(kind, content))

    async def picture(self, content: bytes) -> bytes:
        """Return a picture as it is kept: small, upright, as JPEG.

        Raises:
            UnreadableDocument: It is damaged, or has too many pixels; says so.
        """
        return b64decode((await self._read("picture", content))["picture"])

    async def _read(self, kind: Kind, content: bytes) -> dict[str, Any]:
        order = orjson.dumps({"kind": kind, "most": self._most}) + b"\n"
        try:
            output = await self._children.ask(order + content)
        except ChildFailed as error:
            sentence = f"The file takes more memory, or more than {self._seconds:g} s, to read: send it in parts."
            raise UnreadableDocument(sentence) from error
        found: dict[str, Any] = orjson.loads(output)
        if "error" in found:
            raise UnreadableDocument(f"The file cannot be read: {found['error']}.")
        return found
