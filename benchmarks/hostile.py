"""The hostile corpus against a server of its own: `python -m benchmarks.hostile [--family NAME]`.

Prints for each family how many inputs there are, how many were answered as they should be, and the median, 95th
percentile and longest time in milliseconds from the last byte of an input to the last of its answer; then how much
memory the server took in one round and in a second one, and its children in both. Slow senders are not timed: they are
cut off after BODY_LIMIT_SECONDS, which is 1 here. Files are read by a child that is started for each: what that takes
is in the times of `bombs`. URLs have no route: they are asked of the function.
"""

import argparse
import asyncio
import os
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from app.core.outbound import UrlFailed, UrlRefused, fetch
from benchmarks.serving import place, seconds_until, start_here, stop
from tests.hostile.attack import Scene, carry_out, wrong
from tests.hostile.corpus import FAMILIES, SETTINGS
from tests.hostile.urls import ANSWERS, NO_URLS, THIS_MACHINE

KEY = "a key for benchmarks that is long enough to be one"
PAGE = os.sysconf("SC_PAGE_SIZE")
PASSWORD = "testpassword123"  # noqa: S105 - of a server that lives for a minute


def memory(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


def memory_of_children(pid: int) -> float:
    """Return that of the processes below it."""
    total, waiting = 0.0, [pid]
    while waiting:
        at = waiting.pop()
        found = [int(child) for child in Path(f"/proc/{at}/task/{at}/children").read_text().split()]
        total += sum(memory(child) for child in found)
        waiting += found
    return total


async def begin(url: str) -> None:
    """Make an administrator and the attacker's own account, and start the children that answer patterns."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        for username in ("root", "mallory"):
            body = {"username": username, "password": PASSWORD}
            (await client.post("/api/auth/register", json=body)).raise_for_status()
        for query in ("mode=regex&q=a.b", "mode=pattern&language=python&q=f($A)"):
            (await client.get(f"/api/search/syntax?{query}")).raise_for_status()


async def scene(url: str) -> Scene:
    """Log in: what is attacked ends sessions too."""
    async with httpx.AsyncClient(base_url=url) as client:
        pairs = []
        for username in ("root", "mallory"):
            body = {"username": username, "password": PASSWORD}
            pairs.append((await client.post("/api/auth/login", json=body)).raise_for_status().json())
        admin, mallory = pairs
        return Scene(mallory["access_token"], admin["access_token"], mallory["refresh_token"], KEY)


async def attack(url: str, families: list[str], pid: int) -> bool:
    """Run the families and print a line for each; return whether all was as it should be."""
    good, total, port = True, 0, int(url.rpartition(":")[2])
    for family in families:
        times, faults, count, before = [], [], 0, memory(pid)
        for item in FAMILIES[family](await scene(url)):
            got = await carry_out(port, item)
            count += 1
            faults += [fault for fault in (wrong(item, got, (KEY,)),) if fault]
            if item.code != "body_too_slow":
                times.append(got.milliseconds)
        report(family, count, faults, times, f"{memory(pid) - before:+4.0f} MB")
        good, total = good and not faults, total + count
    print(f"{total} inputs over HTTP")
    return good


async def urls() -> bool:
    """Ask the helper for every hostile URL and print a line."""
    times, faults = [], []
    hosts = [f"http://{host}:9/" for host in THIS_MACHINE]
    named = [(f"http://evil.example/{number}", [address]) for number, address in enumerate(ANSWERS)]
    loop = asyncio.get_running_loop()
    for url, answer in [*((url, None) for url in (*NO_URLS, *hosts)), *named]:

        async def resolve(_: str, __: int, answer: list[str] | None = answer) -> list[str]:
            return answer or ["127.0.0.1"]

        begun = loop.time()
        try:
            if url in hosts:
                await fetch(url, most_bytes=1, seconds=5)
            else:
                await fetch(url, most_bytes=1, seconds=5, resolve=resolve)
            faults.append(url)
        except (UrlRefused, UrlFailed):
            times.append((loop.time() - begun) * 1000)
    report("urls", len(times) + len(faults), faults, times)
    return not faults


def report(family: str, count: int, faults: list[str], times: list[float], grown: str = "") -> None:
    """Print what became of one family."""
    ordered = sorted(times)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    shown = f"p50 {statistics.median(ordered):6.1f} ms  p95 {late:6.1f} ms  worst {ordered[-1]:6.1f} ms  {grown}"
    print(f"{family:10} {count:4} inputs  {count - len(faults):4} right  {shown}", flush=True)
    for fault in faults:
        print(f"    {fault}")


async def main(families: list[str]) -> bool:
    """Start the server, attack it twice, and say what it cost."""
    with TemporaryDirectory() as nothing, place(Path(nothing)) as (url, environment):
        off = {"SECRET_KEY": KEY, "RAG_CONTINUOUS_INDEXING_ENABLED": "false"}
        server = start_here(environment | SETTINGS | off)
        try:
            await asyncio.to_thread(seconds_until, f"{url}/api/health/live", bool)
            await begin(url)
            before, children = memory(server.pid), memory_of_children(server.pid)
            good = await attack(url, families, server.pid)
            first = memory(server.pid)
            good = await attack(url, families, server.pid) and good
            second, children = memory(server.pid), memory_of_children(server.pid) - children
        finally:
            await asyncio.to_thread(stop, server)
    good = await urls() and good
    grown = f"{first - before:+.0f} MB in one round, {second - first:+.0f} MB in a second; children {children:+.0f} MB"
    print(f"memory: {before:.0f} MB before, {grown}")
    return good


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", action="append", choices=sorted(FAMILIES))
    sys.exit(0 if asyncio.run(main(parser.parse_args().family or list(FAMILIES))) else 1)
