"""What a world costs that nobody looks at, and one that somebody watches: it runs in every developer's process.

Usage: python -m benchmarks.world_idle [--agents 100] [--seconds 30]
CPU time of the engine, of the process that answers, and of the PostgreSQL processes that serve both, in per cent of a
core, at speed 1; and the engine's memory.
"""

import argparse
import asyncio
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from app.core.access import Caller, Role
from app.core.registry import Context
from app.core.settings import load_settings
from app.db.database import Database
from app.db.embedded import attach
from app.db.provision import Address, provision
from app.db.settings import DatabaseName
from app.services.ecs.commands.people import CreateAgent
from app.services.ecs.service import Ecs, open_ecs
from app.services.ecs.settings import EcsSettings

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
SOMEBODY = Caller(user_id=uuid4(), username="somebody", role=Role.admin)


def pids(*pattern: str) -> list[int]:
    """Return the processes that pgrep finds."""
    found = subprocess.run(["pgrep", *pattern], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def cpu_seconds(process: int) -> float:
    """Return the CPU time of a process so far; 0 of one that is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def memory_mb(process: int) -> float:
    """Return the memory of a process that is its own."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


async def measured(database: Database, ecs: Ecs, seconds: float, *, watched: bool) -> str:
    """Return the shares of a core over some seconds."""
    (engine,) = pids("-P", str(os.getpid()), "-f", "ecs.engine.process")
    async with database.engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        servers = [row.pid for row in rows]
    groups = {"engine": [engine], "answering": [os.getpid()], "PostgreSQL": servers}
    before = {name: sum(map(cpu_seconds, group)) for name, group in groups.items()}
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        if watched:
            await ecs.current()
        await asyncio.sleep(0.1 if watched else 1)
    shares = {name: (sum(map(cpu_seconds, group)) - before[name]) / seconds * 100 for name, group in groups.items()}
    told = ", ".join(f"{name} {share:.2f} %" for name, share in shares.items())
    return f"{told}; engine {memory_mb(engine):.0f} MB of its own"


async def measure(options: argparse.Namespace, directory: Path) -> None:
    """Run, and print."""
    async with attach(directory) as servers:
        url = servers.postgres_url("reynard_ecs")
        await provision(Address(url), DatabaseName.ecs, create=True)
        database = Database(url)
        context = Context(load_settings([EcsSettings]), "ecs", {"ecs_database": database}.__getitem__, print)
        async with open_ecs(context) as ecs:
            while not ecs.mirror.running:
                await asyncio.sleep(0.05)
                await ecs.probe()
            for _ in range(options.agents):
                await ecs.send(CreateAgent(), SOMEBODY)
            await asyncio.sleep(5)
            print("nobody looks:  ", await measured(database, ecs, options.seconds, watched=False), flush=True)
            print("looked at 10/s:", await measured(database, ecs, options.seconds, watched=True), flush=True)
        await database.close()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30)
    with TemporaryDirectory() as directory:
        asyncio.run(measure(parser.parse_args(), Path(directory) / "reynard"))


if __name__ == "__main__":
    main()
