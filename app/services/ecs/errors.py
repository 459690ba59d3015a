"""What the world refuses. The engine refuses with the same errors as the routes, and writes their code to the log."""

from app.core.errors import ApiError


class EngineAway(ApiError):
    """No process runs the world at the moment; what was asked for did not happen and will not."""

    status = 503
    code = "world_not_running"
    title = "The world is not running"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "2"})


class UnknownAgent(ApiError):
    """There is, and was, no agent of that id."""

    status = 404
    code = "unknown_agent"
    title = "Unknown agent"


class UnknownSpirit(ApiError):
    """There is no spirit of that name."""

    status = 404
    code = "unknown_spirit"
    title = "Unknown spirit"


class UnknownInput(ApiError):
    """The log of the world has no input of that number."""

    status = 404
    code = "unknown_input"
    title = "Unknown input"


class AgentExists(ApiError):
    """An agent has, or had, this id: ids are not used again."""

    status = 409
    code = "agent_exists"
    title = "Agent exists"


class AgentGone(ApiError):
    """The agent died or left the world."""

    status = 409
    code = "agent_gone"
    title = "Agent gone"


class SameAgent(ApiError):
    """What takes two agents was asked of one."""

    status = 422
    code = "same_agent"
    title = "Same agent"


class NotMature(ApiError):
    """An agent is too young to breed."""

    status = 409
    code = "not_mature"
    title = "Not mature"


class TooOld(ApiError):
    """An agent is too old to breed."""

    status = 409
    code = "too_old"
    title = "Too old"


class TooCloselyRelated(ApiError):
    """The kinship of two agents is 1/8 (half siblings) or more."""

    status = 409
    code = "too_closely_related"
    title = "Too closely related"


class Resting(ApiError):
    """An agent had offspring a moment ago, or has no strength left."""

    status = 409
    code = "resting"
    title = "Resting"


class WorldFull(ApiError):
    """As many agents live as ECS_POPULATION_LIMIT allows, or as many ever lived as one world holds."""

    status = 409
    code = "world_full"
    title = "World full"


class NotYours(ApiError):
    """Only the account that made an agent, and administrators, may send it away."""

    status = 403
    code = "not_yours"
    title = "Not yours"


class NotPaused(ApiError):
    """Single steps are for a world that is paused."""

    status = 409
    code = "not_paused"
    title = "Not paused"


class StillStepping(ApiError):
    """So many ticks were asked for that the ones before have to pass first."""

    status = 409
    code = "still_stepping"
    title = "Still stepping"


class BadWorld(ApiError):
    """What was sent as a world is none, or does not give the state that it says it does."""

    status = 422
    code = "bad_world"
    title = "Bad world"


class ReplayTooLong(ApiError):
    """Playing the log again takes longer than is allowed."""

    status = 503
    code = "replay_too_long"
    title = "Replay too long"


class Unreadable(ApiError):
    """The engine is of another version than the process that logged the input, and does not know it."""

    status = 503
    code = "unreadable"
    title = "Unreadable"


class InputFailed(ApiError):
    """The engine failed in the middle of applying an input; the log of the server has the details."""

    status = 500
    code = "input_failed"
    title = "Input failed"


class Withdrawn(ApiError):
    """The caller was told that the input would not take effect."""

    status = 503
    code = "withdrawn"
    title = "Withdrawn"


REFUSALS: dict[str, type[ApiError]] = {
    error.code: error
    for error in (
        UnknownAgent, AgentExists, AgentGone, SameAgent, NotMature, TooOld, TooCloselyRelated, Resting, WorldFull,
        NotYours, NotPaused, StillStepping, Withdrawn,
        Unreadable,
        InputFailed,
    )
}  # fmt: skip
"""What an input can be refused with, by the code in the log."""
