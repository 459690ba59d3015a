"""What Ollama refuses, in our words."""

from app.core.adapter import BadAnswer, Neighbour, NeighbourError
from app.core.errors import ApiError
from app.services.ollama.errors import ModelRefused, OllamaAway, OllamaFailed, UnknownModel

RETRY = {"Retry-After": "5"}
"""Adapters look for a lost neighbour every five seconds."""

NOT_FOUND, BAD_REQUEST = 404, 400

ABILITIES = {
    "does not support tools": "does not use tools",
    "does not support chat": "does not talk",
    "does not support generate": "does not complete prompts",
    "does not support embed": "does not embed",
    "does not support think": "does not think: leave `think` out",
    "does not support insert": "does not fill in: leave `suffix` out",
    "vision": "does not see: send no images",
    "image": "does not see, or cannot read one of the pictures",
    "context": "reads less at once than this: send less, or set a larger num_ctx",
    "format": "does not understand this `format`: send `json` or a JSON schema",
    "grammar": "does not understand this `format`: send `json` or a simpler JSON schema",
}
"""Words of Ollama's refusals (server/routes.go, types/model/capability.go), and what they mean for the caller."""


def in_words(error: NeighbourError, model: str | None, neighbour: Neighbour) -> ApiError:
    """Return what to tell whoever asked for `model`."""
    if not isinstance(error, BadAnswer):
        return OllamaAway(f"{error}; {neighbour.variable} says where {neighbour.name} is.", headers=RETRY)
    said = words_of(error.refusal)
    if model is not None and (error.status == NOT_FOUND or "file does not exist" in said):
        return UnknownModel(f"There is no model {model!r}: ollama pull {model}.")
    meaning = next((meaning for words, meaning in ABILITIES.items() if words in said), None)
    if meaning is not None:
        return ModelRefused(f"{model or 'The model'} {meaning}.")
    if error.status == BAD_REQUEST:
        return ModelRefused(f"{model or 'The model'} refuses this; the log of {neighbour.name} says why.")
    return OllamaFailed(f"The answer did not come to its end: {error}.")


def words_of(refusal: object) -> str:
    """Return what Ollama gave as its reason, in small letters; it is compared, never shown."""
    match refusal:
        case {"error": str(words)}:
            return words.lower()
    return ""
