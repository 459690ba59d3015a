"""What goes over the wire about mail that is there."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.services.email.schemas import ONE_LINE, STORABLE

MOST_DAYS = 3660

Query = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=STORABLE)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=320, pattern=ONE_LINE)]


def zoned(value: datetime) -> datetime:
    """Return a moment that says in which zone it is.

    Raises:
        ValueError: It does not.
    """
    if value.tzinfo is None:
        raise ValueError("say the time zone: 2026-01-31T00:00:00Z")
    return value


Moment = Annotated[datetime, AfterValidator(zoned)]


class MessageFilter(BaseModel):
    """Which messages are asked for; all that is given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Query = Field(default="", description='Words that must be there; "a phrase", or, -not')
    account_id: int | None = Field(default=None, ge=1, le=2**63 - 1)
    folder: Words | None = None
    sender: Words | None = Field(default=None, description="An address, or a part of one")
    seen: bool | None = None
    outgoing: bool | None = Field(default=None, description="Whether it is from us")
    since: Moment | None = None
    before: Moment | None = None
    limit: int = Field(default=50, ge=1, le=200)
    offset: int = Field(default=0, ge=0, le=10**9)


class MessageOut(BaseModel):
    """A message as it stands in a list; all of it but the flags is what the sender claims."""

    id: int
    account_id: int
    folder: str | None = Field(description="Null for one that we sent, until the mail server shows it in a folder")
    outgoing: bool
    state: str = Field(description="whole, large (headers only, see EMAIL_MAX_MESSAGE_MB) or unreadable")
    message_id: str
    replies_to: str | None = Field(description="The Message-ID it answers")
    subject: str
    sender: str
    sender_name: str
    recipients: list[str]
    sent_at: datetime
    size: int = Field(description="Bytes")
    seen: bool
    flagged: bool
    answered: bool
    attachments: int
    snippet: str = Field(description="The beginning of its text, or the words that were found")


class AttachmentOut(BaseModel):
    """A file of a message."""

    id: int
    message_id: int
    name: str
    media_type: str = Field(description="As the sender claims")
    size: int


class MessageText(MessageOut):
    """A message with its text: plain, also where it came as HTML."""

    text: str
    files: list[AttachmentOut]


class ReadMark(BaseModel):
    """Whether a message was read."""

    model_config = ConfigDict(extra="forbid")

    read: bool = True


class SyncRequest(BaseModel):
    """Which mailboxes to read."""

    model_config = ConfigDict(extra="forbid")

    account_id: int | None = Field(default=None, ge=1, le=2**63 - 1, description="All of the caller's if left out")


class SyncReport(BaseModel):
    """What reading one mailbox found."""

    account_id: int
    new: int
    changed: int = Field(description="Messages whose flags changed there")
    removed: int
    told: int = Field(description="Messages of which the mail server was told that they were read here, or not")
    more: bool = Field(description="There is more than one look takes (EMAIL_SYNC_MESSAGES); the next goes on")
    error: str | None = Field(description="Why it ended early; what was read until then is kept")
    took_ms: float


class DayVolume(BaseModel):
    """Mail of one day."""

    day: date
    received: int
    sent: int


class SenderCount(BaseModel):
    """How much one address sent."""

    address: str
    messages: int


class ResponseTime(BaseModel):
    """How long replies took, in seconds; null where there is none."""

    replies: int
    mean_s: float | None
    median_s: float | None


class Analytics(BaseModel):
    """Numbers about mail. See `GET analytics` for what they mean."""

    received: int
    sent: int
    volume: list[DayVolume]
    top_senders: list[SenderCount]
    our_response: ResponseTime
    their_response: ResponseTime
