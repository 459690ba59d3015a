"""Speech as a service: who speaks what, how much at once, and what is kept of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import numpy as np
import structlog

from app.core.registry import Context, ServiceDisabled, ServiceFailed
from app.core.settings import Settings
from app.services.tts.encoding import Encoder, Format
from app.services.tts.engines.catalogue import engines as all_engines
from app.services.tts.engines.catalogue import look_again, system_espeak
from app.services.tts.engines.child import EngineFault, EngineRefusal
from app.services.tts.engines.engine import Engine, Limits
from app.services.tts.errors import NothingToSay, SpeechBusy, SpeechFailed
from app.services.tts.recording import Recording
from app.services.tts.sentences import Piece, cleaned, pieces
from app.services.tts.settings import SpeechSettings
from app.services.tts.store import Kept, Store, key_of
from app.services.tts.voices import Speaker, Wish, chosen, usable

log = structlog.get_logger(__name__)

NOT_INSTALLED = "no speech engine is installed: start with `make run EXTRAS=tts`"
TEND_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Speakable:
    """A text that was looked at: who speaks which pieces, how fast, into which format; `key` names it in the store."""

    speaker: Speaker
    pieces: list[Piece]
    speed: float
    form: Format
    key: str


class Speech:
    """Turns text into audio by engines of this machine.

    Attributes:
        engines: The engines, installed or not, the better first.
        store: What was spoken before.
    """

    def __init__(self, engines: Sequence[Engine], store: Store, settings: SpeechSettings) -> None:
        self.engines = engines
        self.store = store
        self._settings = settings
        self._places = asyncio.Semaphore(settings.max_concurrent)
        self._admitted = 0
        self._making: dict[str, Recording] = {}

    @property
    def texts(self) -> int:
        """How many texts are being spoken or wait for it."""
        return self._admitted

    async def look_at(self, text: str, wish: Wish, speed: float, form: Format) -> Speakable:
        """Return a text ready to be spoken.

        Raises:
            NothingToSay: It has no letter and no digit.
            UnknownVoice: Nobody has that voice or speaks that language.
            EngineUnavailable: No engine can speak now.
        """
        speaker = chosen(usable(self.engines, wish.engine), wish, self._settings.language)
        found = await asyncio.to_thread(lambda: pieces(cleaned(text), speaker.voice.language))
        if not found:
            raise NothingToSay("text: there is no letter and no digit in it, so nothing would be heard.")
        return Speakable(speaker, found, speed, form, key_of(speaker, found, speed, form))

    async def speak(self, asked: Speakable, *, admitted: bool = False) -> Kept | Recording:
        """Return the speech: kept from before, or in the making, which the caller must `leave`.

        Args:
            asked: See `look_at`.
            admitted: The caller did `admit` this already.

        Raises:
            SpeechBusy: Too many texts wait already.
            SpeechFailed: The disk is full.
        """
        with disk_in_words():
            found = await asyncio.to_thread(self.store.find_or_begin, asked.key, asked.form)
        if isinstance(found, Kept):
            return found
        recording = self._making.get(asked.key)
        if recording is not None and recording.open:
            found.unlink()
            return recording.join()
        if not admitted:
            try:
                self.admit()
            except SpeechBusy:
                found.unlink()
                raise

        def ended() -> None:
            if not admitted:
                self.release()
            if self._making.get(asked.key) is recording:
                del self._making[asked.key]
            found.unlink(missing_ok=True)

        recording = Recording(found, asked.form, lambda made: self._make(made, asked), ended)
        self._making[asked.key] = recording
        return recording

    def admit(self) -> None:
        """Count one more text, or several that are spoken one after the other, until `release`.

        Raises:
            SpeechBusy: Too many wait already.
        """
        if self._admitted >= self._settings.max_concurrent + self._settings.max_waiting:
            raise SpeechBusy(f"{self._admitted} texts are being spoken or wait already: try again in a moment.")
        self._admitted += 1

    def release(self) -> None:
        """Count one text less."""
        self._admitted -= 1

    async def _make(self, recording: Recording, asked: Speakable) -> None:
        """Write the recording's file, a sentence at a time, and keep it.

        A place is taken for each sentence, so that a long text lets short ones in between.
        """
        voice, encoder = asked.speaker.voice, None
        try:
            with disk_in_words():
                encoder = Encoder(recording.path, asked.form, voice.rate)
                for piece in asked.pieces:
                    async with self._places:
                        samples = await self._spoken(asked, piece)
                    pause = bytes(2 * round(voice.rate * piece.pause / asked.speed))
                    await asyncio.to_thread(encoder.write, np.frombuffer(samples + pause, "<i2"))
                    recording.grown()
                await asyncio.to_thread(encoder.finish)
                recording.grown()
                await asyncio.to_thread(self.store.keep, recording.path, asked.key, asked.form)
        finally:
            if encoder is not None:
                with suppress(OSError):
                    await asyncio.shield(asyncio.to_thread(encoder.close))

    async def _spoken(self, asked: Speakable, piece: Piece) -> bytes:
        engine = asked.speaker.engine
        try:
            return await engine.speak(piece.text, asked.speaker.voice, asked.speed)
        except EngineFault as error:
            raise SpeechFailed(f"{engine.name} was given up: {error}. It is started again; try again.") from error
        except EngineRefusal as error:
            raise SpeechFailed(f"{engine.name} cannot speak now: {error}.") from error

    async def probe(self) -> str | None:
        """Return None when every installed engine works, or which do not, and why."""
        faults = [f"{engine.name}: {engine.fault}" for engine in self.engines if engine.state == "failed"]
        return "; ".join(faults) or None

    async def tend(self) -> None:
        """End idle processes and look after engines that failed, for ever."""
        while True:
            await asyncio.sleep(TEND_SECONDS)
            await asyncio.gather(*(engine.tend() for engine in self.engines))

    async def close(self) -> None:
        """End everything that is being made, and the processes."""
        await asyncio.gather(*(recording.cancel() for recording in list(self._making.values())))
        await asyncio.gather(*(engine.close() for engine in self.engines))


@contextmanager
def disk_in_words() -> Iterator[None]:
    """Turn what a disk does into a sentence."""
    try:
        yield
    except OSError as error:
        log.warning("speech_disk_failed", reason=str(error))
        raise SpeechFailed(
            "The speech cannot be written to disk: is it full? REYNARD_DATA_DIR is where it goes."
        ) from error


def engines_of(settings: Settings) -> list[Engine]:
    """Return the engines as the settings have them, those first looked for that were installed a moment ago."""
    mine = settings.of(SpeechSettings)
    look_again()
    system_espeak()
    voices = mine.voices_dir or settings.data_dir / "voices"
    return all_engines(voices, Limits(mine.sentence_seconds, mine.idle_seconds))


@asynccontextmanager
async def serving(settings: Settings, engines: Sequence[Engine]) -> AsyncIterator[Speech]:
    """Yield speech by these engines, once one of them has greeted.

    Raises:
        ServiceDisabled: None is installed.
        ServiceFailed: None works.
    """
    installed = [engine for engine in engines if engine.installed()]
    if not installed:
        raise ServiceDisabled(NOT_INSTALLED)
    mine = settings.of(SpeechSettings)
    store = await asyncio.to_thread(Store, settings.data_dir / "speech", mine.cache_mb * 1024 * 1024)
    speech = Speech(engines, store, mine)
    try:
        await asyncio.gather(*(engine.greet() for engine in installed))
        if not any(engine.voices for engine in installed):
            raise ServiceFailed("; ".join(f"{engine.name}: {engine.fault}" for engine in installed))
        tending = asyncio.create_task(speech.tend())
        try:
            yield speech
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
    finally:
        await speech.close()


@asynccontextmanager
async def open_speech(context: Context) -> AsyncIterator[Speech]:
    """Open speech with whatever engines are installed."""
    async with serving(context.settings, await asyncio.to_thread(engines_of, context.settings)) as speech:
        yield speech


async def check_speech(settings: Settings) -> str:
    """Say which engines are installed, or raise ServiceDisabled."""
    engines = await asyncio.to_thread(engines_of, settings)
    found = [engine.name for engine in engines if engine.installed()]
    if not found:
        raise ServiceDisabled(NOT_INSTALLED)
    return ", ".join(found)
