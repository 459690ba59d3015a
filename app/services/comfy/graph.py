"""A workflow from words: ComfyUI's own text-to-image template as a graph of nodes."""

from typing import Any

from app.services.comfy.schemas import GenerateRequest, Graph

PREFIX = "reynard"
"""With which the names of pictures begin."""


def text_to_image(request: GenerateRequest, checkpoint: str, seed: int) -> dict[str, Any]:
    """Return the graph for a request.

    Args:
        request: With a prompt.
        checkpoint: The model.
        seed: Of the noise the picture begins with.
    """
    graph: dict[str, Any] = {"checkpoint": node("CheckpointLoaderSimple", ckpt_name=checkpoint)}
    model, clip = ["checkpoint", 0], ["checkpoint", 1]
    for number, lora in enumerate(request.loras, 1):
        name = f"lora_{number}"
        strength = lora.strength if lora.clip_strength is None else lora.clip_strength
        graph[name] = node(
            "LoraLoader",
            model=model,
            clip=clip,
            lora_name=lora.name,
            strength_model=lora.strength,
            strength_clip=strength,
        )
        model, clip = [name, 0], [name, 1]
    return graph | {
        "positive": node("CLIPTextEncode", text=request.prompt, clip=clip),
        "negative": node("CLIPTextEncode", text=request.negative_prompt, clip=clip),
        "latent": node("EmptyLatentImage", width=request.width, height=request.height, batch_size=request.batch_size),
        "sampler": node(
            "KSampler",
            seed=seed,
            steps=request.steps,
            cfg=request.cfg,
            sampler_name=request.sampler,
            scheduler=request.scheduler,
            denoise=1.0,
            model=model,
            positive=["positive", 0],
            negative=["negative", 0],
            latent_image=["latent", 0],
        ),
        "decode": node("VAEDecode", samples=["sampler", 0], vae=["checkpoint", 2]),
        "save": node("SaveImage", filename_prefix=PREFIX, images=["decode", 0]),
    }


def node(class_type: str, **inputs: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return one node."""
    return {"class_type": class_type, "inputs": inputs}


def sent(graph: Graph) -> dict[str, Any]:
    """Return a workflow of somebody's own as ComfyUI takes it."""
    return {name: {"class_type": part.class_type, "inputs": part.inputs} for name, part in graph.items()}
