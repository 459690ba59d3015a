"""A child that reads PDF, HTML files and pictures: what it costs is bounded, and what kills it kills no server.

A PDF of 1 MB can unpack to gigabytes and hold a reader for minutes. Answers with `text` and `title`, or `picture` in
base64, or `error`.
"""

import base64
import codecs
import logging
import re
from io import BytesIO

import orjson

from app.core.bounded import serve

# Readers are imported by the kind of file: pypdf takes half of the start of a child.
# ruff: noqa: PLC0415

MAX_MEMORY = 1 << 30
"""Bytes of address space: 1,000 pages of 300 words take 90 MB, HTML about 50 times its size."""

SECONDS = 60
"""For one file: 1,000 pages of 300 words take 4 on a busy machine."""

HEAD_CHARACTERS = 100_000
"""Where the title of a page is looked for. Entities cost by the square: 900,000 of them take 11 s."""

META_BYTES = 4096
"""Where HTML says which encoding it has; browsers look into the first 1,024 bytes."""

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)


class UnreadableError(Exception):
    """The file has no text that could be taken out; the message says why."""


def main() -> None:
    """Read files until the input ends."""
    logging.disable()
    serve(respond, MAX_MEMORY, SECONDS)


def respond(request: bytes) -> bytes:
    """Return the answer in JSON to a request: a line of JSON (`kind`, `most`), and the file."""
    head, content = request.split(b"\n", 1)
    order = orjson.loads(head)
    return orjson.dumps(answer(order["kind"], content, order["most"]))


def answer(kind: str, content: bytes, most: int) -> dict[str, str | None]:
    """Return text and title, or the picture, or the error."""
    try:
        if kind == "picture":
            return {"picture": picture(content)}
        text, title = pdf(content, most) if kind == "pdf" else html(content)
    except UnreadableError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "it takes more memory to read than a document may"}
    except Exception as error:  # noqa: BLE001 - the edge to hostile files: parsers fail in every way
        return {"error": f"it is damaged ({type(error).__name__})"}
    if len(text) > most:
        return {"error": too_long(most)}
    return {"text": storable(text), "title": storable(title) if title else None}


def too_long(most: int) -> str:
    """Return the sentence about a document with too much text."""
    return f"it holds more than {most} characters of text: send it in parts"


def storable(text: str) -> str:
    """Return text without what UTF-8 or PostgreSQL cannot hold."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def pdf(content: bytes, most: int) -> tuple[str, str | None]:
    """Return the text as Markdown with a heading for each page, and the title.

    Raises:
        UnreadableError: It is no PDF, is encrypted, has no text, or a page cannot be read.
    """
    from pypdf import PdfReader
    from pypdf.errors import LimitReachedError, PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("it is encrypted: send it without a password")
        pages = len(reader.pages)
    except PyPdfError as error:
        raise UnreadableError("it is no PDF, or a damaged one") from error
    parts: list[str] = []
    size = 0
    for number in range(pages):
        try:
            text = reader.pages[number].extract_text().strip()
        except LimitReachedError as error:
            raise UnreadableError(f"page {number + 1} unpacks to more than a page may hold") from error
        except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise UnreadableError(f"page {number + 1} is damaged") from error
        size += len(text)
        if size > most:
            raise UnreadableError(too_long(most))
        if text:
            parts.append(f"## Page {number + 1}\n\n{text}\n")
    if not parts:
        raise UnreadableError("it holds no text: its pages may be pictures")
    return "\n".join(parts), reader.metadata.title if reader.metadata else None


def html(content: bytes) -> tuple[str, str | None]:
    """Return the text of a page as Markdown, without scripts and navigation, and its title.

    Raises:
        UnreadableError: Its encoding is not known, or it has no text.
    """
    from html_to_markdown import ConversionOptions, convert

    page = decoded(content)
    text = convert(page, ConversionOptions(extract_metadata=False, skip_images=True)).content or ""
    if not text.strip():
        raise UnreadableError("it holds no text")
    # With its metadata a page gets front matter, which nobody asks for: its head is taken a second time for the title.
    return text, convert(page[:HEAD_CHARACTERS]).metadata.document.title


def decoded(content: bytes) -> str:
    """Return HTML as text: UTF-8, or what it says it is.

    Raises:
        UnreadableError: It is neither.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        named = _CHARSET.search(content[:META_BYTES])
        if named is None:
            raise UnreadableError(f"it is not valid UTF-8 at byte {error.start}, and names no other charset") from error
    try:
        return content.decode(codecs.lookup(named[1].decode()).name)
    except (LookupError, UnicodeDecodeError) as error:
        raise UnreadableError(f"it is not valid in the charset it names, {named[1].decode()}") from error


def picture(content: bytes) -> str:
    """Return a picture as a small JPEG in base64.

    Raises:
        UnreadableError: It cannot be opened.
    """
    from app.core.pictures import PictureRefused, small_jpeg

    try:
        return base64.b64encode(small_jpeg(content)).decode()
    except PictureRefused as error:
        raise UnreadableError(str(error)) from error


if __name__ == "__main__":
    main()
