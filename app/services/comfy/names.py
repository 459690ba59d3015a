"""Names that ComfyUI knows, looked at before anything is queued."""

import asyncio
from collections.abc import Mapping, Sequence

from app.core.errors import FieldProblem
from app.services.comfy.adapter import Comfy
from app.services.comfy.errors import WorkflowRefused
from app.services.comfy.schemas import GenerateRequest, ModelsOut
from app.services.comfy.suggestions import unknown

SOURCES = {
    "checkpoints": ("CheckpointLoaderSimple", "ckpt_name"),
    "loras": ("LoraLoader", "lora_name"),
    "samplers": ("KSampler", "sampler_name"),
    "schedulers": ("KSampler", "scheduler"),
}
"""Where ComfyUI tells which there are: a node, and its input."""


async def names(comfy: Comfy) -> ModelsOut:
    """Return the names that ComfyUI takes.

    Raises:
        ComfyAway, ComfyFailed: It does not tell.
    """
    nodes = list(dict.fromkeys(node for node, _ in SOURCES.values()))
    told = dict(zip(nodes, await asyncio.gather(*(comfy.object_info(node) for node in nodes)), strict=True))
    return ModelsOut(**{kind: choices(told[node].get(node), name) for kind, (node, name) in SOURCES.items()})


def choices(info: object, name: str) -> list[str]:
    """Return the values of an input that is chosen from a list, in the form of either generation of nodes."""
    match info:
        case {"input": {"required": {**inputs}}}:
            match inputs.get(name):
                case [list(values), *_]:
                    return [value for value in values if isinstance(value, str)]
                case ["COMBO", {"options": list(values)}]:
                    return [value for value in values if isinstance(value, str)]
    return []


def checked(request: GenerateRequest, known: ModelsOut) -> str:
    """Look at the names in a request, and return the checkpoint.

    Raises:
        WorkflowRefused: ComfyUI does not know one of them, or has no checkpoint; suggests what is close.
    """
    asked: Mapping[str, tuple[str | None, Sequence[str]]] = {
        "checkpoint": (request.checkpoint, known.checkpoints),
        "sampler": (request.sampler, known.samplers),
        "scheduler": (request.scheduler, known.schedulers),
        **{f"loras.{number}.name": (lora.name, known.loras) for number, lora in enumerate(request.loras)},
    }
    problems = [
        FieldProblem(field=field, message=unknown(name, there))
        for field, (name, there) in asked.items()
        if name is not None and name not in there
    ]
    if request.checkpoint is None and not known.checkpoints:
        problems.append(FieldProblem(field="checkpoint", message=NO_CHECKPOINT))
    if problems:
        detail = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
        raise WorkflowRefused(detail, errors=problems)
    return request.checkpoint or known.checkpoints[0]


NO_CHECKPOINT = "ComfyUI has no model: put one into its folder models/checkpoints"
