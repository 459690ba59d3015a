"""The world's time over HTTP, and what happens in it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from app.core.access import User, reader
from app.core.errors import responses
from app.core.streaming import stream
from app.core.tickets import ticketed
from app.db.faults import as_api_error
from app.services.ecs.commands.time import Pause, Resume, SetSpeed, Step
from app.services.ecs.dependencies import EcsDep, world_router
from app.services.ecs.errors import NotPaused, StillStepping
from app.services.ecs.schemas.time import Statistics, TimeOut, WorldStatus
from app.services.ecs.service import Ecs
from app.services.ecs.views import time as views

router = world_router()


@router.get("/status", dependencies=[Depends(reader)], summary="How the world is", response_model=WorldStatus)
async def status(ecs: EcsDep) -> dict[str, Any]:
    """Count agents and tell how fast time passes: as asked for, and really."""
    return views.status(await ecs.current(), ecs.standing)


@router.get("/time", dependencies=[Depends(reader)], summary="The world's time", response_model=TimeOut)
async def time(ecs: EcsDep) -> dict[str, Any]:
    """Return the tick, and the speed."""
    return views.time(await ecs.current(), ecs.standing)


@router.post("/time/speed", summary="Set the speed", response_model=TimeOut)
async def set_speed(ecs: EcsDep, caller: User, asked: SetSpeed) -> dict[str, Any]:
    """Ask for a speed from 0.1 to 1000; a machine that cannot keep up slows time, and `real_speed` tells."""
    await ecs.send(asked, caller)
    return views.time(await ecs.answered(), ecs.standing)


@router.post("/time/pause", summary="Stop time", response_model=TimeOut)
async def pause(ecs: EcsDep, caller: User) -> dict[str, Any]:
    """Let no time pass; the world can be changed all the same."""
    await ecs.send(Pause(), caller)
    return views.time(await ecs.answered(), ecs.standing)


@router.post("/time/resume", summary="Let time go on", response_model=TimeOut)
async def resume(ecs: EcsDep, caller: User) -> dict[str, Any]:
    """Let time pass again."""
    await ecs.send(Resume(), caller)
    return views.time(await ecs.answered(), ecs.standing)


@router.post(
    "/time/step", summary="Let some ticks pass", response_model=TimeOut, responses=responses(NotPaused, StillStepping)
)
async def step(ecs: EcsDep, caller: User, asked: Step) -> dict[str, Any]:
    """Let ticks pass in a paused world, as fast as they can be made; waits for them for ten seconds at most."""
    result = await ecs.send(asked, caller)
    await ecs.reaches(result["until_tick"])
    return views.time(await ecs.current(), ecs.standing)


@router.get("/statistics", dependencies=[Depends(reader)], summary="The world over time", response_model=Statistics)
async def statistics(ecs: EcsDep) -> dict[str, Any]:
    """Return population, generations, trait means and diversity over time, for plots."""
    world = await ecs.current()
    found, count = views.series(world), views.population_of(world)
    return found | {"now": asdict(await asyncio.to_thread(count))}


@router.get(
    "/events", dependencies=[Depends(reader)], summary="What happens, as a stream", response_class=StreamingResponse
)
@ticketed
async def events(
    request: Request,
    ecs: EcsDep,
    last_event_id: Annotated[str | None, Header(max_length=30)] = None,
    after: Annotated[int | None, Query(ge=0, description="Begin after this event; left out, with the next one")] = None,
) -> StreamingResponse:
    """Send what happens as it happens, as SSE or NDJSON (see Accept), each event with its tick and an id.

    With Last-Event-ID, or `after`, also what happened since; of what is not kept any more, `missed` tells the count.
    """
    resumed = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else after
    return stream(request, happening(ecs, resumed))


EVENTS_AT_ONCE = 200


async def happening(ecs: Ecs, after: int | None) -> AsyncIterator[dict[str, Any]]:
    """Yield events as they happen, without a connection to the database in between."""
    try:
        newest = (await ecs.current()).counts.events
        last = newest if after is None else min(after, newest)  # an id beyond is of another world
        while True:
            changed = ecs.mirror.changed
            for event in views.events(await ecs.current(), last, EVENTS_AT_ONCE):
                last = event["id"]
                yield event
            if last >= ecs.mirror.world.counts.events:
                await ecs.watch(changed)
    except Exception as error:  # the edge: a database that went away is told as an event, not by a cut stream
        raise as_api_error(error) or error from error
