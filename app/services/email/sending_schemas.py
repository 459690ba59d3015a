"""What goes over the wire about mail that is to be sent."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, EmailStr, Field, StringConstraints, model_validator

from app.services.email.schemas import ONE_LINE, STORABLE

MOST_RECIPIENTS = 100
"""Of one message; more is a batch."""

MOST_IN_BATCH = 10_000
MOST_ATTACHMENTS = 20
MAX_TEXT = 500_000

Subject = Annotated[str, StringConstraints(strip_whitespace=True, max_length=900, pattern=ONE_LINE)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=STORABLE)]
MessageId = Annotated[str, StringConstraints(max_length=900, pattern=r"^<[\x21-\x3b\x3d\x3f-\x7e]+>$")]
Value = Annotated[str, StringConstraints(max_length=10_000, pattern=STORABLE)]
Name = Annotated[str, StringConstraints(max_length=50, pattern=r"^[a-z_][a-z0-9_]*$")]


class Content(BaseModel):
    """What is sent, by which account."""

    model_config = ConfigDict(extra="forbid")

    account_id: int = Field(ge=1, le=2**63 - 1)
    subject: Subject = Field(examples=["Grüße"])
    text: Text = ""
    html: Text | None = Field(default=None, description="The same as HTML; the text is sent beside it")

    @model_validator(mode="after")
    def has_a_body(self) -> "Content":
        """Refuse an empty message."""
        if not self.text and not self.html:
            raise ValueError("write a text, html, or both")
        return self


class Outgoing(Content):
    """A message to send. With files, send the same fields as a form, and each file as `attachments`."""

    to: list[EmailStr] = Field(min_length=1, max_length=MOST_RECIPIENTS)
    cc: list[EmailStr] = Field(default=[], max_length=MOST_RECIPIENTS)
    bcc: list[EmailStr] = Field(default=[], max_length=MOST_RECIPIENTS)
    in_reply_to: MessageId | None = Field(default=None, examples=["<a1b2@example.com>"])
    references: list[MessageId] = Field(default=[], max_length=50)


class Refusal(BaseModel):
    """A recipient that the mail server did not take."""

    address: str
    reason: str


class SentReport(BaseModel):
    """What became of a message."""

    message_id: str
    accepted: list[str]
    refused: list[Refusal]
    size: int = Field(description="Bytes")


class Recipient(BaseModel):
    """Somebody a batch goes to; `$name` and `$address` in subject and texts are theirs, `$x` is `values["x"]`."""

    model_config = ConfigDict(extra="forbid")

    address: EmailStr
    name: Annotated[str, StringConstraints(max_length=200, pattern=ONE_LINE)] = ""
    values: dict[Name, Value] = Field(default={}, max_length=50)


class BatchIn(Content):
    """One text to many, each gets a message of their own."""

    recipients: list[Recipient] = Field(min_length=1, max_length=MOST_IN_BATCH)

    @model_validator(mode="after")
    def names_each_once(self) -> "BatchIn":
        """Refuse an address that is there twice: each gets one message."""
        seen: set[str] = set()
        for recipient in self.recipients:
            if (address := recipient.address.lower()) in seen:
                raise ValueError(f"{address} is there twice")
            seen.add(address)
        return self


class BatchOut(BaseModel):
    """How far a batch is; total = pending + sending + sent + failed + unknown + cancelled."""

    id: int
    account_id: int
    subject: str
    state: Literal["sending", "done", "cancelled"]
    reason: str | None = Field(description="Why nothing is sent now; it is tried again by itself")
    created_at: datetime
    total: int
    pending: int
    sending: int
    sent: int
    failed: int
    unknown: int = Field(description="Sent or not: we, or the mail server, ended in the middle. Never sent again")
    cancelled: int


class DeliveryOut(BaseModel):
    """One recipient of a batch."""

    recipient: str
    name: str
    state: Literal["pending", "sending", "sent", "failed", "unknown", "cancelled"]
    attempts: int
    reason: str | None
    sent_at: datetime | None
