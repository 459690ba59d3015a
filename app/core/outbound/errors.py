"""What is refused of URLs and hosts, and what becomes of those that are asked."""

from app.core.errors import ApiError


class UrlRefused(ApiError):
    """The URL is no http or https URL, or leads to an address that is not public (see OUTBOUND_ALLOWED_NETWORKS)."""

    status = 422
    code = "url_refused"
    title = "URL refused"


class UrlFailed(ApiError):
    """The server behind the URL does not answer, not in time, not with success, or with more than is taken."""

    status = 502
    code = "url_failed"
    title = "URL failed"


class HostRefused(ApiError):
    """The host has an address that is not public (see OUTBOUND_ALLOWED_NETWORKS)."""

    status = 422
    code = "host_refused"
    title = "Host refused"


class HostFailed(ApiError):
    """The host is not known, or nobody answers there."""

    status = 502
    code = "host_failed"
    title = "Host failed"
