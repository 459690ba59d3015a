"""A child that does what it is told, good or bad."""

import os
import time

from app.core.bounded import serve


def answer(request: bytes) -> bytes:
    """Do as the first word says."""
    word, _, rest = request.partition(b" ")
    if word == b"pid":
        return str(os.getpid()).encode()
    if word == b"echo":
        return rest
    if word == b"print":
        print("this is no answer")  # noqa: T201 - that is the point
        return b"printed"
    if word == b"long":
        return bytes(1_000_001)
    if word == b"half":
        os.write(3, b"\0\0")
        os._exit(0)
    if word == b"hang":
        time.sleep(60)
    if word == b"crash":
        os.abort()
    if word == b"memory":
        return bytes(1 << 31)
    os._exit(0)


if __name__ == "__main__":
    serve(answer, 1 << 30, 2)
