"""Ollama's words and those of llama.cpp's server.

Sources: docs/api.md of Ollama, tools/server/README.md of llama.cpp.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.services.ollama.builtin.model import NAME

MOST_TOKENS = 1024
"""Of an answer for which nobody sets `num_predict`: a model this small may go on for ever."""

SAME = (
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "seed",
    "stop",
    "repeat_penalty",
    "repeat_last_n",
    "presence_penalty",
    "frequency_penalty",
)
"""Options of one name in both."""

DEFAULTS = {"temperature": 0.8, "top_k": 40, "top_p": 0.9, "repeat_penalty": 1.1}
"""Ollama's."""


def sampling(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return Ollama's options as llama.cpp calls them."""
    most = options.get("num_predict", MOST_TOKENS)
    chosen = {name: options[name] for name in SAME if options.get(name) is not None}
    return {**DEFAULTS, **chosen, "n_predict": MOST_TOKENS if most is None or most < 0 else most, "stream": True}


def response_format(wanted: object) -> dict[str, Any]:
    """Return what keeps an answer to JSON, or to a schema."""
    match wanted:
        case None | "":
            return {}
        case "json":
            return {"response_format": {"type": "json_object"}}
        case dict():
            return {"response_format": {"type": "json_schema", "json_schema": {"schema": wanted}}}
    raise ValueError('invalid format: expected "json" or a JSON schema')


def conversation(body: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the turns of a chat, or of a prompt with what the model is told first."""
    if "messages" in body:
        return [{"role": turn["role"], "content": turn.get("content", "")} for turn in body["messages"]]
    told = [{"role": "system", "content": body["system"]}] if body.get("system") else []
    return [*told, {"role": "user", "content": body["prompt"]}]


def words_of(piece: Mapping[str, Any]) -> str:
    """Return the words of a piece of llama.cpp's answer, to a conversation or to a raw prompt."""
    match piece:
        case {"choices": [{"delta": {"content": str(words)}}, *_]}:
            return words
        case {"content": str(words)}:
            return words
    return ""


def reason_of(piece: Mapping[str, Any]) -> str | None:
    """Return why an answer ended, where a piece says so."""
    match piece:
        case {"choices": [{"finish_reason": str(reason)}, *_]}:
            return reason
        case {"stop": True, "stop_type": kind}:
            return "length" if kind == "limit" else "stop"
    return None


def line(kind: str, words: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return one line of Ollama's answer."""
    said = {"message": {"role": "assistant", "content": words}} if kind == "chat" else {"response": words}
    return {"model": NAME, "created_at": now(), **said, "done": False, **more}


def durations(timings: Mapping[str, Any], load: int, total: int) -> dict[str, int]:
    """Return what an answer took, in ns; llama.cpp counts in ms."""
    return {
        "total_duration": total,
        "load_duration": load,
        "prompt_eval_count": int(timings.get("prompt_n", 0)) + int(timings.get("cache_n", 0)),
        "prompt_eval_duration": int(timings.get("prompt_ms", 0) * 1e6),
        "eval_count": int(timings.get("predicted_n", 0)),
        "eval_duration": int(timings.get("predicted_ms", 0) * 1e6),
    }


def now() -> str:
    """Return the time as Ollama writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
