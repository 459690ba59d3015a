"""How fast each engine speaks, when the first byte comes over HTTP, and how soon work ends when the caller hangs up.

Usage: python -m benchmarks.speech [--rounds 5]
Needs the engines: `make run EXTRAS=tts`. Starts a server of its own on an empty data directory.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import httpx

from app.services.tts.engines.catalogue import engines
from app.services.tts.engines.engine import Engine, Limits
from benchmarks.serving import place, seconds_until, start_workers, stop

SENTENCES = (
    "The index shows what is on disk, and every answer says which generation it comes from.",
    "Where are refresh tokens rotated?",
    "A quick brown fox jumped over the lazy dog while nobody looked at the clock in the hall.",
    "It is twelve past nine, and the build has been green since yesterday evening.",
)
VOICES = {"piper": "en_US-joe-medium", "espeak-ng": "en-US"}
FORMATS = ("wav", "mp3", "ogg", "opus")
PASSWORD = "a password for a benchmark"  # noqa: S105 - of an account that lives as long as the measurement


async def speed(engine: Engine, rounds: int) -> None:
    """Print how long an engine takes to start, and how many seconds of speech it makes in one."""
    begun = time.perf_counter()
    await engine.greet()
    if engine.fault is not None:
        print(f"| {engine.name} | {engine.fault} | | | |")
        return
    greeted = time.perf_counter() - begun
    voice = engine.voices[VOICES[engine.name]]
    begun = time.perf_counter()
    await engine.speak("One.", voice, 1.0)
    first = time.perf_counter() - begun
    made, taken = 0.0, []
    for sentence in SENTENCES * rounds:
        begun = time.perf_counter()
        samples = await engine.speak(sentence, voice, 1.0)
        taken.append(time.perf_counter() - begun)
        made += len(samples) / 2 / voice.rate
    print(
        f"| {engine.name} {engine.version} | {greeted:.2f} s | {first:.3f} s | {made / sum(taken):.1f} "
        f"| {1000 * statistics.median(taken):.0f} ms |"
    )


async def alone(rounds: int) -> None:
    """Measure the engines without a server."""
    print("| engine | process greets after | first word after | seconds of speech a second | a sentence (p50) |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as empty:
        for engine in engines(Path(empty), Limits(sentence=60, idle=60)):
            await speed(engine, rounds)
            await engine.close()


async def over_http(url: str, rounds: int) -> None:
    """Measure a running server."""
    async with httpx.AsyncClient(base_url=f"{url}/api", timeout=60) as client:
        account = {"username": "bench", "password": PASSWORD}
        (await client.post("/auth/register", json=account)).raise_for_status()
        token = (await client.post("/auth/login", json=account)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        print("\n| engine, format | ten sentences: first byte (p50) | whole | from the cache |\n|---|---|---|---|")
        for engine in VOICES:
            for form in FORMATS:
                await bytes_of(client, engine, form, rounds)
        print(f"\nhung up after the first byte: the work ended after {await ending(client):.2f} s")


async def bytes_of(client: httpx.AsyncClient, engine: str, form: str, rounds: int) -> None:
    """Print when the first byte and the last come of a text that nobody asked for before, and of one that was."""
    firsts, lasts, kept = [], [], []
    for _ in range(rounds):
        text = " ".join([*SENTENCES, *SENTENCES, SENTENCES[0], f"Number {uuid4().int % 10_000}."])
        body = {"text": text, "engine": engine, "format": form}
        first, last = await timed(client, body)
        firsts.append(first)
        lasts.append(last)
        kept.append((await timed(client, body))[1])
    p50 = [statistics.median(values) for values in (firsts, lasts, kept)]
    print(f"| {engine}, {form} | {p50[0]:.3f} s | {p50[1]:.2f} s | {1000 * p50[2]:.1f} ms |")


async def timed(client: httpx.AsyncClient, body: dict[str, str]) -> tuple[float, float]:
    """Return the seconds until the first byte and until the last."""
    begun, first = time.perf_counter(), None
    async with client.stream("POST", "/tts/synthesize", json=body) as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_raw():
            first = first or time.perf_counter() - begun
    return first or 0.0, time.perf_counter() - begun


async def ending(client: httpx.AsyncClient) -> float:
    """Hang up in the middle of a long text, and return the seconds until nothing is spoken."""
    body = {"text": " ".join(SENTENCES * 30)[:9000] + uuid4().hex[:4], "engine": "piper"}
    async with client.stream("POST", "/tts/synthesize", json=body) as answer:
        async for _ in answer.aiter_raw():
            break
    begun = time.perf_counter()
    while (await client.get("/tts/status")).json()["texts"]:  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.01)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    asyncio.run(alone(rounds))
    with tempfile.TemporaryDirectory() as root, place(Path(root)) as (url, environment):
        server = start_workers(environment | {"RAG_CONTINUOUS_INDEXING_ENABLED": "false"}, 1)
        try:
            seconds_until(f"{url}/api/tts/status", lambda found: found["status"] == "running")
            asyncio.run(over_http(url, rounds))
        finally:
            stop(server)


if __name__ == "__main__":
    main()
