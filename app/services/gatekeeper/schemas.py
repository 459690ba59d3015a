"""What goes over the wire in Gatekeeper's room."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from app.core.access import Role
from app.services.gatekeeper.passwords import LONGEST, SHORTEST, is_common, names_its_owner

USERNAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


def uncommon(password: str) -> str:
    """Return the password unless everybody tries it first."""
    if is_common(password):
        raise PydanticCustomError("common_password", "This is one of the most common passwords: choose another")
    return password


Username = Annotated[str, StringConstraints(min_length=3, max_length=50, pattern=USERNAME)]
NewPassword = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST), AfterValidator(uncommon)]
GivenPassword = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
FullName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class Incoming(BaseModel):
    """Input: unknown fields (such as a role) are refused."""

    model_config = ConfigDict(extra="forbid")


class Registration(Incoming):
    """A new account."""

    username: Username = Field(examples=["testuser"])
    email: EmailStr | None = Field(default=None, examples=["test@example.com"])
    full_name: FullName | None = Field(default=None, examples=["Test User"])
    password: NewPassword = Field(examples=["testpassword123"])

    @field_validator("password")
    @classmethod
    def is_no_name(cls, password: str, info: ValidationInfo) -> str:
        """Refuse a password that names the account."""
        if names_its_owner(password, info.data.get("username"), info.data.get("email")):
            raise PydanticCustomError("named_password", "This names the account itself: choose another")
        return password


class Login(Incoming):
    """User name or e-mail address, and the password."""

    username: str = Field(
        validation_alias=AliasChoices("username", "email", "identifier"), max_length=320, examples=["testuser"]
    )
    password: GivenPassword = Field(examples=["testpassword123"])


class LoginForm(BaseModel):
    """The same as an OAuth2 password form; fields that mean nothing here are ignored, as RFC 6749, 3.2, demands."""

    model_config = ConfigDict(extra="ignore")

    username: str = Field(max_length=320)
    password: GivenPassword
    grant_type: Literal["password"] = "password"


class Refresh(Incoming):
    """A refresh token that was not used yet."""

    refresh_token: str = Field(max_length=4096)


class Logout(Incoming):
    """The refresh token of another session to end as well."""

    refresh_token: str | None = Field(default=None, max_length=4096)


class Profile(Incoming):
    """What an account may change of itself; fields that are left out stay."""

    email: EmailStr | None = None
    full_name: FullName | None = None


class NewPasswordRequest(Incoming):
    """The password the account has, and the one it shall have."""

    current_password: GivenPassword = Field(examples=["testpassword123"])
    new_password: NewPassword = Field(examples=["a better password"])
    revoke_tokens: bool = Field(default=False, description="Delete the account's personal access tokens as well")


class PasswordChanged(BaseModel):
    """What became of the other ways in."""

    message: str = Field(examples=["Password changed"])
    sessions_ended: int
    tokens_deleted: int
    tokens_kept: int = Field(description="Personal access tokens that go on working")


class TokenPair(BaseModel):
    """Tokens, and their lives in seconds."""

    model_config = ConfigDict(from_attributes=True)

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int
    refresh_expires_in: int


class UserOut(BaseModel):
    """An account as it is shown."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    username: str
    email: str | None
    full_name: str | None
    role: Role
    is_active: bool
    created_at: datetime
    updated_at: datetime


class Message(BaseModel):
    """One sentence."""

    message: str


class Greeting(BaseModel):
    """Who the server takes the caller for."""

    message: str = Field(examples=["Hello testuser!"])
    user_id: UUID
    username: str
    role: Role
