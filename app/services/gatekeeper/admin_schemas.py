"""What goes over the wire for administrators."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, StringConstraints, field_validator

from app.core.access import Role
from app.services.gatekeeper.events import Event, Outcome
from app.services.gatekeeper.schemas import FullName, Incoming

Words = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class Page(Incoming):
    """Which part of a list."""

    limit: int = Field(default=50, ge=1, le=200)
    offset: int = Field(default=0, ge=0, le=10**9)


class UserQuery(Page):
    """Which accounts."""

    q: Words | None = Field(default=None, description="Part of a name, an address or a full name")


class UserChange(Incoming):
    """What an administrator changes of an account; fields that are left out stay as they are."""

    role: Role | None = None
    is_active: bool | None = Field(default=None, description="false ends the sessions of the account")
    email: EmailStr | None = None
    full_name: FullName | None = None

    @field_validator("role", "is_active")
    @classmethod
    def is_given(cls, value: object) -> object:
        """Refuse null, which only an address or a full name may become."""
        if value is None:
            raise ValueError("leave it out or give a value")
        return value


class Revoked(BaseModel):
    """How much was ended."""

    sessions: int
    tokens: int


class AuditFilter(Page):
    """Which entries of the audit log."""

    event: Event | None = None
    outcome: Outcome | None = None
    user_id: UUID | None = Field(default=None, description="It happened to this account, or this account did it")
    address: Words | None = None
    since: AwareDatetime | None = Field(default=None, description="At this time or later")
    until: AwareDatetime | None = Field(default=None, description="Before this time")


class AuditOut(BaseModel):
    """Something that happened: to `user_id`, done by `actor_id`."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    event: str
    outcome: str
    user_id: UUID | None
    username: str | None
    actor_id: UUID | None
    actor: str | None
    address: str | None
    user_agent: str | None
    request_id: str | None
    details: dict[str, Any]
