"""An engine's processes: each fault harms the sentence it happens in at most, and the engine is back by itself."""

import asyncio
import os
from pathlib import Path

import pytest

from app.services.tts.engines import engine as engine_module
from app.services.tts.engines.child import Child, EngineFault, EngineRefusal
from app.services.tts.engines.engine import Limits
from app.services.tts.engines.protocol import Voice
from tests.services.tts.conftest import Hum, until

pytestmark = pytest.mark.anyio


async def voice_of(hum: Hum, name: str = "hum-us") -> Voice:
    await hum.greet()
    return hum.voices[name]


def pid_of(child: Child) -> int:
    return child._process.pid


async def test_it_says_what_it_has(hum: Hum) -> None:
    assert (hum.state, hum.version) == ("idle", None)
    await hum.greet()
    assert (hum.state, hum.version, set(hum.voices)) == ("running", "1", {"hum-us", "hum-de", "hum-zh"})


async def test_it_speaks_at_the_speed_that_was_asked_for(hum: Hum) -> None:
    voice = await voice_of(hum)
    lengths = [len(await hum.speak("a" * 100, voice, speed)) / 2 / voice.rate for speed in (0.5, 1.0, 2.0)]
    assert lengths == pytest.approx([4.0, 2.0, 1.0], abs=0.001)


async def test_one_process_serves_sentence_after_sentence(hum: Hum) -> None:
    voice = await voice_of(hum)
    child = hum._idle[0][0]
    for _ in range(3):
        await hum.speak("again", voice, 1.0)
    assert [found for found, _ in hum._idle] == [child]


async def test_sentences_at_once_have_a_process_each(hum: Hum) -> None:
    voice = await voice_of(hum)
    hum.does("slowly")
    same = await asyncio.gather(*(hum.speak("a" * number, voice, 1.0) for number in (10, 20, 30)))
    assert [len(samples) for samples in same] == [8820, 17640, 26460]
    assert hum.processes == (0, 3)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("dies", "it died"),
        ("garbage", "nonsense"),
        ("huge_frame", "nonsense"),
        ("greets_again", "nonsense"),
        ("half_a_sample", "half a sample"),
        ("floods", "did not stop"),
    ],
)
async def test_a_process_that_fails_is_replaced_twice_and_then_given_up(hum: Hum, behaviour: str, reason: str) -> None:
    voice = await voice_of(hum)
    hum.does(behaviour)
    with pytest.raises(EngineFault, match=reason):
        await hum.speak("a sentence", voice, 1.0)
    assert hum.processes == (0, 0)
    assert (hum.state, hum.fault is None) == ("failed", False)
    hum.does("speaks")
    assert await hum.speak("a sentence", voice, 1.0)
    assert (hum.state, hum.fault) == ("running", None)


async def test_one_death_in_the_middle_of_a_sentence_is_not_heard(hum: Hum) -> None:
    voice = await voice_of(hum)
    expected = await hum.speak("a sentence", voice, 1.0)
    hum.does("dies_once")
    assert await hum.speak("a sentence", voice, 1.0) == expected
    assert hum.fault is None


async def test_one_that_hangs_is_killed_in_time_and_not_tried_twice(tmp_path: Path) -> None:
    hum = Hum(tmp_path / "behaviour", Limits(sentence=0.5, idle=60))
    voice = await voice_of(hum)
    pid = pid_of(hum._idle[0][0])
    hum.does("hangs")
    with pytest.raises(EngineFault, match=r"longer than 0\.5 s"):
        await hum.speak("a sentence", voice, 1.0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert hum.processes == (0, 0)


async def test_one_that_was_killed_while_idle_is_not_asked(hum: Hum) -> None:
    voice = await voice_of(hum)
    child = hum._idle[0][0]
    os.kill(pid_of(child), 9)
    await child._process.wait()
    assert await hum.speak("a sentence", voice, 1.0)


async def test_a_refusal_is_passed_on_and_costs_no_process(hum: Hum) -> None:
    voice = await voice_of(hum)
    child = hum._idle[0][0]
    hum.does("refuses")
    with pytest.raises(EngineRefusal, match="put it there again"):
        await hum.speak("a sentence", voice, 1.0)
    assert [found for found, _ in hum._idle] == [child]


async def test_who_does_not_wait_ends_the_process(hum: Hum) -> None:
    voice = await voice_of(hum)
    pid = pid_of(hum._idle[0][0])
    hum.does("hangs")
    speaking = asyncio.create_task(hum.speak("a sentence", voice, 1.0))
    await until(lambda: hum.processes[0] == 1)
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert hum.processes == (0, 0)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("never_starts", "it died"),
        ("no_greeting", "nonsense"),
        ("not_installed", "humming is not installed"),
        ("never_greets", "did not greet"),
    ],
)
async def test_one_that_does_not_start_says_why_and_is_found_when_it_is_back(
    hum: Hum, behaviour: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.tts.engines.child.GREETING_SECONDS", 1.0)
    monkeypatch.setattr(engine_module, "RETRY_SECONDS", 0.0)
    hum.does(behaviour)
    await hum.greet()
    assert hum.state == "failed"
    assert reason in (hum.fault or "")
    assert hum.processes == (0, 0)
    await hum.tend()
    assert hum.state == "failed"
    hum.does("speaks")
    await hum.tend()
    assert (hum.state, hum.fault, len(hum.voices)) == ("running", None, 3)


async def test_a_program_that_is_gone_is_told(hum: Hum) -> None:
    hum._command = ("/nowhere/at/all",)
    await hum.greet()
    assert hum.fault == "its program cannot be started"


async def test_idle_processes_end(tmp_path: Path) -> None:
    hum = Hum(tmp_path / "behaviour", Limits(sentence=5, idle=0.01))
    await hum.greet()
    pid = pid_of(hum._idle[0][0])
    await asyncio.sleep(0.05)
    await hum.tend()
    assert (hum.state, hum.processes) == ("idle", (0, 0))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_one_that_is_not_installed_is_absent_and_not_looked_for(hum: Hum) -> None:
    hum.there = False
    await hum.tend()
    assert (hum.state, hum.processes) == ("absent", (0, 0))
