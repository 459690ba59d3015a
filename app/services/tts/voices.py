"""Which voice speaks a text: by its id, or by the language, the better engine first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process

from app.services.tts.engines.engine import Engine
from app.services.tts.engines.protocol import Voice
from app.services.tts.errors import EngineUnavailable, UnknownVoice
from app.services.tts.sentences import primary

CLOSE = 5
"""How many voices or languages an error names."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice and the engine that has it."""

    engine: Engine
    voice: Voice


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asked for; None leaves it open."""

    voice: str | None = None
    language: str | None = None
    engine: str | None = None


def usable(engines: Sequence[Engine], name: str | None) -> list[Engine]:
    """Return the engines that can speak now, or the one that was asked for.

    Raises:
        EngineUnavailable: There is none, with the reason and what to do.
    """
    asked = [engine for engine in engines if name in (None, engine.name)]
    found = [engine for engine in asked if engine.installed() and engine.voices]
    if found:
        return found
    reasons = [f"{engine.name}: {engine.fault}" for engine in asked if engine.installed() and engine.fault]
    if reasons:
        raise EngineUnavailable(f"Nothing can be spoken now ({'; '.join(reasons)}); it is tried again every 5 s.")
    raise EngineUnavailable(f"{name or 'No engine'} is not installed or still starting: `make run EXTRAS=tts`.")


def speakers(engines: Sequence[Engine]) -> Iterator[Speaker]:
    """Yield every voice, in the order in which they are preferred."""
    for engine in engines:
        for voice in engine.voices.values():
            yield Speaker(engine, voice)


def chosen(engines: Sequence[Engine], wish: Wish, default: str) -> Speaker:
    """Return who speaks.

    A voice is found by its id. Without one it is found by language (RFC 4647 lookup, and then any region of it): the
    tag as it is, less and less of it, the default's region, the first region an engine has. One exact voice wins over
    the better engine's other region. An engine that failed a moment ago comes last.

    Args:
        engines: See `usable`.
        wish: What the caller asked for.
        default: The language of a text that comes without one.

    Raises:
        UnknownVoice: There is none; says which come close.
    """
    every = sorted(speakers(engines), key=lambda speaker: speaker.engine.fault is not None)
    if wish.voice is not None:
        return by_id(every, wish.voice, wish.language)
    language = wish.language or default
    for tag in tags(language, default):
        for speaker in every:
            if speaker.voice.language.lower() == tag:
                return speaker
        for speaker in every:
            if tag in map(str.lower, speaker.voice.also):
                return speaker
    for speaker in every:
        if speaks(speaker.voice, language):
            return speaker
    languages = sorted({speaker.voice.language for speaker in every})
    near = close(language, languages)
    raise UnknownVoice(f"language: no voice speaks {language!r}; {near}. GET /api/tts/voices lists all voices.")


def by_id(every: Sequence[Speaker], name: str, language: str | None) -> Speaker:
    """Return the voice of that id, which must speak the language if one was named; see `chosen`."""
    found = next((speaker for speaker in every if speaker.voice.id.lower() == name.lower()), None)
    if found is None:
        near = close(name, [speaker.voice.id for speaker in every])
        raise UnknownVoice(f"voice: there is no {name!r}; {near}. GET /api/tts/voices lists all voices.")
    if language is not None and not speaks(found.voice, language):
        raise UnknownVoice(
            f"language: the voice {found.voice.id} speaks {found.voice.language}: leave out voice or language."
        )
    return found


def speaks(voice: Voice, language: str) -> bool:
    """Whether this is a voice for the language, of whatever region."""
    return primary(language) in {primary(tag) for tag in (voice.language, *voice.also)}


def tags(language: str, default: str) -> Iterator[str]:
    """Yield the tags to look for, in lower case, the best first."""
    parts = language.lower().split("-")
    for length in range(len(parts), 1, -1):
        yield "-".join(parts[:length])
    if primary(default) == parts[0]:
        yield default.lower()
    yield parts[0]


def close(name: str, known: Sequence[str]) -> str:
    """Return which of the known names come close, in words."""
    found = process.extract(name.lower(), known, processor=str.lower, limit=CLOSE)
    return f"close to it are {', '.join(match for match, *_ in found)}" if found else "there is nothing close to it"
