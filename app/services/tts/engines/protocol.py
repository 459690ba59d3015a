"""What goes through the pipes between us and an engine's process.

To the process: one line of JSON for each order. From the process: frames of one byte that says what it is, four bytes
of length (big-endian) and the content. First comes a greeting (JSON), then for each order any number of audio frames
(signed 16-bit samples, little-endian, one channel) and one that ends it: done, or failed with a sentence.
"""

import struct
from enum import IntEnum

from pydantic import BaseModel, ConfigDict, Field

HEAD = struct.Struct(">BI")
MAX_FRAME = 64 * 1024
"""Bytes of a frame; longer audio comes in several."""


class Kind(IntEnum):
    """What a frame is."""

    greeting = 1
    audio = 2
    done = 3
    failed = 4


class Order(BaseModel):
    """What is to be spoken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    voice: str
    speed: float


class Voice(BaseModel):
    """A voice of an engine.

    Attributes:
        id: What people call it.
        name: For people.
        language: A BCP 47 tag in its usual case: `en-US`.
        also: Further tags that it is the voice for: `zh` of one for `cmn`.
        rate: Samples a second.
        version: Changes whenever the voice would speak differently.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(max_length=100)
    name: str = Field(max_length=200)
    language: str = Field(max_length=40)
    also: tuple[str, ...] = Field(default=(), max_length=20)
    rate: int = Field(ge=8000, le=48_000)
    version: str = Field(max_length=100)


class Greeting(BaseModel):
    """The first thing a process says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(max_length=40)
    voices: list[Voice] = Field(min_length=1, max_length=2000)
