"""What goes over the wire about sessions, personal access tokens and stream tickets."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.core.access import Scope
from app.services.gatekeeper.schemas import Incoming

LONGEST_LIFE_DAYS = 3650

TokenName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Scopes = Annotated[
    list[Scope], Field(min_length=1, max_length=len(Scope)), AfterValidator(lambda found: sorted(set(found)))
]


class SessionOut(BaseModel):
    """A session as it is shown: where it was used last, and whether it is the one that asks."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    last_used_at: datetime = Field(description="Exact to a minute")
    expires_at: datetime
    address: str | None
    user_agent: str | None
    current: bool = False


class TokenRequest(Incoming):
    """A personal access token that is wanted."""

    name: TokenName = Field(examples=["the MCP server of my editor"])
    scopes: Scopes = Field(examples=[["read"]], description="read: search and other reading; write; admin")
    expires_in_days: int | None = Field(
        default=None, ge=1, le=LONGEST_LIFE_DAYS, description="Left out: it does not end"
    )


class TokenOut(BaseModel):
    """A personal access token as it is shown: never itself."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Exact to a minute")


class NewToken(TokenOut):
    """A personal access token with itself: it is shown this once."""

    token: str = Field(examples=["rey_..."])


class Ticket(BaseModel):
    """What opens one stream with `?ticket=`, within `expires_in` seconds."""

    ticket: str
    expires_in: int
