"""Who speaks: the voice that was named, or the one that fits the language best."""

import pytest

from app.services.tts.engines.engine import Engine, Limits
from app.services.tts.engines.espeak_process import tag
from app.services.tts.engines.protocol import Voice
from app.services.tts.errors import EngineUnavailable, UnknownVoice
from app.services.tts.voices import Wish, chosen, usable


def engine(name: str, *voices: tuple[str, str, tuple[str, ...]], installed: bool = True) -> Engine:
    made = Engine(name, (), lambda: installed, Limits(1, 1))
    made.voices = {
        voice: Voice(id=voice, name=voice, language=language, also=also, rate=22_050, version="1")
        for voice, language, also in voices
    }
    return made


PIPER = engine("piper", ("joe", "en-US", ()), ("thorsten", "de-DE", ()))
ESPEAK = engine(
    "espeak-ng",
    ("de", "de", ()),
    ("en", "en-GB", ("en",)),
    ("en-AU", "en-AU", ()),
    ("cmn", "cmn", ("zh",)),
    ("pt", "pt", ()),
    ("pt-BR", "pt-BR", ()),
)
BOTH = [PIPER, ESPEAK]


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        (None, "joe"),
        ("en-US", "joe"),
        ("EN-us", "joe"),
        ("en", "joe"),  # the default's region, and the better engine
        ("en-GB", "en"),
        ("en-AU", "en-AU"),
        ("en-GB-x-rp", "en"),
        ("en-NZ", "joe"),
        ("de", "de"),
        ("de-DE", "thorsten"),
        ("de-AT", "de"),
        ("zh", "cmn"),
        ("zh-Hans-CN", "cmn"),
        ("cmn", "cmn"),
        ("pt", "pt"),
        ("pt-BR", "pt-BR"),
    ],
)
def test_a_language_finds_its_voice(language: str | None, voice: str) -> None:
    assert chosen(BOTH, Wish(language=language), "en-US").voice.id == voice


def test_a_voice_is_found_whatever_its_case() -> None:
    assert chosen(BOTH, Wish(voice="EN-au"), "en-US").voice.id == "en-AU"


def test_a_voice_must_speak_the_language_that_was_named_too() -> None:
    assert chosen(BOTH, Wish(voice="cmn", language="zh-TW"), "en-US").voice.id == "cmn"
    with pytest.raises(UnknownVoice, match="joe speaks en-US: leave out voice or language"):
        chosen(BOTH, Wish(voice="joe", language="de"), "en-US")


def test_what_comes_close_is_told() -> None:
    with pytest.raises(UnknownVoice, match=r"voice: there is no 'jo'; close to it are joe"):
        chosen(BOTH, Wish(voice="jo"), "en-US")
    with pytest.raises(UnknownVoice, match=r"language: no voice speaks 'tlh'.*GET /api/tts/voices"):
        chosen(BOTH, Wish(language="tlh"), "en-US")


def test_an_engine_that_failed_a_moment_ago_comes_last() -> None:
    broken = engine("piper", ("joe", "en-US", ()))
    broken.fault = "it died"
    other = engine("espeak-ng", ("en-US", "en-US", ()))
    assert chosen([broken, other], Wish(), "en-US").voice.id == "en-US"
    assert chosen([broken], Wish(), "en-US").voice.id == "joe"


def test_engines_that_cannot_speak_are_told_apart() -> None:
    absent, silent = engine("piper", installed=False), engine("espeak-ng")
    silent.fault = "it died"
    assert usable([absent, ESPEAK], None) == [ESPEAK]
    assert usable(BOTH, "espeak-ng") == [ESPEAK]
    with pytest.raises(EngineUnavailable, match="EXTRAS=tts"):
        usable([absent, ESPEAK], "piper")
    with pytest.raises(EngineUnavailable, match="espeak-ng: it died"):
        usable([absent, silent], None)


@pytest.mark.parametrize(
    ("written", "usual"),
    [("en", "en"), ("en-us", "en-US"), ("en-gb-x-rp", "en-GB-x-rp"), ("CMN-LATN-pinyin", "cmn-Latn-pinyin")],
)
def test_tags_have_their_usual_case(written: str, usual: str) -> None:
    assert tag(written) == usual
