"""Text out of files: which kind a file is, and the children that read what is more than text."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from app.core.children import ENVIRONMENT
from app.services.rag.documents.errors import UnreadableDocument, UnsupportedDocument

MODULE = "app.services.rag.documents.extraction_process"
CHILDREN = 2
"""Files that are read at once; more wait. Each may take `MAX_MEMORY` and a core."""

SECONDS = 60.0
"""For one file: 1,000 pages of 300 words take 4 on a busy machine."""

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
    """Reads files in children; each lives for one file, as what it read may have harmed it."""

    def __init__(self, most: int, seconds: float = SECONDS) -> None:
        """Take the limits.

        Args:
            most: Characters of text of one file.
            seconds: How long a child may take.
        """
        self._most = most
        self._seconds = seconds
        self._places = asyncio.Semaphore(CHILDREN)

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
        async with self._places:
            child = await start()
            try:
                order = orjson.dumps({"kind": kind, "most": self._most}) + b"\n"
                async with asyncio.timeout(self._seconds):
                    output, _ = await child.communicate(order + content)
            except TimeoutError as error:
                sentence = f"The file took longer than {self._seconds:g} s to read: send it in parts."
                raise UnreadableDocument(sentence) from error
            finally:
                await asyncio.shield(end(child))
        if not output:
            raise UnreadableDocument("The file takes more time or memory to read than a document may.")
        found: dict[str, Any] = orjson.loads(output)
        if "error" in found:
            raise UnreadableDocument(f"The file cannot be read: {found['error']}.")
        return found


async def start() -> Process:
    """Start a child; -P, as the indexed project may have an `app` of its own."""
    command = (sys.executable, "-P", "-m", MODULE)
    return await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=os.environ | ENVIRONMENT
    )


async def end(child: Process) -> None:
    """Kill a child that still runs, and wait for its end."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
