"""What goes over the wire about accounts."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, EmailStr, Field, SecretStr, StringConstraints, model_validator

from app.core.registry import ServiceState

ONE_LINE = r"^[^\x00-\x1f\x7f\u2028\u2029]*$"
"""Text that can stand in a header: a line break in it would begin another one."""

STORABLE = r"^[^\x00]*$"

HOST = r"^[A-Za-z0-9._:\-]+$"

MOST_FOLDERS = 20

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=ONE_LINE)]
FolderName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ONE_LINE)]
Folders = Annotated[list[FolderName], Field(min_length=1, max_length=MOST_FOLDERS)]


class Security(StrEnum):
    """How a connection is protected: from the start, by STARTTLS, or not (for addresses that are not public only)."""

    tls = "tls"
    starttls = "starttls"
    none = "none"


class Server(BaseModel):
    """A mail server, and who logs in there."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(min_length=1, max_length=253, pattern=HOST, examples=["imap.example.com"])
    port: int = Field(ge=1, le=65_535, examples=[993])
    security: Security = Security.tls
    username: str = Field(min_length=1, max_length=320, pattern=ONE_LINE, examples=["ann@example.com"])


class ServerIn(Server):
    """A mail server with the password, which is encrypted and never shown again."""

    password: SecretStr = Field(min_length=1, max_length=1000)


class AccountIn(BaseModel):
    """A mail account: a server to send by, one to read from, or both."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1, examples=["Work"])]
    address: EmailStr = Field(examples=["ann@example.com"])
    display_name: Line = Field(default="", examples=["Ann Example"])
    smtp: ServerIn | None = None
    imap: ServerIn | None = None
    folders: Folders = Field(
        default=["INBOX"], description="Which ones are read; with the one of sent mail, replies count"
    )

    @model_validator(mode="after")
    def has_a_server(self) -> "AccountIn":
        """Refuse an account that can do nothing."""
        if self.smtp is None and self.imap is None:
            raise ValueError("name an smtp server, an imap server, or both")
        return self


class AccountChange(BaseModel):
    """What is to change; a server that is given replaces the one before, with its password."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1)] | None = None
    address: EmailStr | None = None
    display_name: Line | None = None
    smtp: ServerIn | None = None
    imap: ServerIn | None = None
    folders: Folders | None = None


class AccountOut(BaseModel):
    """A mail account, without its passwords."""

    id: int
    name: str
    address: str
    display_name: str
    smtp: Server | None
    imap: Server | None
    folders: list[str]
    created_at: datetime
    synced_at: datetime | None = Field(description="When the mailbox was read to its end last")
    sync_error: str | None = Field(description="Why it was not, the last time")


class ServerReport(BaseModel):
    """Whether one can log in."""

    ok: bool
    reason: str | None = Field(description="Why not, and what to do")
    took_ms: float


class AccountReport(BaseModel):
    """Whether one can log in at the servers of an account; null for one that it does not have."""

    smtp: ServerReport | None
    imap: ServerReport | None
    folders: list[str] = Field(description="The folders that the mailbox has")


class EmailStatus(BaseModel):
    """How the mail room is."""

    status: ServiceState
    reason: str | None
    accounts: int = Field(description="Of all users")
    failing: int = Field(description="Accounts whose mailbox could not be read the last time")
    waiting: int = Field(description="Messages of batches that are still to be sent")
