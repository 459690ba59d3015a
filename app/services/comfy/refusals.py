"""What ComfyUI refuses of a workflow, by node and input, in our words."""

from collections.abc import Mapping
from typing import Any

from app.core.adapter import BadAnswer, NeighbourError
from app.core.errors import ApiError, FieldProblem
from app.services.comfy.errors import ComfyAway, ComfyFailed, WorkflowRefused
from app.services.comfy.suggestions import unknown

RETRY = {"Retry-After": "5"}
MOST_PROBLEMS = 50
BAD_REQUEST = 400

REASONS = {
    "required_input_missing": "is missing",
    "bad_linked_input": "should be a value, or a list of a node and the number of its output",
    "return_type_mismatch": "gets something of another kind than it takes",
    "invalid_input_type": "is no value of its kind",
    "exception_during_inner_validation": "comes from a node that cannot be used so",
    "exception_during_validation": "cannot be looked at",
    "custom_validation_failed": "is refused by the node: does the file exist?",
    "dependency_cycle": "is part of a circle of nodes",
}
"""By the types that ComfyUI's execution.py gives."""

WHOLE = {
    "prompt_no_outputs": "No node gives anything out: end the workflow with one such as SaveImage.",
    "invalid_prompt": "A node has no class_type, or ComfyUI does not know it: is the custom node installed?",
    "missing_node_type": "ComfyUI does not know the class_type of a node: is the custom node installed?",
    "no_prompt": "The workflow is empty.",
}


def in_words(error: NeighbourError) -> ApiError:
    """Return what to tell whoever asked."""
    if not isinstance(error, BadAnswer):
        return ComfyAway(f"{error}; COMFY_BASE_URL says where ComfyUI is.", headers=RETRY)
    if error.status == BAD_REQUEST and isinstance(error.refusal, dict):
        return refused(error.refusal)
    return ComfyFailed(f"ComfyUI does not do it: {error}; its own log says why.")


def refused(refusal: Mapping[str, Any]) -> WorkflowRefused:
    """Return the refusal of a workflow."""
    problems = [problem for name, of_node in nodes(refusal.get("node_errors")) for problem in of_inputs(name, of_node)][
        :MOST_PROBLEMS
    ]
    if problems:
        return WorkflowRefused("; ".join(f"{problem.field} {problem.message}" for problem in problems), errors=problems)
    match refusal.get("error"):
        case {"type": str(kind)}:
            sentence = WHOLE.get(kind, "ComfyUI refuses the workflow; its own log says why.")
        case _:
            sentence = "ComfyUI refuses the workflow; its own log says why."
    return WorkflowRefused(sentence, errors=[FieldProblem(field="workflow", message=sentence)])


def nodes(told: object) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what is wrong by node; ComfyUI sends an empty list where nothing is."""
    return (
        [(str(name), node) for name, node in told.items() if isinstance(node, dict)] if isinstance(told, dict) else []
    )


def of_inputs(name: str, node: Mapping[str, Any]) -> list[FieldProblem]:
    """Return what is wrong with the inputs of one node."""
    found = []
    for error in node.get("errors") or ():
        if not isinstance(error, dict):
            continue
        extra = error.get("extra_info")
        given: Mapping[str, Any] = extra if isinstance(extra, dict) else {}
        field = f"workflow.{name}.inputs.{given['input_name']}" if "input_name" in given else f"workflow.{name}"
        found.append(FieldProblem(field=field[:300], message=message(str(error.get("type")), given)))
    return found


def message(kind: str, given: Mapping[str, Any]) -> str:
    """Return what is wrong with one input."""
    config = given.get("input_config")
    values = config[0] if isinstance(config, list) and config else None
    bounds = config[1] if isinstance(config, list) and len(config) > 1 and isinstance(config[1], dict) else {}
    if kind == "value_not_in_list":
        there = values if isinstance(values, list) else bounds.get("options") or []
        return unknown(given.get("received_value"), there if isinstance(there, list) else [])
    if kind == "value_smaller_than_min":
        return f"is smaller than {bounds.get('min', 'it may be')}"
    if kind == "value_bigger_than_max":
        return f"is larger than {bounds.get('max', 'it may be')}"
    return REASONS.get(kind, "is refused")
