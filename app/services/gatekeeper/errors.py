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


class LoginThrottled(ApiError):
    """Too many logins failed lately, whether the account exists or not; `Retry-After` says when to try again."""

    status = 429
    code = "login_throttled"
    title = "Too many failed logins"


class TooManyLogins(ApiError):
    """As many passwords wait to be hashed as may; `Retry-After` says when to try again."""

    status = 503
    code = "too_many_logins"
    title = "Too many logins at once"


class WrongPassword(ApiError):
    """The current password is not the one that was given."""

    status = 403
    code = "wrong_password"
    title = "Wrong password"


class PasswordTooEasy(ApiError):
    """The new password is the name or the address of the account, or the password it has."""

    status = 422
    code = "password_too_easy"
    title = "Password too easy"


class UnknownSession(ApiError):
    """The caller has no live session of that id."""

    status = 404
    code = "unknown_session"
    title = "Unknown session"


class UnknownToken(ApiError):
    """The caller has no personal access token of that id."""

    status = 404
    code = "unknown_token"
    title = "Unknown token"


class TooManyTokens(ApiError):
    """The account has as many personal access tokens as one may have."""

    status = 409
    code = "too_many_tokens"
    title = "Too many tokens"


class UnknownUser(ApiError):
    """There is no account of that id."""

    status = 404
    code = "unknown_user"
    title = "Unknown user"


class LastAdministrator(ApiError):
    """It would leave nobody who may administrate."""

    status = 409
    code = "last_administrator"
    title = "Last administrator"
