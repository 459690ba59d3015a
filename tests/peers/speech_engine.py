"""An engine of speech that speaks our protocol and hums instead of words; told by a file what to do wrong.

Run as `python speech_engine.py FILE`. FILE holds one word and may change at any time. It is looked at before the
greeting and before each order. A hum lasts 0.02 s for each letter at speed 1.
"""

import json
import math
import os
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

RATE = 22_050
LETTER_SECONDS = 0.02
GREETING, AUDIO, DONE, FAILED = 1, 2, 3, 4
BEHAVIOUR = Path(sys.argv[1])

VOICES = [
    {"id": "hum-us", "name": "Hum", "language": "en-US", "also": ["en"], "rate": RATE, "version": "1"},
    {"id": "hum-de", "name": "Summen", "language": "de", "also": [], "rate": RATE, "version": "1"},
    {"id": "hum-zh", "name": "Hum", "language": "cmn", "also": ["zh"], "rate": RATE, "version": "1"},
]


def send(kind: int, content: bytes) -> None:
    sys.stdout.buffer.write(struct.pack(">BI", kind, len(content)) + content)
    sys.stdout.buffer.flush()


def hum(text: str, speed: float) -> bytes:
    count = round(RATE * LETTER_SECONDS * len(text) / speed)
    return struct.pack(f"<{count}h", *(round(9000 * math.sin(0.06 * at)) for at in range(count)))


def speak(order: dict[str, object]) -> None:
    samples = hum(str(order["text"]), float(str(order["speed"])))
    for at in range(0, len(samples), 60_000):
        send(AUDIO, samples[at : at + 60_000])
    send(DONE, b"")


def dies(order: dict[str, object]) -> None:
    send(AUDIO, bytes(2000))
    os._exit(3)


def dies_once(order: dict[str, object]) -> None:
    BEHAVIOUR.write_text("speaks")
    dies(order)


def hangs(order: dict[str, object]) -> None:
    send(AUDIO, bytes(2000))
    time.sleep(600)


def floods(order: dict[str, object]) -> None:
    while True:
        send(AUDIO, bytes(60_000))


def huge_frame(order: dict[str, object]) -> None:
    sys.stdout.buffer.write(struct.pack(">BI", AUDIO, 2**31))
    sys.stdout.buffer.flush()
    time.sleep(600)


def garbage(order: dict[str, object]) -> None:
    sys.stdout.buffer.write(b"Traceback (most recent call last): this is no frame at all\n" * 2000)
    sys.stdout.buffer.flush()
    time.sleep(600)


def half_a_sample(order: dict[str, object]) -> None:
    send(AUDIO, bytes(2001))
    send(DONE, b"")


def greets_again(order: dict[str, object]) -> None:
    send(GREETING, json.dumps({"version": "1", "voices": VOICES}).encode())


def refuses(order: dict[str, object]) -> None:
    send(FAILED, b"the voice cannot be loaded: put it there again")


def slowly(order: dict[str, object]) -> None:
    time.sleep(0.2)
    speak(order)


ORDERS: dict[str, Callable[[dict[str, object]], None]] = {
    "speaks": speak,
    "dies": dies,
    "dies_once": dies_once,
    "hangs": hangs,
    "floods": floods,
    "huge_frame": huge_frame,
    "garbage": garbage,
    "half_a_sample": half_a_sample,
    "greets_again": greets_again,
    "refuses": refuses,
    "slowly": slowly,
}


def greet() -> None:
    match BEHAVIOUR.read_text():
        case "never_starts":
            os._exit(1)
        case "never_greets":
            time.sleep(600)
        case "no_greeting":
            send(GREETING, b'{"version": 1}')
        case "not_installed":
            send(FAILED, b"humming is not installed")
            os._exit(0)
        case _:
            send(GREETING, json.dumps({"version": "1", "voices": VOICES}).encode())


if __name__ == "__main__":
    greet()
    for line in sys.stdin.buffer:
        ORDERS[BEHAVIOUR.read_text()](json.loads(line))
