"""A child that reads messages: their headers, their text, their files. Whatever they hold, it ends no server.

The standard library's parser takes 1.5 ms for a letter; a hostile one can hold it for minutes, or nest 10,000 deep.
"""

import re
from collections.abc import Iterator
from datetime import UTC
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

import orjson
from html_to_markdown import ConversionOptions, convert

from app.core.bounded import serve

MAX_MEMORY = 1 << 30
SECONDS = 15
MAX_SUBJECT = 1000
MAX_ADDRESSES = 200
MAX_ADDRESS = 320
MAX_NAME = 200
MAX_ID = 990
"""Bytes of a line without its end (RFC 5322, 2.1.1)."""

MAX_TEXT = 500_000
"""Characters of a message's text that are kept."""

MAX_FILES = 100
MAX_PARTS = 1000
MAX_HTML = 2_000_000
HEADER_BYTES = 100_000
"""Of one header; the parser of its words takes time by the square of its length."""

ID = re.compile(r"<[^<>\s]{1,988}>")
INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def main() -> None:
    """Answer requests until the input ends."""
    serve(answer, MAX_MEMORY, SECONDS)


def answer(raw: bytes) -> bytes:
    """Return a message: the length of a head in JSON, the head, then the bytes of the files one after another."""
    files: list[bytes] = []
    try:
        head = {"whole": True, **read(raw, files)}
    except (Exception, MemoryError, RecursionError):  # noqa: BLE001 - the edge to hostile mail: parsers fail in every way
        files = []
        head = {"whole": False, **nothing()}
    packed = orjson.dumps(head)
    return len(packed).to_bytes(8) + packed + b"".join(files)


def nothing() -> dict[str, object]:
    """Return the head of a message that cannot be read."""
    empty = dict.fromkeys(("message_id", "subject", "sender", "sender_name", "text"), "")
    return {**empty, "replies_to": None, "recipients": [], "sent_at": None, "files": []}


def read(raw: bytes, files: list[bytes]) -> dict[str, object]:
    """Return the head of a message, and add the bytes of its files to `files`."""
    message = message_from_bytes(raw, policy=policy.compat32)
    senders = addresses(message, "From")
    text, named = walk(message, files)
    return {
        "message_id": next(iter(ids(message, "Message-ID")), ""),
        "replies_to": answered(message),
        "subject": words(message, "Subject")[:MAX_SUBJECT],
        "sender": senders[0][1] if senders else "",
        "sender_name": senders[0][0] if senders else "",
        "recipients": [address for name in ("To", "Cc") for _, address in addresses(message, name)][:MAX_ADDRESSES],
        "sent_at": date(message),
        "text": text,
        "files": named,
    }


def header(message: Message, name: str) -> str:
    """Return a header as it stands there, unfolded and bounded."""
    return str(message.get(name, ""))[:HEADER_BYTES].replace("\r", "").replace("\n", "")


def words(message: Message, name: str) -> str:
    """Return a header with its encoded words decoded, on one line."""
    return decoded(header(message, name))


def decoded(value: str) -> str:
    """Return encoded words as text."""
    try:
        parts = [
            part.decode(known(charset), "replace") if isinstance(part, bytes) else part
            for part, charset in decode_header(value)
        ]
    except (ValueError, LookupError):
        return one_line(value)
    return one_line("".join(parts))


def known(charset: str | None) -> str:
    """Return a charset that there is; what claims to be ASCII or nothing is read as UTF-8."""
    try:
        "".encode(charset or "utf-8")
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if charset is None or charset.lower() in ("us-ascii", "ascii", "unknown-8bit") else charset


def one_line(value: str) -> str:
    """Return text without control characters, that can be stored."""
    return INVISIBLE.sub(" ", value).encode("utf-8", "replace").decode().strip()


def addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Return names and addresses of a header."""
    found = getaddresses([header(message, name)])[:MAX_ADDRESSES]
    return [
        (decoded(name)[:MAX_NAME], one_line(address)[:MAX_ADDRESS].lower()) for name, address in found if "@" in address
    ]


def ids(message: Message, name: str) -> list[str]:
    """Return the message ids of a header, in their order."""
    return ID.findall(header(message, name))


def answered(message: Message) -> str | None:
    """Return which message this one answers: In-Reply-To, or else the last of References (RFC 5322, 3.6.4)."""
    direct, thread = ids(message, "In-Reply-To"), ids(message, "References")
    return direct[0] if direct else thread[-1] if thread else None


def date(message: Message) -> str | None:
    """Return when it claims to have been sent; None if that is no date."""
    try:
        found = parsedate_to_datetime(header(message, "Date"))
        zoned = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        return zoned.astimezone(UTC).isoformat()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def walk(message: Message, files: list[bytes]) -> tuple[str, list[dict[str, object]]]:
    """Return the text, and what there is to know of the files, whose bytes are added to `files`.

    The text is the plain parts; where there are none, the HTML ones as text.
    """
    plain: list[str] = []
    html: list[str] = []
    named: list[dict[str, object]] = []
    for part in parts(message):
        kind = part.get_content_type()
        if part.get_filename() is None and part.get_content_disposition() != "attachment" and kind.startswith("text/"):
            (html if kind == "text/html" else plain).append(text_of(part))
        elif len(named) < MAX_FILES:
            content = content_of(part)
            files.append(content)
            named.append({"name": file_name(part, len(named) + 1), "media_type": kind[:200], "size": len(content)})
    text = "\n".join(plain) if any(item.strip() for item in plain) else "\n".join(map(from_html, html))
    return storable(text)[:MAX_TEXT], named


def parts(message: Message) -> Iterator[Message]:
    """Yield the leaves, in order, without recursion; a message in a message is one leaf."""
    ahead: list[Message] = [message]
    for _ in range(MAX_PARTS):
        if not ahead:
            return
        part = ahead.pop()
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            ahead.extend(item for item in reversed(inner) if isinstance(item, Message))
        else:
            yield part


def content_of(part: Message) -> bytes:
    """Return the bytes of a part, decoded."""
    inner = part.get_payload()
    if isinstance(inner, list):
        return b"".join(item.as_bytes() for item in inner if isinstance(item, Message))
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def text_of(part: Message) -> str:
    """Return the text of a part."""
    return content_of(part).decode(known(part.get_content_charset()), "replace")


def from_html(page: str) -> str:
    """Return HTML as text; its scripts, styles and pictures are gone."""
    return convert(page[:MAX_HTML], ConversionOptions(extract_metadata=False, skip_images=True)).content or ""


def file_name(part: Message, number: int) -> str:
    """Return the name of a file as the sender wrote it, on one line: nothing on this machine is ever named so."""
    name = decoded(part.get_filename() or "").replace("\\", "/").rpartition("/")[2]
    return name[:MAX_NAME] or f"part {number}"


def storable(text: str) -> str:
    """Return text without what UTF-8 or PostgreSQL cannot hold."""
    return text.replace("\0", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()


if __name__ == "__main__":
    main()
