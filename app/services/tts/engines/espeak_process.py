"""The process in which espeak-ng lives: small formant voices for a hundred languages, by its C library.

https://github.com/espeak-ng/espeak-ng, `src/include/espeak-ng/speak_lib.h`. The library comes from the wheel
`espeakng-loader`, or else from the system.
"""

import ctypes
from collections.abc import Iterator
from ctypes.util import find_library
from importlib.util import find_spec

from app.services.tts.engines.program import EngineError, serve
from app.services.tts.engines.protocol import Greeting, Order, Voice

SYNCHRONOUS = 2
UTF8 = 1
"""The only flag: neither SSML nor phonemes in brackets are looked for in a text."""

RATE = 1
WORDS_A_MINUTE = 175
"""espeak-ng's own default, and speed 1."""

USUAL = 5
"""The priority of a voice for a language unless its file says another; a higher number is for want of better."""

Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class VoiceRecord(ctypes.Structure):
    """espeak_VOICE of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.POINTER(ctypes.c_ubyte)),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class Espeak:
    """The library, opened."""

    def __init__(self) -> None:
        self._library, data = opened()
        self._rate = self._library.espeak_Initialize(SYNCHRONOUS, 0, data, 0)
        if self._rate <= 0:
            raise EngineError("espeak-ng does not find its data: install it again with `make run EXTRAS=tts`")
        self._samples = bytearray()
        self._callback = Callback(self._take)  # kept, as the library keeps it
        self._library.espeak_SetSynthCallback(self._callback)
        self._identifiers: dict[str, bytes] = {}

    def greeting(self) -> Greeting:
        """Return version and voices; a voice is called by the last part of its identifier, `en-US` of `gmw/en-US`."""
        self._library.espeak_Info.restype = ctypes.c_char_p
        version = self._library.espeak_Info(None).decode()
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(VoiceRecord))
        listed, voices = self._library.espeak_ListVoices(None), {}
        for at in range(2000):
            if not listed[at]:
                break
            record = listed[at].contents
            name = record.identifier.decode().rpartition("/")[2]
            (_, language), *others = languages(record)
            voices[name] = Voice(
                id=name,
                name=record.name.decode(),
                language=language,
                also=tuple(other for priority, other in others if priority <= USUAL),
                rate=self._rate,
                version=version,
            )
            self._identifiers[name] = record.identifier
        return Greeting(version=version, voices=list(voices.values()))

    def speak(self, order: Order) -> Iterator[bytes]:
        """Yield the samples."""
        if self._library.espeak_SetVoiceByName(self._identifiers.get(order.voice, b"?")) != 0:
            raise EngineError("espeak-ng does not have that voice any more")
        self._library.espeak_SetParameter(RATE, round(WORDS_A_MINUTE * order.speed), 0)
        text = order.text.encode() + b"\0"
        self._samples.clear()
        if self._library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, UTF8, None, None) != 0:
            raise EngineError("espeak-ng refused a sentence")
        yield bytes(self._samples)

    def _take(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: object) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, count * 2)
        return 0


def languages(record: VoiceRecord) -> Iterator[tuple[int, str]]:
    """Yield priority and tag of each language of a voice: a byte and a string each, until a byte of 0."""
    at = ctypes.cast(record.languages, ctypes.c_void_p).value or 0
    while priority := ctypes.string_at(at, 1)[0]:
        language = ctypes.string_at(at + 1)
        at += 2 + len(language)
        yield priority, tag(language.decode())


def opened() -> tuple[ctypes.CDLL, bytes | None]:
    """Return the library and the directory of its data, None for its own.

    Raises:
        EngineError: There is none.
    """
    if find_spec("espeakng_loader") is not None:
        import espeakng_loader  # noqa: PLC0415 - optional, and only in this process

        return ctypes.CDLL(espeakng_loader.get_library_path()), espeakng_loader.get_data_path().encode()
    name = find_library("espeak-ng")
    if name is None:
        raise EngineError("espeak-ng is not installed: start with `make run EXTRAS=tts`")
    return ctypes.CDLL(name), None


def tag(language: str) -> str:
    """Return a language tag in its usual case (RFC 5646, 2.1.1): `en-gb-x-rp` is `en-GB-x-rp`."""
    first, *rest = language.lower().split("-")
    private = rest.index("x") if "x" in rest else len(rest)
    cased = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in rest[:private]]
    return "-".join([first, *cased, *rest[private:]])


if __name__ == "__main__":
    serve(Espeak)
