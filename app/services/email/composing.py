"""Messages as they go out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from app.core.paths import PathRefused, check_part
from app.services.email.errors import MessageRefused
from app.services.email.reading import File

MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
UNKNOWN = "application/octet-stream"
FOREIGN = ("message", "multipart")
"""Files of these types go as bytes, as nobody looks whether they are what they claim."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to go out; `bcc` gets it without being named in it."""

    sender: str
    sender_name: str
    to: Sequence[tuple[str, str]]
    subject: str
    text: str
    html: str | None = None
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    in_reply_to: str | None = None
    references: Sequence[str] = ()
    files: Sequence[File] = ()

    @property
    def recipients(self) -> list[str]:
        """Everybody who gets it, once."""
        found = [address for _, address in self.to] + [*self.cc, *self.bcc]
        return list(dict.fromkeys(on_the_wire(address) for address in found))


def compose(draft: Draft, most_bytes: int) -> tuple[str, bytes]:
    """Return Message-ID and bytes of a message. Takes processor time by its size: call it in a thread.

    Text is UTF-8; names that are not ASCII are encoded words (RFC 2047) and parameters (RFC 2231).

    Raises:
        MessageRefused: A header holds a line break, a file has no name, an address cannot be written, or it is too
            large.
    """
    message = EmailMessage(policy=policy.SMTP)
    identity = make_msgid(domain=on_the_wire(draft.sender).rpartition("@")[2])
    try:
        message["Message-ID"] = identity
        message["Date"] = format_datetime(datetime.now(UTC))
        message["From"] = named(draft.sender_name, draft.sender)
        message["To"] = [named(name, address) for name, address in draft.to]
        if draft.cc:
            message["Cc"] = [named("", address) for address in draft.cc]
        message["Subject"] = draft.subject
        if draft.in_reply_to is not None:
            message["In-Reply-To"] = draft.in_reply_to
            message["References"] = " ".join([*draft.references, draft.in_reply_to])
    except ValueError as error:  # what the library says to a line break in a header
        raise MessageRefused("A header cannot hold a line break, nor an address that is none.") from error
    write_body(message, draft)
    for file in draft.files:
        attach(message, file)
    content = message.as_bytes()
    if len(content) > most_bytes:
        raise MessageRefused(f"The message has {len(content)} bytes; EMAIL_MAX_MESSAGE_MB allows {most_bytes}.")
    return identity, content


def write_body(message: EmailMessage, draft: Draft) -> None:
    """Write the text, and the HTML as its alternative."""
    if draft.text or draft.html is None:
        message.set_content(draft.text)
        if draft.html is not None:
            message.add_alternative(draft.html, subtype="html")
    else:
        message.set_content(draft.html, subtype="html")


def attach(message: EmailMessage, file: File) -> None:
    """Add a file under its name.

    Raises:
        MessageRefused: The name is none.
    """
    try:
        check_part(file.name)
    except PathRefused as error:
        raise MessageRefused(f"The name of an attachment cannot be used: {error}.") from error
    main, _, sub = (file.media_type if MEDIA_TYPE.fullmatch(file.media_type) else UNKNOWN).partition("/")
    if main in FOREIGN:
        main, _, sub = UNKNOWN.partition("/")
    message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)


def named(name: str, address: str) -> Address:
    """Return an address with a name for a header."""
    return Address(display_name=name, addr_spec=on_the_wire(address))


def on_the_wire(address: str) -> str:
    """Return an address in ASCII, its domain as IDNA.

    Raises:
        MessageRefused: What stands before the @ is not ASCII, which few mail servers take.
    """
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise MessageRefused(f"{address}: what stands before the @ has to be ASCII.")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise MessageRefused(f"{address}: the domain is none.") from error
