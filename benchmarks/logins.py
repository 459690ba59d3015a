"""How many logins a second, and what they do to everybody else: a route of another caller, with and without them.

Usage: python -m benchmarks.logins [--logins 50] [--seconds 10]
One process serves. That many clients log in again and again, with 600,000 iterations as in production, while one
connection calls GET /api/protected, which verifies a token, without a pause.
"""

import argparse
import asyncio
import itertools
import time

import httpx

from benchmarks.accounts import ACCOUNT, post, servers
from benchmarks.client import HEADING, Measured, ask, connect

PATH = "/api/protected"


async def log_in_for(url: str, clients: int, seconds: float) -> Measured:
    """Log in with so many clients at once for that long."""
    measured = Measured()
    begun = time.perf_counter()

    async def client(connections: httpx.AsyncClient) -> None:
        while time.perf_counter() - begun < seconds:
            asked = time.perf_counter()
            answer = await connections.post(f"{url}/api/auth/login", json=ACCOUNT)
            measured.latencies.append((time.perf_counter() - asked) * 1000)
            measured.errors += answer.status_code != 200

    async with httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=clients)) as connections:
        await asyncio.gather(*(client(connections) for _ in range(clients)))
    measured.seconds = time.perf_counter() - begun
    return measured


async def call(port: int, token: str, until: asyncio.Event) -> Measured:
    """Call the other route until told to end."""
    connection = await connect(port, f"Authorization: Bearer {token}\r\n".encode())
    measured = Measured()
    while not until.is_set():
        await ask(connection, PATH, measured)
    connection.close()
    return measured


async def measure(url: str, clients: int, seconds: float) -> None:
    """Measure and print a table."""
    port = int(url.rpartition(":")[2])
    token = post(f"{url}/api/auth/login", ACCOUNT)["access_token"]
    print(HEADING)
    for number in itertools.islice(itertools.cycle((0, clients)), 4):
        ended = asyncio.Event()
        calling = asyncio.create_task(call(port, token, ended))
        logins = await log_in_for(url, number, seconds) if number else None
        await asyncio.sleep(0 if number else seconds)
        ended.set()
        print((await calling).row(f"GET {PATH}, {number} logins at once"))
        if logins:
            print(logins.row(f"  logins: {logins.rate:.1f} a second"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logins", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=10)
    asked = parser.parse_args()
    with servers() as (url,):
        asyncio.run(measure(url, asked.logins, asked.seconds))


if __name__ == "__main__":
    main()
