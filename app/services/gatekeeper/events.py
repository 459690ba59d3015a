"""What the audit log tells of."""

from enum import StrEnum


class Event(StrEnum):
    """Something that concerns the security of an account."""

    registered = "registered"
    login = "login"
    login_throttled = "login_throttled"
    refresh_token_reused = "refresh_token_reused"  # noqa: S105 - the name of an event, as below
    logout = "logout"
    session_ended = "session_ended"
    password_changed = "password_changed"  # noqa: S105
    profile_changed = "profile_changed"
    token_made = "token_made"  # noqa: S105
    token_deleted = "token_deleted"  # noqa: S105
    user_changed = "user_changed"
    user_deleted = "user_deleted"
    tokens_revoked = "tokens_revoked"


class Outcome(StrEnum):
    """Whether it was done, or refused."""

    success = "success"
    failure = "failure"
