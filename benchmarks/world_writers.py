"""100 writers at once over HTTP on two processes: is every acknowledged input in the log once, in order, and how fast?

Usage: python -m benchmarks.world_writers [--writers 100] [--seconds 20] [--workers 2] [--agents 50] [--pace 0]
Each writer waits for its answer before it sends the next input, and after `pace` seconds; so 100 of them without a pace
are all that the machine can take, and with one of 1 s a busy classroom. Answers are compared with the log over HTTP.
"""

import argparse
import asyncio
import random
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.serving import place, seconds_until, start_workers, stop

ACCOUNT = {"username": "writer", "password": "a long enough password"}
PAGE = 200


async def write(client: httpx.AsyncClient, chance: random.Random, agents: int, pace: float, until: float) -> list[Any]:
    """Send inputs until it is time; return milliseconds, status, message and interaction of each answer."""
    answers = []
    await asyncio.sleep(pace * chance.random())
    while time.monotonic() < until:
        one, other = chance.sample(range(agents), 2)
        choices: list[tuple[str, dict[str, Any]]] = [
            (f"agents/w{one}/move", {"x": chance.random() * 1000, "y": chance.random() * 1000}),
            (f"agents/w{one}/move_towards", {"target_agent_id": f"w{other}"}),
            (f"agents/w{one}/interact", {"agent2_id": f"w{other}", "interaction_type": "play"}),
            (f"agents/w{one}/chat", {"receiver_id": f"w{other}", "message": f"{chance.random()}"}),
        ]
        path, body = chance.choice(choices)
        begun = time.perf_counter()
        answer = await client.post(f"/api/ecs/{path}", json=body)
        taken = (time.perf_counter() - begun) * 1000
        answers.append((taken, answer.status_code, body.get("message"), answer.json().get("interaction_id")))
        await asyncio.sleep(pace * chance.random() * 2)
    return answers


async def read_log(client: httpx.AsyncClient) -> list[Any]:
    """Return the whole log."""
    log: list[Any] = []
    while True:
        page = (await client.get("/api/ecs/world/log", params={"after": len(log), "limit": PAGE})).json()
        log += page
        if len(page) < PAGE:
            return log


async def measure(url: str, options: argparse.Namespace) -> int:
    """Run, print, and return 0 if the log is what was answered."""
    limits = httpx.Limits(
        max_connections=options.writers, max_keepalive_connections=options.writers, keepalive_expiry=2
    )
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits) as client:
        await client.post("/api/auth/register", json=ACCOUNT)
        token = (await client.post("/api/auth/login", json=ACCOUNT)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for number in range(options.agents):
            (await client.post("/api/ecs/agents", json={"agent_id": f"w{number}"})).raise_for_status()
        until = time.monotonic() + options.seconds
        writers = [
            write(client, random.Random(number), options.agents, options.pace, until)  # noqa: S311 - the same each time
            for number in range(options.writers)
        ]
        answers = [answer for found in await asyncio.gather(*writers) for answer in found]
        log = await read_log(client)
    taken = sorted(answer[0] for answer in answers)
    good = [answer for answer in answers if answer[1] == httpx.codes.OK]
    percentiles = statistics.quantiles(taken, n=100)
    print(f"{len(answers)} inputs in {options.seconds} s, {len(answers) - len(good)} refused")
    print(f"ms: p50 {percentiles[49]:.1f}, p95 {percentiles[94]:.1f}, p99 {percentiles[98]:.1f}, most {taken[-1]:.1f}")
    numbers = [item["number"] for item in log]
    ticks = [item["tick"] for item in log]
    meetings = [item["result"]["interaction_id"] for item in log if "interaction_id" in (item["result"] or {})]
    said = sorted(item["payload"]["message"] for item in log if item["kind"] == "chat")
    truths = {
        "numbers have no gap": numbers == list(range(1, len(log) + 1)),
        "ticks never fall": None not in ticks and ticks == sorted(ticks),
        "each answer is in the log once": len(log) == len(good) + options.agents
        and sorted(meetings) == sorted(answer[3] for answer in good if answer[3])
        and said == sorted(answer[2] for answer in good if answer[2]),
    }
    for truth, holds in truths.items():
        print(f"{truth:<32}{holds}")
    return 0 if all(truths.values()) else 1


def main() -> None:
    """Serve, measure, and end with 1 if the log is not what was answered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--pace", type=float, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root, place(Path(root)) as (url, environment):
        quiet = {"RAG_CONTINUOUS_INDEXING_ENABLED": "false", "EMBEDDING_MINILM_ENABLED": "false"}
        server = start_workers(environment | quiet, options.workers)
        try:
            seconds_until(f"{url}/api/ecs/status", lambda found: bool(found["status"] == "running"))
            code = asyncio.run(measure(url, options))
        finally:
            stop(server)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"CPU of the workers and the engine, start and all: {used.ru_utime + used.ru_stime:.1f} s")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
