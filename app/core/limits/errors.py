"""What the rate limits refuse."""

from app.core.errors import ApiError


class RateLimited(ApiError):
    """The caller used up what its class of route allows; `Retry-After` says when there is more."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"
