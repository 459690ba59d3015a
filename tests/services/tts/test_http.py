"""Speech over HTTP, as it is used."""

import asyncio
import io
import json
import zipfile

import httpx
import pytest

from app.services.tts.engines.catalogue import espeak_installed, piper_installed
from tests.conftest import House
from tests.services.tts.audio import heard
from tests.services.tts.conftest import Studio, until

pytestmark = pytest.mark.anyio

LONG = "This is one sentence of many. " * 60


async def speak(studio: Studio, **sent: object) -> httpx.Response:
    return await studio.house.client.post("/api/tts/synthesize", json=sent, headers=studio.ann)


async def ended(studio: Studio) -> None:
    """Wait until nothing is being spoken."""
    await until(lambda: not studio.speech.texts and not studio.hum.processes[0])


async def test_an_anonymous_caller_is_asked_to_log_in(studio: Studio) -> None:
    for path, body in (("synthesize", {"text": "Hello."}), ("batch", {"items": [{"text": "Hello."}]})):
        assert (await studio.house.client.post(f"/api/tts/{path}", json=body)).status_code == 401
    assert (await studio.house.client.get("/api/tts/status")).status_code == 200


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("wav", "audio/wav"),
        ("mp3", "audio/mpeg"),
        ("ogg", "audio/ogg; codecs=vorbis"),
        ("opus", "audio/ogg; codecs=opus"),
    ],
)
async def test_each_format_is_streamed_and_then_kept(studio: Studio, form: str, media_type: str) -> None:
    first = await speak(studio, text="Hello there. How are you?", format=form)
    assert (first.status_code, first.headers["content-type"]) == (200, media_type)
    assert "content-length" not in first.headers
    again = await speak(studio, text="Hello there. How are you?", format=form)
    assert int(again.headers["content-length"]) == len(again.content)
    assert again.headers["etag"] == (await speak(studio, text="Hello there. How are you?", format=form)).headers["etag"]
    assert heard(again.content).seconds == pytest.approx(
        heard(first.content).seconds, abs=0.1
    )  # MP3 tells the silence it adds at its end
    assert heard(first.content).rms > 0.1


async def test_the_first_sentence_is_heard_while_the_next_is_made(studio: Studio) -> None:
    studio.hum.does("slowly")
    body = {"text": LONG}
    async with studio.house.client.stream("POST", "/api/tts/synthesize", json=body, headers=studio.ann) as answer:
        assert answer.status_code == 200
        async for _ in answer.aiter_raw():
            assert studio.speech.texts == 1
            break
    await ended(studio)


@pytest.mark.parametrize("behaviour", ["hangs", "slowly"])
async def test_who_hangs_up_ends_the_work(studio: Studio, behaviour: str) -> None:
    studio.hum.does(behaviour)
    asking = asyncio.create_task(speak(studio, text=LONG))
    await until(lambda: studio.hum.processes[0] == 1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await ended(studio)
    assert studio.hum.fault is None  # it was ended, and not given up after its time


async def test_who_hangs_up_in_the_middle_ends_the_work(studio: Studio) -> None:
    studio.hum.does("slowly")
    body = {"text": LONG}
    async with studio.house.client.stream("POST", "/api/tts/synthesize", json=body, headers=studio.ann) as answer:
        async for _ in answer.aiter_raw():
            studio.hum.does("hangs")
            await asyncio.sleep(0.5)  # the sentence after the next hangs, and nothing more is sent
            break
    await ended(studio)
    assert studio.hum.fault is None


async def test_streams_hold_no_database_connection(studio: Studio) -> None:
    studio.hum.does("hangs")
    asking = [asyncio.create_task(speak(studio, text=f"Text {number}.")) for number in range(8)]
    await until(lambda: studio.speech.texts == 8)
    for name in ("main_database", "auth_database"):
        assert studio.house.service(name).engine.pool.checkedout() == 0
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await ended(studio)


async def test_a_failure_before_the_first_sentence_has_a_status(studio: Studio) -> None:
    studio.hum.does("dies")
    answer = await speak(studio, text="Hello there.")
    assert (answer.status_code, answer.json()["code"]) == (503, "speech_failed")
    assert int(answer.headers["retry-after"]) > 0
    studio.hum.does("speaks")
    assert (await speak(studio, text="Hello there.")).status_code == 200


async def test_a_failure_in_the_middle_cuts_the_connection(studio: Studio) -> None:
    studio.hum.does("slowly")

    async def listen() -> None:
        body = {"text": LONG}
        async with studio.house.client.stream("POST", "/api/tts/synthesize", json=body, headers=studio.ann) as answer:
            async for _ in answer.aiter_raw():
                studio.hum.does("dies")

    with pytest.raises(httpx.RemoteProtocolError):
        await listen()
    await ended(studio)


async def test_a_line_that_is_full_is_told(studio: Studio) -> None:
    studio.hum.does("hangs")
    asking = [asyncio.create_task(speak(studio, text=f"Text {number}.")) for number in range(18)]
    await until(lambda: studio.speech.texts == 18)
    refused = await speak(studio, text="One more.")
    assert (refused.status_code, refused.json()["code"]) == (503, "speech_busy")
    assert int(refused.headers["retry-after"]) > 0
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await ended(studio)


REFUSED: list[tuple[dict[str, object], str, str]] = [
    ({"text": ""}, "invalid_input", "text"),
    ({"text": "a" * 10_001}, "invalid_input", "text"),
    ({"text": "Hi.", "speed": 0.49}, "invalid_input", "speed"),
    ({"text": "Hi.", "speed": 2.01}, "invalid_input", "speed"),
    ({"text": "Hi.", "format": "flac"}, "invalid_input", "format"),
    ({"text": "Hi.", "engine": "/bin/sh"}, "invalid_input", "engine"),
    ({"text": "Hi.", "language": "not a tag"}, "invalid_input", "language"),
    ({"text": "Hi.", "language": "tlh"}, "unknown_voice", "language"),
    ({"text": "Hi.", "voice": "hum-fr"}, "unknown_voice", "voice"),
    ({"text": "Hi.", "voice": "../../etc/passwd"}, "unknown_voice", "voice"),
    ({"text": "Hi.", "ssml": True}, "invalid_input", "ssml"),
    ({"text": " \n\t "}, "nothing_to_say", "text"),
    ({"text": "😀🎉"}, "nothing_to_say", "text"),
]


async def test_what_does_not_fit_is_named(studio: Studio) -> None:
    for sent, code, field in REFUSED:
        answer = await speak(studio, **sent)
        assert (answer.status_code, answer.json()["code"]) == (422, code), sent
        assert answer.json()["detail"].startswith(f"{field}:"), sent


async def test_half_a_character_is_refused(studio: Studio) -> None:
    headers = {**studio.ann, "Content-Type": "application/json"}
    answer = await studio.house.client.post("/api/tts/synthesize", content=b'{"text": "a \\ud800 b"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_ten_thousand_characters_are_taken(studio: Studio) -> None:
    answer = await speak(studio, text="a " * 5000, speed=2.0, format="mp3")
    assert answer.status_code == 200
    assert heard(answer.content).seconds == pytest.approx(10_000 * 0.02 / 2, rel=0.1)


async def test_a_batch_is_an_archive_that_says_what_became_of_each(studio: Studio) -> None:
    items = [{"text": "Hello."}, {"text": "Guten Tag.", "language": "de", "format": "mp3"}, {"text": "Hello."}]
    answer = await studio.house.client.post("/api/tts/batch", json={"items": items}, headers=studio.ann)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["001.wav", "002.mp3", "003.wav", "results.json"]
        assert archive.read("001.wav") == archive.read("003.wav")
        assert heard(archive.read("002.mp3")).rms > 0.05
        results = json.loads(archive.read("results.json"))
        assert [result["bytes"] for result in results] == [len(archive.read(result["file"])) for result in results]
    assert [result["voice"] for result in results] == ["hum-us", "hum-de", "hum-us"]
    await ended(studio)


async def test_one_that_fails_harms_no_other_of_its_batch(studio: Studio) -> None:
    await speak(studio, text="Kept before.")
    studio.hum.does("dies")
    items = [{"text": "It fails."}, {"text": "Kept before."}]
    answer = await studio.house.client.post("/api/tts/batch", json={"items": items}, headers=studio.ann)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["002.wav", "results.json"]
        failed, kept = json.loads(archive.read("results.json"))
    assert (failed["code"], failed["file"], kept["file"]) == ("speech_failed", None, "002.wav")


async def test_who_hangs_up_in_a_batch_ends_it(studio: Studio) -> None:
    studio.hum.does("slowly")
    items = [{"text": f"{LONG[:90]} {number}."} for number in range(50)]
    body = {"items": items}
    async with studio.house.client.stream("POST", "/api/tts/batch", json=body, headers=studio.ann) as answer:
        async for _ in answer.aiter_raw():
            break
    await ended(studio)


REFUSED_BATCHES: list[tuple[list[dict[str, object]], str]] = [
    ([], "items"),
    ([{"text": "Hi."}] * 101, "items"),
    ([{"text": "a" * 10_000}] * 11, "at most 100000"),
    ([{"text": "Hi."}, {"text": "..."}], "items.1.text:"),
    ([{"text": "Hi."}, {"text": "Hi.", "voice": "nobody"}], "items.1.voice:"),
]


async def test_a_batch_is_looked_at_before_it_begins(studio: Studio) -> None:
    for items, detail in REFUSED_BATCHES:
        answer = await studio.house.client.post("/api/tts/batch", json={"items": items}, headers=studio.ann)
        assert answer.status_code == 422, detail
        assert detail in answer.json()["detail"]


async def test_voices_are_listed_and_narrowed(studio: Studio) -> None:
    client = studio.house.client
    every = await client.get("/api/tts/voices")
    assert [voice["id"] for voice in every.json()] == ["hum-us", "hum-de", "hum-zh"]
    assert every.headers["x-total-count"] == "3"
    assert [voice["id"] for voice in (await client.get("/api/tts/voices?language=zh")).json()] == ["hum-zh"]
    assert (await client.get("/api/tts/voices?engine=espeak-ng")).json() == []
    assert [voice["id"] for voice in (await client.get("/api/tts/voices?limit=1&offset=1")).json()] == ["hum-de"]


async def test_status_tells_how_it_is(studio: Studio) -> None:
    await speak(studio, text="Hello.")
    found = (await studio.house.client.get("/api/tts/status")).json()
    assert (found["status"], found["cache"]["files"], found["texts"]) == ("running", 1, 0)
    assert found["engines"] == [{"name": "piper", "status": "running", "reason": None, "version": "1", "voices": 3}]
    studio.hum.does("dies")
    await speak(studio, text="Something else.")
    (engine,) = (await studio.house.client.get("/api/tts/status")).json()["engines"]
    assert (engine["status"], engine["reason"]) == ("failed", "it died")


@pytest.mark.skipif(piper_installed() or espeak_installed(), reason="an engine is installed")
async def test_without_engines_status_is_200_and_says_what_to_type(house: House) -> None:
    answer = await house.client.get("/api/tts/status")
    assert (answer.status_code, answer.json()["status"]) == (200, "disabled")
    assert "make run EXTRAS=tts" in answer.json()["reason"]
    ann = await house.account("ann")
    refused = await house.client.post("/api/tts/synthesize", json={"text": "Hello."}, headers=ann)
    assert (refused.status_code, refused.json()["code"]) == (503, "service_not_running")
    assert "make run EXTRAS=tts" in refused.json()["detail"]
