"""What is said about speech: its voices, its engines, its cache."""

import asyncio

from app.core.registry import Registry, ServiceNotRunning
from app.services.tts.engines.engine import Engine
from app.services.tts.schemas import CacheStatus, EngineStatus, SpeechStatus, VoiceOut
from app.services.tts.service import Speech
from app.services.tts.voices import speakers, speaks

SERVICE = "tts"


def voices_of(speech: Speech, language: str | None, engine: str | None) -> list[VoiceOut]:
    """Return the voices for a language, of an engine; all where those are None."""
    return [
        VoiceOut(
            id=found.voice.id,
            name=found.voice.name,
            engine=found.engine.name,
            language=found.voice.language,
            sample_rate=found.voice.rate,
        )
        for found in speakers(speech.engines)
        if engine in (None, found.engine.name) and (language is None or speaks(found.voice, language))
    ]


async def status_of(registry: Registry) -> SpeechStatus:
    """Return how speech is, whether it runs or not."""
    found = registry.status()[SERVICE]
    try:
        speech = registry.get(SERVICE, Speech)
    except ServiceNotRunning:
        return SpeechStatus(status=found.state, reason=found.reason)
    files, size = await asyncio.to_thread(speech.store.sizes)
    return SpeechStatus(
        status=found.state,
        reason=found.reason,
        engines=[described(engine) for engine in speech.engines],
        texts=speech.texts,
        cache=CacheStatus(files=files, bytes=size, max_bytes=speech.store.most),
    )


def described(engine: Engine) -> EngineStatus:
    """Return how an engine is."""
    state = engine.state
    reason = "not installed: start with `make run EXTRAS=tts`" if state == "absent" else engine.fault
    return EngineStatus(
        name=engine.name, status=state, reason=reason, version=engine.version, voices=len(engine.voices)
    )
