"""Does the same log give the same world? 200 agents, 100,000 ticks, 1,000 random inputs of every kind.

Usage: python -m benchmarks.world_replay [--agents 200] [--ticks 100000] [--inputs 1000] [--seed 7]
A world runs for real: its engine is a process on an embedded PostgreSQL. Ticks are asked for a hundred at a time,
inputs come while they pass, and after half of them the engine is killed with SIGKILL. Then its log is played twice from
the seed, each time in a process of its own. The SHA-256 over the whole state, as it was saved and as it was played,
must be one.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import uuid4

from app.core.access import Caller, Role
from app.core.errors import ApiError
from app.core.registry import Context
from app.core.settings import load_settings
from app.db.database import Database
from app.db.embedded import attach
from app.db.provision import Address, provision
from app.db.settings import DatabaseName
from app.services.ecs import keeping
from app.services.ecs.archive import played
from app.services.ecs.commands import read
from app.services.ecs.errors import EngineAway
from app.services.ecs.service import Ecs, open_ecs
from app.services.ecs.settings import EcsSettings
from benchmarks.world_inputs import Inputs

SOMEBODY = Caller(user_id=uuid4(), username="somebody", role=Role.admin)
SECONDS = 3600.0
SLOW = ("set_speed", "pause", "resume", "step")
"""Inputs about time are followed by one that stops it again: ticks pass as they are asked for."""


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is true."""
    while not await condition():  # noqa: ASYNC110 - what another process does has no event here
        await asyncio.sleep(0.02)


async def send(ecs: Ecs, kind: str, payload: dict[str, object]) -> bool:
    """Send an input, again while nobody runs the world; return whether it was applied."""
    while True:
        try:
            await ecs.inbox.send(read(kind, payload), SOMEBODY)
        except EngineAway:
            await asyncio.sleep(0.1)
        except ApiError:
            return False
        else:
            return True


def kill_engine() -> None:
    """Kill the engine, which is the only child of this process that runs its module."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "ecs.engine.process"], capture_output=True, text=True, check=True
    )
    os.kill(int(found.stdout), signal.SIGKILL)


async def live(ecs: Ecs, options: argparse.Namespace) -> None:
    """Let the world live: founders, then inputs spread over the ticks, and a kill in the middle."""
    chance = random.Random(options.seed)  # noqa: S311 - the same inputs each time
    inputs = Inputs(chance, options.agents)
    await until(lambda: running(ecs))
    for _ in range(options.agents):
        await send(ecs, *inputs.founder())
    await send(ecs, "pause", {})
    applied, refused = 0, 0
    for number in range(options.inputs):
        while not await send(ecs, "step", {"ticks": options.ticks // options.inputs}):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)  # more ticks are owed than may be
        if number == options.inputs // 2:
            kill_engine()
        kind, payload = inputs.next()
        done = await send(ecs, kind, payload)
        applied, refused = applied + done, refused + (not done)
        if kind in SLOW:
            await send(ecs, "pause", {})
    while (await ecs.current()).clock.owed:  # noqa: ASYNC110 - what another process does has no event here
        await asyncio.sleep(0.1)
    print(f"inputs applied {applied}, refused {refused}; the engine was killed after half of them")


async def running(ecs: Ecs) -> bool:
    """Whether an engine runs the world."""
    return await ecs.probe() is None and ecs.mirror.running


async def measure(options: argparse.Namespace, directory: Path) -> int:
    """Run, print, and return 0 if there is one hash."""
    os.environ["ECS_WORLD_SEED"] = str(options.seed)
    async with attach(directory) as servers:
        url = servers.postgres_url("reynard_ecs")
        await provision(Address(url), DatabaseName.ecs, create=True)
        database = Database(url)
        context = Context(load_settings([EcsSettings]), "ecs", {"ecs_database": database}.__getitem__, print)
        begun = perf_counter()
        async with open_ecs(context) as ecs:
            await live(ecs, options)
            archive = await keeping.taken(database)
            living = len(ecs.mirror.world.living)
        await database.close()
    print(f"{archive.head.tick} ticks, {archive.head.inputs} inputs, {living} agents in {perf_counter() - begun:.0f} s")
    hashes = [archive.head.hash]
    for _ in range(2):
        begun = perf_counter()
        hashes.append((await played(archive, SECONDS)).hash)
        seconds = perf_counter() - begun
        print(f"played in {seconds:.0f} s: {seconds / archive.head.tick * 1000:.2f} ms a tick")
    for name, found in zip(("lived, killed, restarted", "played", "played again"), hashes, strict=True):
        print(f"{name:<26}{found}")
    return 0 if len(set(hashes)) == 1 else 1


def main() -> None:
    """Run, and end with 1 if the hashes differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--ticks", type=int, default=100_000)
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    with TemporaryDirectory() as directory:
        sys.exit(asyncio.run(measure(parser.parse_args(), Path(directory) / "reynard")))


if __name__ == "__main__":
    main()
