"""What goes over the wire about speech."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.registry import ServiceState
from app.services.tts.encoding import Format
from app.services.tts.engines.engine import State
from app.services.tts.settings import Language
from app.services.tts.voices import Wish

MAX_TEXT = 10_000
MAX_ITEMS = 100
MAX_BATCH_TEXT = 100_000
"""Characters of a batch: two hours of speech, which piper makes in 20 minutes on two cores."""

VoiceName = Annotated[str, Field(min_length=1, max_length=100)]
EngineName = Literal["piper", "espeak-ng"]


class SpeechRequest(BaseModel):
    """A text to be spoken."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        min_length=1,
        max_length=MAX_TEXT,
        description="Control characters count as blanks; markup is read as text",
        examples=["The build is green. Go home."],
    )
    voice: VoiceName | None = Field(
        default=None, description="See GET /api/tts/voices; left out, one for the language", examples=["en-US"]
    )
    language: Language | None = Field(default=None, description="BCP 47; left out, TTS_LANGUAGE", examples=["en-US"])
    speed: float = Field(default=1.0, ge=0.5, le=2.0, description="2 takes half the time")
    format: Format = Field(default=Format.wav, description="ogg is Vorbis in Ogg, opus is Opus in Ogg")
    engine: EngineName | None = Field(
        default=None, description="Left out, the one with the better voice for the language"
    )

    def wish(self) -> Wish:
        """Return by whom it is to be spoken."""
        return Wish(self.voice, self.language, self.engine)


class BatchRequest(BaseModel):
    """Several texts."""

    model_config = ConfigDict(extra="forbid")

    items: list[SpeechRequest] = Field(min_length=1, max_length=MAX_ITEMS)

    @model_validator(mode="after")
    def bounded(self) -> "BatchRequest":
        """Refuse more text than one batch may hold.

        Raises:
            ValueError: It is more.
        """
        total = sum(len(item.text) for item in self.items)
        if total > MAX_BATCH_TEXT:
            raise ValueError(f"all texts together have {total} characters; at most {MAX_BATCH_TEXT} go into one batch")
        return self


class BatchResult(BaseModel):
    """What became of one text of a batch; `results.json` in the archive is a list of these."""

    index: int = Field(description="Of the item in the request, from 0")
    file: str | None = Field(description="Its name in the archive; null if it failed", examples=["001.mp3"])
    bytes: int | None
    voice: str
    engine: str
    code: str | None = Field(default=None, description="Of the error, if it failed")
    detail: str | None = None


class VoiceOut(BaseModel):
    """A voice."""

    id: str = Field(examples=["en_US-joe-medium"])
    name: str
    engine: str
    language: str = Field(description="BCP 47", examples=["en-US"])
    sample_rate: int = Field(description="Hz", examples=[22050])


class EngineStatus(BaseModel):
    """How an engine is."""

    name: str
    status: State = Field(description="idle: no process runs, the next sentence starts one; absent: not installed")
    reason: str | None = Field(description="Why it does not work, and what to do")
    version: str | None
    voices: int


class CacheStatus(BaseModel):
    """Speech that is kept on disk."""

    files: int
    bytes: int
    max_bytes: int


class SpeechStatus(BaseModel):
    """How speech is: 200 whatever the engines do, and it says which."""

    status: ServiceState = Field(description="The state of the service", examples=["running"])
    reason: str | None = Field(description="Why it does not run, and what to do")
    engines: list[EngineStatus] = []
    texts: int = Field(default=0, description="Being spoken, or waiting for it, by the process that answers")
    cache: CacheStatus | None = None
