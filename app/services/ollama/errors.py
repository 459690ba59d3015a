"""What goes wrong with language models; once a stream has begun these are `error` events."""

from app.core.errors import ApiError


class UnknownModel(ApiError):
    """There is no model of that name; the text says which there are, and how to get it."""

    status = 404
    code = "unknown_model"
    title = "Unknown model"


class NoModel(ApiError):
    """No model was named, and there is none that can do this; the text says what to pull."""

    status = 503
    code = "no_model"
    title = "No model"


class ModelRefused(ApiError):
    """The model cannot do what it was asked: it does not talk, embed, see, think or use tools."""

    status = 422
    code = "model_refused"
    title = "Model refused"


class OllamaAway(ApiError):
    """Ollama does not answer, or was lost in the middle; `Retry-After` says when to try again."""

    status = 503
    code = "ollama_away"
    title = "Ollama is away"


class OllamaFailed(ApiError):
    """Ollama answered with an error, or in a way nobody understands; its own log tells more."""

    status = 502
    code = "ollama_failed"
    title = "Ollama failed"
