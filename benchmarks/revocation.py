"""How long after a logout in one process another process refuses the token.

Usage: python -m benchmarks.revocation [--times 200]
Two processes serve the same data. The other one is asked without a pause, from before the logout until it answers 401;
the time runs from the answer to the logout, or from when that was asked.
"""

import argparse
import asyncio
import socket
import statistics
import time

from benchmarks.accounts import ACCOUNT, post, servers
from benchmarks.client import connect

PATH = "/api/protected"


async def one(here: str, there: str) -> tuple[float, float]:
    """Log in and out; return the milliseconds from the answer, and from the question, to the first 401 elsewhere."""
    token = (await asyncio.to_thread(post, f"{here}/api/auth/login", ACCOUNT))["access_token"]
    header = f"Authorization: Bearer {token}\r\n".encode()
    connections = [await connect(int(url.rpartition(":")[2]), header) for url in (here, there)]
    for connection in connections:
        status, body = await connection.get(PATH)
        if status != 200:
            raise RuntimeError(f"not logged in: {status} {body!r}")

    async def refused() -> float:
        while (await connections[1].get(PATH))[0] != 401:
            pass
        return time.perf_counter()

    watching = asyncio.create_task(refused())
    await asyncio.sleep(0.01)
    asked = time.perf_counter()
    await asyncio.to_thread(post, f"{here}/api/auth/logout", {}, token)
    answered = time.perf_counter()
    seen = await watching
    for connection in connections:
        connection.close()
    return (seen - answered) * 1000, (seen - asked) * 1000


async def measure(here: str, there: str, times: int) -> None:
    """Measure and print a table."""
    both = [await one(here, there) for _ in range(times)]
    for name, column in (("since the logout was answered", 0), ("since the logout was asked for", 1)):
        found = sorted(pair[column] for pair in both)
        p95 = found[int(0.95 * len(found))]
        print(f"{name:32} p50 {statistics.median(found):7.2f} ms  p95 {p95:7.2f} ms  max {found[-1]:7.2f} ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    times = parser.parse_args().times
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with servers(port) as (here, there):
        asyncio.run(measure(here, there, times))


if __name__ == "__main__":
    main()
