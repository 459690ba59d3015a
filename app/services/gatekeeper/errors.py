"""What Gatekeeper refuses."""

from app.core.access import NotAuthenticated
from app.core.errors import ApiError


class UsernameTaken(ApiError):
    """Another account has this user name, in whatever case."""

    status = 400
    code = "username_taken"
    title = "Username taken"


class EmailTaken(ApiError):
    """Another account has this e-mail address, in whatever case."""

    status = 400
    code = "email_taken"
    title = "Email taken"


class WrongCredentials(NotAuthenticated):
    """User name or password is wrong; which one is not told."""

    code = "wrong_credentials"
    title = "Wrong credentials"


class InvalidRefreshToken(NotAuthenticated):
    """The refresh token is malformed, expired, used before, or its session has ended."""

    code = "invalid_refresh_token"
    title = "Invalid refresh token"
