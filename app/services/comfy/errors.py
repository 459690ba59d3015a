"""What goes wrong with ComfyUI; in a stream these are `error` events."""

from app.core.errors import ApiError


class WorkflowRefused(ApiError):
    """A name is unknown to ComfyUI, or a node cannot work so; `errors` names each input, with what would fit."""

    status = 422
    code = "workflow_refused"
    title = "Workflow refused"


class PictureUnusable(ApiError):
    """What was uploaded is no picture that may be opened."""

    status = 422
    code = "picture_unusable"
    title = "Picture cannot be used"


class UnknownJob(ApiError):
    """The caller has no such job."""

    status = 404
    code = "unknown_job"
    title = "Unknown job"


class UnknownImage(ApiError):
    """No job of the caller made such a file, or ComfyUI has it no more."""

    status = 404
    code = "unknown_comfy_image"
    title = "Unknown image"


class UnknownWorkflow(ApiError):
    """The caller keeps no workflow of that name."""

    status = 404
    code = "unknown_workflow"
    title = "Unknown workflow"


class TooManyJobs(ApiError):
    """The caller has as many unfinished jobs as COMFY_MAX_JOBS allows."""

    status = 429
    code = "too_many_jobs"
    title = "Too many jobs"


class TooManyWorkflows(ApiError):
    """The caller keeps as many workflows as COMFY_MAX_WORKFLOWS allows."""

    status = 409
    code = "too_many_workflows"
    title = "Too many workflows"


class ComfyAway(ApiError):
    """ComfyUI does not answer; `Retry-After` says when to try again."""

    status = 503
    code = "comfy_away"
    title = "ComfyUI is away"


class ComfyFailed(ApiError):
    """ComfyUI answered with an error, or in a way nobody understands; its own log tells more."""

    status = 502
    code = "comfy_failed"
    title = "ComfyUI failed"


class JobFailed(ApiError):
    """A node of the workflow failed while it ran, or the job was interrupted or lost."""

    status = 502
    code = "job_failed"
    title = "Job failed"
