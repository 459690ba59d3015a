"""Messages as mail servers hold them."""

from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

NEW_YEAR = datetime(2026, 1, 1, 12, tzinfo=UTC)


def letter(
    number: int,
    *,
    sender: str = "Bob <bob@example.org>",
    to: str = "ann@example.com",
    subject: str | None = None,
    text: str = "Hello Ann.\n",
    after: timedelta = timedelta(),
    answers: int | None = None,
    references: str = "",
    html: str | None = None,
    file: tuple[str, bytes] | None = None,
) -> bytes:
    """Return a message with the id `<number@example.org>`, sent `after` New Year 2026."""
    message = EmailMessage(policy=policy.SMTP)
    message["Message-ID"] = f"<{number}@example.org>"
    message["Date"] = format_datetime(NEW_YEAR + after)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = f"Letter {number}" if subject is None else subject
    if answers is not None:
        message["In-Reply-To"] = f"<{answers}@example.org>"
    if references:
        message["References"] = references
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    if file is not None:
        message.add_attachment(file[1], maintype="application", subtype="octet-stream", filename=file[0])
    return message.as_bytes()
