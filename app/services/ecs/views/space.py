"""Places as the wire has them."""

from typing import Any

import numpy as np

from app.services.ecs.life import Stage
from app.services.ecs.space import SIDE, Grid, distance
from app.services.ecs.state.world import World
from app.services.ecs.systems.movement import Seek
from app.services.ecs.views.agents import id_of, row_of, spirit_of
from app.services.ecs.world_svg import Scene

CELL = 50.0
"""Units: small enough for the usual radius, and 400 cells take nothing to make."""


def positions(world: World) -> dict[str, Any]:
    """Return everybody's place; 10,000 take 12 ms."""
    rows = world.living
    columns = [world.motion[name][rows].round(3).tolist() for name in ("x", "y", "vx", "vy")]
    moving = (world.motion["seek"][rows] != Seek.nothing).tolist()
    ids = world.people.texts["agent_id"]
    return {
        "total_agents": len(rows),
        "tick": world.clock.tick,
        "positions": {
            ids[row]: {"x": x, "y": y, "vx": vx, "vy": vy, "moving": goes}
            for row, x, y, vx, vy, goes in zip(rows.tolist(), *columns, moving, strict=True)
        },
    }


def scene(world: World) -> Scene:
    """Return what a picture of the world shows, apart from it: the next tick changes nothing of it."""
    rows = world.living
    grown = world.people["stage"][rows] >= Stage.adult
    names = [world.people.texts["name"][row] for row in rows.tolist()]
    x, y = world.motion["x"][rows], world.motion["y"][rows]
    return Scene(world.clock.tick, SIDE, x, y, world.people["spirit"][rows].astype(np.int64), grown, names)


def position(world: World, agent_id: str) -> dict[str, Any]:
    """Return where one agent is and where it goes."""
    row = row_of(world, agent_id)
    values = {name: world.motion[name][row].item() for name in ("x", "y", "vx", "vy", "tx", "ty", "seek", "target")}
    moving = values["seek"] != Seek.nothing
    follows = values["seek"] in (Seek.agent, Seek.visit)
    return {
        "agent_id": agent_id,
        **{name: round(values[name], 3) for name in ("x", "y", "vx", "vy")},
        "moving": moving,
        "target_x": values["tx"] if moving else None,
        "target_y": values["ty"] if moving else None,
        "target_agent_id": id_of(world, values["target"]) if follows else None,
        "tick": world.clock.tick,
    }


def nearby(world: World, agent_id: str, radius: float, limit: int) -> dict[str, Any]:
    """Return who is within a radius of an agent, the nearest first."""
    row, rows, motion = row_of(world, agent_id), world.living, world.motion
    grid = Grid.of(rows, motion["x"][rows], motion["y"][rows], CELL)
    _, found, apart = grid.pairs(motion["x"][[row]], motion["y"][[row]], radius)
    others = found != row
    near = zip(found[others][:limit].tolist(), apart[others][:limit].tolist(), strict=True)
    return {
        "nearby_agents": [
            {
                "agent_id": id_of(world, other),
                "name": world.people.texts["name"][other],
                "spirit": spirit_of(world, other),
                "distance": round(far, 3),
                "x": round(motion["x"][other].item(), 3),
                "y": round(motion["y"][other].item(), 3),
            }
            for other, far in near
        ],
        "radius": radius,
        "count": int(np.count_nonzero(others)),
    }


def apart(world: World, one: str, other: str) -> dict[str, Any]:
    """Return how far two agents are apart."""
    rows = [row_of(world, agent_id) for agent_id in (one, other)]
    (x1, y1), (x2, y2) = ((world.motion["x"][row].item(), world.motion["y"][row].item()) for row in rows)
    return {"agent1_id": one, "agent2_id": other, "distance": round(distance(x1, y1, x2, y2), 3)}
