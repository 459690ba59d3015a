"""What search refuses."""

from app.core.errors import ApiError


class InvalidRegex(ApiError):
    """The query is no regular expression that can be searched for."""

    status = 422
    code = "invalid_regex"
    title = "Invalid regular expression"


class InvalidPattern(ApiError):
    """The query is no pattern of that language."""

    status = 422
    code = "invalid_pattern"
    title = "Invalid pattern"


class UnknownLanguage(ApiError):
    """No language is named, or none whose patterns are understood."""

    status = 422
    code = "unknown_language"
    title = "Unknown language"


class UnknownPlace(ApiError):
    """The index holds no such line."""

    status = 404
    code = "unknown_place"
    title = "Unknown place"
