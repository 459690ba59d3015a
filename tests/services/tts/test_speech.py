"""Speech without HTTP: what is kept, what is shared, what is bounded, and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.registry import ServiceDisabled, ServiceFailed
from app.services.tts.encoding import Format
from app.services.tts.errors import NothingToSay, SpeechBusy, SpeechFailed, UnknownVoice
from app.services.tts.recording import Recording
from app.services.tts.service import Speech
from app.services.tts.store import Kept
from app.services.tts.voices import Wish
from tests.services.tts.audio import heard
from tests.services.tts.conftest import Hum, Open, until

pytestmark = pytest.mark.anyio

LONG = "This is one sentence of many. " * 30


@pytest.fixture
async def speech(hum: Hum, opened: Open, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Speech]:
    monkeypatch.setenv("TTS_MAX_CONCURRENT", "2")
    monkeypatch.setenv("TTS_MAX_WAITING", "2")
    async with opened([hum]) as running:
        yield running


async def begin(speech: Speech, text: str, form: Format = Format.wav, speed: float = 1.0) -> Kept | Recording:
    return await speech.speak(await speech.look_at(text, Wish(), speed, form))


async def spoken(speech: Speech, text: str, form: Format = Format.wav, speed: float = 1.0) -> bytes:
    found = await begin(speech, text, form, speed)
    if isinstance(found, Kept):
        with found.file:
            return found.file.read()
    try:
        return b"".join([chunk async for chunk in found.read()])
    finally:
        await found.leave()


def files(speech: Speech) -> list[str]:
    return sorted(path.suffix for path in Path(speech.store._directory).iterdir())


@pytest.mark.parametrize("form", Format)
async def test_every_sentence_is_heard_with_its_pause(speech: Speech, form: Format) -> None:
    found = heard(await spoken(speech, "A" * 50 + ". " + "B" * 100 + ".", form))
    assert found.seconds == pytest.approx(0.02 * 152 + 0.3 + 0.6, abs=0.1)
    assert found.rms > 0.1
    assert found.longest_silence == pytest.approx(0.6, abs=0.1)


async def test_what_was_spoken_comes_from_disk_and_is_whole(speech: Speech, hum: Hum) -> None:
    streamed = await spoken(speech, "Once. And again.")
    hum.does("dies")
    kept = await begin(speech, "Once.   And\u200b again.")
    assert isinstance(kept, Kept)
    with kept.file:
        content = kept.file.read()
    assert content[44:] == streamed[44:]
    assert (streamed[40:44], content[40:44]) == (b"\xff" * 4, (len(content) - 44).to_bytes(4, "little"))
    assert files(speech) == [".wav"]


async def test_equal_texts_at_once_are_spoken_once(speech: Speech, hum: Hum) -> None:
    hum.does("slowly")
    first = await begin(speech, LONG)
    second = await begin(speech, LONG)
    assert first is second
    assert speech.texts == 1
    assert isinstance(first, Recording)
    await first.leave()
    assert isinstance(second, Recording)
    assert await second.whole() > 44  # goes on for whoever still listens
    await second.leave()


async def test_the_last_who_leaves_ends_it(speech: Speech, hum: Hum) -> None:
    hum.does("hangs")
    recording = await begin(speech, LONG)
    assert isinstance(recording, Recording)
    await until(lambda: hum.processes[0] == 1)
    await recording.leave()
    assert (speech.texts, hum.processes, files(speech)) == (0, (0, 0), [])
    hum.does("speaks")
    assert heard(await spoken(speech, LONG)).seconds > 10


async def test_one_that_leaves_before_anything_began_leaves_nothing(speech: Speech, hum: Hum) -> None:
    recording = await begin(speech, LONG)
    assert isinstance(recording, Recording)
    await recording.leave()
    assert (speech.texts, files(speech)) == (0, [])


async def test_more_texts_than_may_wait_are_refused(speech: Speech, hum: Hum) -> None:
    hum.does("hangs")
    begun = [await begin(speech, f"Text {number}.") for number in range(4)]
    with pytest.raises(SpeechBusy) as refused:
        await begin(speech, "One more.")
    assert refused.value.headers["Retry-After"]
    assert files(speech) == [".part"] * 4
    again = await begin(speech, "Text 2.")  # joins what is being made, so it costs nothing
    for recording in (*begun, again):
        assert isinstance(recording, Recording)
        await recording.leave()
    assert (speech.texts, hum.processes, files(speech)) == (0, (0, 0), [])


async def test_no_more_sentences_at_once_than_allowed(speech: Speech, hum: Hum) -> None:
    hum.does("slowly")
    making = [asyncio.create_task(spoken(speech, f"{LONG[:200]} {number}.")) for number in range(4)]
    most = 0
    while not all(task.done() for task in making):
        most = max(most, hum.processes[0])
        await asyncio.sleep(0.01)
    assert most == 2
    for task in making:
        await task


async def test_a_short_text_does_not_wait_for_a_long_one(
    speech: Speech, hum: Hum, monkeypatch: pytest.MonkeyPatch
) -> None:
    hum.does("slowly")
    long = [await begin(speech, f"{LONG} {number}.") for number in range(2)]
    assert heard(await spoken(speech, "Short.")).seconds < 2
    assert speech.texts == 2
    for recording in long:
        assert isinstance(recording, Recording)
        await recording.leave()


async def test_a_failure_is_told_to_everybody_and_leaves_no_file(speech: Speech, hum: Hum) -> None:
    hum.does("dies")
    one, two = await begin(speech, LONG), await begin(speech, LONG)
    for recording in (one, two):
        assert isinstance(recording, Recording)
        with pytest.raises(SpeechFailed, match="it died"):
            await recording.begun()
        await recording.leave()
    assert (speech.texts, files(speech)) == (0, [])
    assert "it died" in (await speech.probe() or "")
    hum.does("speaks")
    assert await spoken(speech, LONG)
    assert await speech.probe() is None


async def test_a_disk_that_is_gone_is_told(speech: Speech) -> None:
    speech.store._directory = Path("/nowhere")
    with pytest.raises(SpeechFailed, match="REYNARD_DATA_DIR"):
        await begin(speech, "Hello.")
    assert speech.texts == 0


@pytest.mark.parametrize("text", [" \n ", "😀", "...!", "\x00\x01"])
async def test_what_cannot_be_heard_is_refused(speech: Speech, text: str) -> None:
    with pytest.raises(NothingToSay, match="no letter and no digit"):
        await begin(speech, text)


async def test_an_unknown_voice_costs_nothing(speech: Speech) -> None:
    with pytest.raises(UnknownVoice):
        await speech.look_at("Hello.", Wish(voice="nobody"), 1.0, Format.wav)
    assert files(speech) == []


async def test_ten_thousand_characters_are_spoken_whole(speech: Speech) -> None:
    text = "The words of this text go on and on, as texts do. " * 200
    assert len(text) == 10_000
    found = heard(await spoken(speech, text, Format.mp3, 2.0))
    assert found.seconds == pytest.approx((200 * 49 * 0.02 + 199 * 0.3 + 0.6) / 2, rel=0.01)


async def test_closing_ends_what_is_being_made(hum: Hum, opened: Open) -> None:
    hum.does("slowly")
    async with opened([hum]) as speech:
        recording = await begin(speech, LONG)
        assert isinstance(recording, Recording)
        await recording.begun()
    assert (hum.processes, files(speech)) == ((0, 0), [])
    with pytest.raises(SpeechFailed, match="ended before its end"):
        await recording.whole()
    await recording.leave()


async def test_without_an_engine_it_is_disabled_and_says_what_to_do(hum: Hum, opened: Open) -> None:
    hum.there = False
    with pytest.raises(ServiceDisabled, match="make run EXTRAS=tts"):
        async with opened([hum]):
            pass


async def test_with_engines_that_do_not_work_it_fails_and_says_why(hum: Hum, opened: Open) -> None:
    hum.does("never_starts")
    with pytest.raises(ServiceFailed, match="piper: it died"):
        async with opened([hum]):
            pass


async def test_an_engine_that_was_gone_is_found_again_by_itself(
    hum: Hum, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.tts.engines.engine.RETRY_SECONDS", 0.1)
    monkeypatch.setattr("app.services.tts.service.TEND_SECONDS", 0.05)
    async with opened([hum]) as speech:
        hum.does("dies")
        with pytest.raises(SpeechFailed):
            await spoken(speech, "Hello.")
        hum.does("never_starts")
        assert await speech.probe() == "piper: it died"
        hum.does("speaks")
        await until(lambda: hum.fault is None)
        assert await speech.probe() is None
        assert await spoken(speech, "Hello.")


async def test_one_engine_that_works_is_enough(hum: Hum, opened: Open, tmp_path: Path) -> None:
    broken = Hum(tmp_path / "other")
    broken.does("never_starts")
    async with opened([broken, hum]) as speech:
        assert await spoken(speech, "Hello.")
        assert "it died" in (await speech.probe() or "")
