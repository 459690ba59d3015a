"""What goes wrong with answers; in a stream these are `error` events."""

from app.core.errors import ApiError


class AnswerFailed(ApiError):
    """The model began to answer, or refused to, and did not come to an end."""

    status = 502
    code = "answer_failed"
    title = "Answer failed"
