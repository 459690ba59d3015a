"""The world as a whole over HTTP: its log, its picture, and taking it out and in."""

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, File, Query, Response, UploadFile

from app.core.access import NotAllowed, admin, reader
from app.core.errors import responses
from app.core.limits import Body, Rate, limits
from app.services.ecs import keeping
from app.services.ecs.archive import Head
from app.services.ecs.dependencies import EcsDep, Limit, world_router
from app.services.ecs.errors import BadWorld, ReplayTooLong, UnknownInput
from app.services.ecs.schemas.time import LoggedOut, ReplayReport

router = world_router()

ADMIN = responses(NotAllowed)
NDJSON = "application/x-ndjson"


@router.get("/world/log", dependencies=[Depends(reader)], summary="The log of the world")
async def world_log(
    response: Response,
    ecs: EcsDep,
    after: Annotated[int, Query(ge=0, le=2**62, description="Begin after this number")] = 0,
    limit: Limit = 50,
    newest_first: bool = False,
) -> list[LoggedOut]:
    """Return inputs in the order of their numbers, with when they were applied and what became of them."""
    total, rows = await ecs.log(after, limit, newest_first=newest_first)
    response.headers["X-Total-Count"] = str(total)
    return [LoggedOut.model_validate(row) for row in rows]


@router.get(
    "/world/log/{number}", dependencies=[Depends(reader)], summary="One input", responses=responses(UnknownInput)
)
async def one_input(ecs: EcsDep, number: int) -> LoggedOut:
    """Return one input of the log."""
    _, rows = await ecs.log(number - 1, 1, newest_first=False) if 0 < number < 2**62 else (0, [])
    if not rows or rows[0].number != number:
        raise UnknownInput(f"The log has no input {number}.")
    return LoggedOut.model_validate(rows[0])


@router.post(
    "/world/replay-check",
    dependencies=[Depends(admin)],
    summary="Play the log again",
    responses=ADMIN | responses(ReplayTooLong),
)
@limits(Rate.expensive)
async def replay_check(ecs: EcsDep) -> ReplayReport:
    """Play the log from the seed in a process of its own, and compare the whole state with the one that is saved."""
    return ReplayReport(**asdict(await keeping.check(ecs.database, ecs.settings.replay_seconds)))


@router.get(
    "/world/export",
    dependencies=[Depends(admin)],
    summary="Take the world out",
    response_class=Response,
    responses=ADMIN | responses(ReplayTooLong) | {200: {"content": {NDJSON: {}}, "description": "The world"}},
)
@limits(Rate.expensive)
async def export(ecs: EcsDep) -> Response:
    """Return the world as lines of JSON: its seed, tick and hash, then every input of its log."""
    archive = await keeping.taken(ecs.database)
    name = {"Content-Disposition": 'attachment; filename="world.ndjson"'}
    return Response(await asyncio.to_thread(archive.lines), media_type=NDJSON, headers=name)


@router.post(
    "/world/import",
    dependencies=[Depends(admin)],
    summary="Bring a world in",
    responses=ADMIN | responses(BadWorld, ReplayTooLong),
)
@limits(Rate.expensive, Body.upload)
async def bring_in(ecs: EcsDep, file: Annotated[UploadFile, File(description="What export gave")]) -> Head:
    """Put an exported world in the place of this one. Every line is checked, and the log is played first.

    The world that was there stays in the database, and does not run any more.
    """
    return await keeping.bring_in(ecs.database, await file.read(), ecs.settings.replay_seconds)
