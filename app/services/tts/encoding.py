"""Samples become a file in one of four formats while they come: libsndfile writes it, gapless over all sentences."""

import threading
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

Samples = npt.NDArray[np.int16]


class Format(StrEnum):
    """What audio comes in."""

    wav = "wav"
    mp3 = "mp3"
    ogg = "ogg"
    opus = "opus"


class Codec(NamedTuple):
    """How a format is written, and what it is called on the wire; `options` are those of soundfile.SoundFile."""

    media_type: str
    options: dict[str, Any]


CODECS = {
    Format.wav: Codec("audio/wav", {"format": "WAV", "subtype": "PCM_16"}),
    # At a constant rate, as players guess the length of a variable one from its first frame until it is whole.
    # 0.6 makes 64 kbit/s at 22,050 Hz.
    Format.mp3: Codec(
        "audio/mpeg",
        {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT", "compression_level": 0.6},
    ),
    Format.ogg: Codec("audio/ogg; codecs=vorbis", {"format": "OGG", "subtype": "VORBIS"}),
    Format.opus: Codec("audio/ogg; codecs=opus", {"format": "OGG", "subtype": "OPUS"}),
}

OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
"""RFC 6716 knows no other; a voice of 22,050 Hz goes up to the next."""

WAV_HEADER_BYTES = 44
UNKNOWN = b"\xff\xff\xff\xff"
"""Of a length in a WAV header: read until the end. What ffmpeg writes into a pipe, and players know."""


def rate_of(form: Format, rate: int) -> int:
    """Return the sample rate of the file for a voice of `rate` Hz."""
    if form is not Format.opus:
        return rate
    return min((known for known in OPUS_RATES if known >= rate), default=OPUS_RATES[-1])


def without_length(header: bytes) -> bytes:
    """Return the header of a WAV file that is not whole yet so that it says so; RIFF has the sizes at 4 and 40."""
    return header[:4] + UNKNOWN + header[8:40] + UNKNOWN


class Encoder:
    """Writes one file. Calls block for a time that grows with the samples, so they belong into a thread.

    Raises:
        OSError: From any of them: the disk is full or gone.
    """

    def __init__(self, path: Path, form: Format, rate: int) -> None:
        self._lock = threading.Lock()  # who is cancelled closes while a thread may still write
        target = rate_of(form, rate)
        self._resampler = soxr.ResampleStream(rate, target, 1, dtype="int16") if target != rate else None
        try:
            self._file = soundfile.SoundFile(path, "w", target, 1, **CODECS[form].options)
        except soundfile.LibsndfileError as error:
            raise OSError("the file cannot be written") from error

    def write(self, samples: Samples) -> None:
        """Add samples of the voice's rate."""
        self._put(samples, last=False)

    def finish(self) -> None:
        """Write what is left, and the lengths into the header."""
        if self._resampler is not None:
            self._put(np.zeros(0, np.int16), last=True)
        self.close()

    def close(self) -> None:
        """Let go of the file, as it is."""
        with self._lock:
            try:
                self._file.close()
            except soundfile.LibsndfileError as error:
                raise OSError("the file cannot be written") from error

    def _put(self, samples: Samples, *, last: bool) -> None:
        with self._lock:
            if self._file.closed:
                return
            if self._resampler is not None:
                samples = self._resampler.resample_chunk(samples, last=last)
            try:
                self._file.write(samples)
            except soundfile.LibsndfileError as error:
                raise OSError("the file cannot be written") from error
