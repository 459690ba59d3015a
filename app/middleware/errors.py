"""What is refused before a route is asked."""

from app.core.errors import ApiError


class UntrustedHost(ApiError):
    """The Host header is missing, malformed, or none of TRUSTED_HOSTS."""

    status = 400
    code = "untrusted_host"
    title = "Untrusted host"


class BodyTooLarge(ApiError):
    """The body is larger than its class of route takes (`BODY_LIMIT_JSON_MB`, `..._DOCUMENTS_MB`, `..._UPLOAD_MB`)."""

    status = 413
    code = "body_too_large"
    title = "Body too large"


class BodyTooSlow(ApiError):
    """The body did not arrive in time: `BODY_LIMIT_SECONDS`, and longer only at 16 KiB a second or more."""

    status = 408
    code = "body_too_slow"
    title = "Body too slow"


class JsonTooDeep(ApiError):
    """Lists and objects are nested deeper than any request needs."""

    status = 422
    code = "json_too_deep"
    title = "JSON too deep"


class UnsupportedMediaType(ApiError):
    """The route does not read bodies of this Content-Type; the answer names the one it reads."""

    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"
