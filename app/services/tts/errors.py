"""What is refused of speech, and what goes wrong with it."""

from app.core.errors import ApiError

SOON = {"Retry-After": "2"}
"""Seconds: an engine is started again with the next sentence, and a sentence takes about one."""


class NothingToSay(ApiError):
    """The text has no letter and no digit: blanks, punctuation or emoji alone make no speech."""

    status = 422
    code = "nothing_to_say"
    title = "Nothing to say"


class UnknownVoice(ApiError):
    """No engine has that voice, or none speaks that language; says which come close."""

    status = 422
    code = "unknown_voice"
    title = "Unknown voice"


class EngineUnavailable(ApiError):
    """The engine that was asked for is not installed, or does not start; says what to do."""

    status = 503
    code = "engine_unavailable"
    title = "Engine unavailable"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers=SOON)


class SpeechBusy(ApiError):
    """As many texts are being spoken and wait for it as TTS_MAX_CONCURRENT and TTS_MAX_WAITING allow."""

    status = 503
    code = "speech_busy"
    title = "Speech busy"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers=SOON)


class SpeechFailed(ApiError):
    """The engine died, hung or answered nonsense over a sentence, twice, or the disk is full."""

    status = 503
    code = "speech_failed"
    title = "Speech failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers=SOON)
