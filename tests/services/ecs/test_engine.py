"""The engine as a process: killed at any moment it loses nothing that was answered, and there is only one."""

import asyncio
import os
import random
import signal
import subprocess
from typing import Any

import pytest
from sqlalchemy import text

from app.core.errors import ApiError
from app.core.settings import load_settings
from app.db.database import Database
from app.services.ecs import inbox, keeping
from app.services.ecs.archive import played
from app.services.ecs.commands import read
from app.services.ecs.commands.motion import Move
from app.services.ecs.commands.people import CreateAgent
from app.services.ecs.commands.time import Pause, SetSpeed
from app.services.ecs.errors import AgentExists, EngineAway
from app.services.ecs.service import Ecs, open_ecs
from app.services.ecs.settings import EcsSettings
from benchmarks.world_inputs import Inputs
from tests.services.ecs.conftest import ADMIN, ANN, context_of, is_running
from tests.services.ecs.waiting import until

pytestmark = pytest.mark.anyio


def engines() -> list[int]:
    """Return the engines that this test started."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "ecs.engine.process"], capture_output=True, text=True, check=False
    )
    return [int(line) for line in found.stdout.split()]


async def rows(database: Database, statement: str) -> list[Any]:
    async with database.transaction() as session:
        return list((await session.execute(text(statement))).all())


async def keep_sending(ecs: Ecs, inputs: Inputs, answered: dict[int, dict[str, Any]], stop: asyncio.Event) -> None:
    while not stop.is_set():
        kind, payload = inputs.next()
        try:
            result = await ecs.inbox.send(read(kind, payload), ADMIN)
            answered[result.pop("input")] = result
        except EngineAway:
            await asyncio.sleep(0.05)
        except ApiError:
            pass


async def paused(ecs: Ecs) -> bool:
    """Pause the world; False while nobody runs it, as it is started again after a pause that grows."""
    try:
        await ecs.send(Pause(), ADMIN)
    except EngineAway:
        return False
    return True


async def test_killed_again_and_again_it_goes_on_with_all_that_was_answered(ecs: Ecs) -> None:
    chance = random.Random(5)  # noqa: S311 - the same inputs each time
    inputs = Inputs(chance, 10)
    for _ in range(10):
        await ecs.send(read(*inputs.founder()), ADMIN)
    await ecs.send(SetSpeed(speed=50), ADMIN)
    answered: dict[int, dict[str, Any]] = {}
    stop = asyncio.Event()
    writers = [asyncio.create_task(keep_sending(ecs, inputs, answered, stop)) for _ in range(8)]
    for _ in range(3):
        before = len(answered)

        async def some_were_answered(before: int = before) -> bool:
            return len(answered) > before + 30

        await until(some_were_answered)
        for process in engines():
            os.kill(process, signal.SIGKILL)
    stop.set()
    await asyncio.gather(*writers)
    await until(lambda: paused(ecs))
    logged = await rows(ecs.database, "SELECT number, tick, result, withdrawn FROM inputs ORDER BY number")
    assert [row.number for row in logged] == list(range(1, len(logged) + 1)), "no gaps, and none twice"
    ticks = [row.tick for row in logged]
    assert None not in ticks
    assert ticks == sorted(ticks)
    for number, result in answered.items():
        row = logged[number - 1]
        assert {"tick": row.tick, **row.result} == result, "what was answered is what the log says"
    archive = await keeping.taken(ecs.database)
    assert archive.head.tick >= max(result["tick"] for result in answered.values())
    assert (await played(archive, 60)).hash == archive.head.hash


async def test_two_processes_have_one_world_and_see_what_the_other_was_answered(ecs: Ecs) -> None:
    async with open_ecs(context_of(ecs.database)) as other:
        await until(lambda: is_running(other))
        both = (ecs, other)

        async def one(number: int) -> dict[str, Any]:
            result = await both[number % 2].send(CreateAgent(agent_id=f"n{number}"), ANN)
            assert f"n{number}" in (await both[1 - number % 2].current()).row_of
            return result

        results = await asyncio.gather(*(one(number) for number in range(60)))
        assert sorted(result["input"] for result in results) == list(range(1, 61))
        assert len(engines()) == 1
        with pytest.raises(AgentExists):
            await other.send(CreateAgent(agent_id="n0"), ANN)
        first = (await ecs.current()).clock.tick

        async def time_passed() -> bool:
            return (await other.current()).clock.tick > first

        await until(time_passed)


def nobody() -> Any:
    raise LookupError("no Ollama runs")


async def test_with_nobody_there_nothing_is_logged(ecs_database: Database) -> None:
    alone = Ecs(ecs_database, load_settings([EcsSettings]).of(EcsSettings), nobody)
    async with alone.inbox.running():
        with pytest.raises(EngineAway):
            await alone.send(CreateAgent(), ANN)


async def test_what_was_not_applied_in_time_is_withdrawn_and_never_takes_effect(
    ecs: Ecs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "WAIT_SECONDS", 0.3)
    await ecs.send(CreateAgent(agent_id="oak"), ANN)
    (engine,) = engines()
    os.kill(engine, signal.SIGSTOP)
    with pytest.raises(EngineAway) as refused:
        await ecs.send(Move(agent_id="oak", x=1, y=1), ANN)
    assert refused.value.headers["Retry-After"]
    os.kill(engine, signal.SIGCONT)
    result = await ecs.send(Move(agent_id="oak", x=500, y=500), ANN)
    assert result["input"] == 3
    (row,) = await rows(ecs.database, "SELECT result, withdrawn FROM inputs WHERE number = 2")
    assert (row.withdrawn, row.result["refused"]) == (True, "withdrawn")
    assert (await ecs.current()).motion["tx"][0] == 500
    await ecs.send(Pause(), ANN)
    archive = await keeping.taken(ecs.database)
    assert (await played(archive, 60)).hash == archive.head.hash


async def test_whoever_hangs_up_is_still_obeyed(ecs: Ecs) -> None:
    sending = asyncio.create_task(ecs.send(CreateAgent(agent_id="oak"), ANN))
    await asyncio.sleep(0.001)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await ecs.send(CreateAgent(agent_id="elm"), ANN)
    world = await ecs.current()
    logged = await rows(ecs.database, "SELECT payload->>'agent_id' AS agent_id FROM inputs ORDER BY number")
    assert list(world.row_of) == [row.agent_id for row in logged]


async def test_settings_that_changed_are_an_input_of_the_log(
    ecs_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECS_WORLD_SEED", "7")
    monkeypatch.setenv("ECS_FOUNDERS", "3")
    for limit in ("50", "3"):
        monkeypatch.setenv("ECS_POPULATION_LIMIT", limit)
        async with open_ecs(context_of(ecs_database)) as opened:

            async def took_over(opened: Ecs = opened, limit: str = limit) -> bool:
                running = await is_running(opened)
                return running and opened.mirror.world.rules.population_limit == int(limit)

            await until(took_over)
            assert len((await opened.current()).living) == 3
    kinds = [row.kind for row in await rows(ecs_database, "SELECT kind FROM inputs ORDER BY number")]
    assert kinds == ["create_agent"] * 3 + ["set_rules"] * 2


async def test_a_state_that_another_version_saved_is_made_anew_from_the_log(ecs_database: Database) -> None:
    async with open_ecs(context_of(ecs_database)) as first:
        await until(lambda: is_running(first))
        for name in ("oak", "elm"):
            await first.send(CreateAgent(agent_id=name), ANN)
        await first.send(Pause(), ANN)
        before = await keeping.taken(ecs_database)
    await rows(ecs_database, "UPDATE worlds SET layout = 'older' RETURNING id")
    await rows(ecs_database, "UPDATE blocks SET content = 'x' RETURNING block")
    async with open_ecs(context_of(ecs_database)) as second:

        async def saved_again() -> bool:
            return bool(await rows(ecs_database, "SELECT id FROM worlds WHERE layout <> 'older'"))

        await until(saved_again)
        after = await keeping.taken(ecs_database)
        assert after.head == before.head
        assert list((await second.current()).row_of) == ["oak", "elm"]
