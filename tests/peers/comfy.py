"""A server faithful to ComfyUI's replies, over HTTP and over its WebSocket, that makes real pictures of one colour.

Sources, read for their shapes and orders: server.py (`/ws`, `/prompt`, `/queue`, `/interrupt`, `/history`, `/view`,
`/upload/image`, `/object_info`, `/system_stats`), execution.py (`validate_inputs`, the order of events, what the
history keeps) and comfy_execution/progress.py (`progress_state`) of ComfyUI 0.3 and 0.4.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import uuid4

import orjson
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

SAMPLERS = ["euler", "euler_ancestral", "heun", "dpm_2", "dpmpp_2m", "dpmpp_2m_sde", "ddim", "uni_pc"]
SCHEDULERS = ["normal", "karras", "exponential", "sgm_uniform", "simple"]
CHECKPOINTS = ["sd_xl_base_1.0.safetensors", "v1-5-pruned-emaonly.safetensors"]
LORAS = ["pixel-art-xl.safetensors"]
WIDE = {"default": 512, "min": 16, "max": 16384, "step": 8}

NODES: dict[str, dict[str, Any]] = {
    "CheckpointLoaderSimple": {"ckpt_name": [CHECKPOINTS, {}]},
    "LoraLoader": {
        "model": ["MODEL"],
        "clip": ["CLIP"],
        "lora_name": ["COMBO", {"options": LORAS}],
        "strength_model": ["FLOAT", {"min": -100.0, "max": 100.0}],
        "strength_clip": ["FLOAT", {"min": -100.0, "max": 100.0}],
    },
    "CLIPTextEncode": {"text": ["STRING", {"multiline": True}], "clip": ["CLIP"]},
    "EmptyLatentImage": {
        "width": ["INT", WIDE],
        "height": ["INT", WIDE],
        "batch_size": ["INT", {"min": 1, "max": 4096}],
    },
    "KSampler": {
        "model": ["MODEL"],
        "seed": ["INT", {"min": 0, "max": 2**64 - 1}],
        "steps": ["INT", {"min": 1, "max": 10000}],
        "cfg": ["FLOAT", {"min": 0.0, "max": 100.0}],
        "sampler_name": [SAMPLERS, {}],
        "scheduler": [SCHEDULERS, {}],
        "positive": ["CONDITIONING"],
        "negative": ["CONDITIONING"],
        "latent_image": ["LATENT"],
        "denoise": ["FLOAT", {"min": 0.0, "max": 1.0}],
    },
    "VAEDecode": {"samples": ["LATENT"], "vae": ["VAE"]},
    "EmptyImage": {
        "width": ["INT", WIDE],
        "height": ["INT", WIDE],
        "batch_size": ["INT", {"min": 1, "max": 4096}],
        "color": ["INT", {"min": 0, "max": 0xFFFFFF}],
    },
    "LoadImage": {"image": [[], {"image_upload": True}]},
    "SaveImage": {"images": ["IMAGE"], "filename_prefix": ["STRING", {"default": "ComfyUI"}]},
}
OUTPUTS = {"SaveImage"}


@dataclass
class ComfyPeer:
    """What it does, and what it was asked.

    Attributes:
        step_seconds: How long one step of a sampler takes.
        fails: The class of node that fails when it runs.
        holds: Jobs run while this is set.
        sockets: Those that are open, by client id.
        prompts: The bodies of `/prompt`.
        uploads: What was uploaded, by name.
    """

    step_seconds: float = 0.0
    fails: str | None = None
    holds: asyncio.Event = field(default_factory=asyncio.Event)
    sockets: dict[str, WebSocket] = field(default_factory=dict)
    prompts: list[dict[str, Any]] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    history: dict[str, dict[str, Any]] = field(default_factory=dict)
    pending: list[list[Any]] = field(default_factory=list)
    running: list[list[Any]] = field(default_factory=list)
    _number: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _interrupted: bool = False
    _messages: list[list[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.holds.set()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                WebSocketRoute("/ws", self.ws),
                Route("/system_stats", self.stats),
                Route("/prompt", self.prompt, methods=["POST"]),
                Route("/queue", self.get_queue),
                Route("/queue", self.post_queue, methods=["POST"]),
                Route("/interrupt", self.interrupt, methods=["POST"]),
                Route("/history/{job}", self.history_of),
                Route("/object_info", self.object_info),
                Route("/object_info/{node}", self.object_info),
                Route("/view", self.view),
                Route("/upload/image", self.upload, methods=["POST"]),
            ],
            lifespan=self.lifespan,
        )

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        working = asyncio.create_task(self.work())
        yield
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    def forget(self) -> None:
        """Lose queue and history, as a restart does."""
        self.pending.clear()
        self.history.clear()

    async def stats(self, _: Request) -> Response:
        system = {"os": "posix", "comfyui_version": "0.4.0", "python_version": "3.12", "argv": ["main.py"]}
        return JSONResponse({"system": system, "devices": [{"name": "cpu", "type": "cpu", "index": None}]})

    async def ws(self, socket: WebSocket) -> None:
        await socket.accept()
        name = socket.query_params.get("clientId") or uuid4().hex
        self.sockets[name] = socket
        await self.tell("status", {"status": self.queue_info(), "sid": name}, name)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            if self.sockets.get(name) is socket:
                del self.sockets[name]

    def queue_info(self) -> dict[str, Any]:
        return {"exec_info": {"queue_remaining": len(self.pending) + len(self.running)}}

    async def tell(self, kind: str, data: dict[str, Any], client: str | None = None) -> None:
        for name, socket in list(self.sockets.items()):
            if client is None or name == client:
                with suppress(RuntimeError, WebSocketDisconnect):
                    await socket.send_text(orjson.dumps({"type": kind, "data": data}).decode())

    async def preview(self, client: str) -> None:
        """Send a preview: the type of event, the type of picture, the picture."""
        content = BytesIO()
        Image.new("RGB", (8, 8), "gray").save(content, "JPEG")
        if client in self.sockets:
            with suppress(RuntimeError, WebSocketDisconnect):
                await self.sockets[client].send_bytes(struct.pack(">II", 1, 1) + content.getvalue())

    async def prompt(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        self.prompts.append(body)
        graph = body["prompt"]
        error, node_errors, outputs = self.validated(graph)
        if error is not None:
            return JSONResponse({"error": error, "node_errors": node_errors}, 400)
        job = str(body.get("prompt_id") or uuid4())
        extra = {"client_id": body["client_id"]} if "client_id" in body else {}
        self.pending.append([self._number, job, graph, extra, outputs])
        self._number += 1
        self._wake.set()
        await self.tell("status", {"status": self.queue_info()})
        return JSONResponse({"prompt_id": job, "number": self._number - 1, "node_errors": node_errors})

    def validated(self, graph: dict[str, Any]) -> tuple[dict[str, Any] | None, Any, list[str]]:
        for name, node in graph.items():
            if node.get("class_type") not in NODES:
                details = f"Node ID '#{name}'"
                return problem("missing_node_type", f"Node '{name}' not found.", details), {}, []
        outputs = [name for name, node in graph.items() if node["class_type"] in OUTPUTS]
        if not outputs:
            return problem("prompt_no_outputs", "Prompt has no outputs", ""), [], []
        errors = {}
        for name, node in graph.items():
            found = self.inputs_of(graph, node)
            if found:
                errors[name] = {"errors": found, "dependent_outputs": outputs, "class_type": node["class_type"]}
        if errors:
            return problem("prompt_outputs_failed_validation", "Prompt outputs failed validation", ""), errors, []
        return None, {}, outputs

    def inputs_of(self, graph: dict[str, Any], node: dict[str, Any]) -> list[dict[str, Any]]:
        found = []
        for name, config in NODES[node["class_type"]].items():
            extra = {"input_name": name, "input_config": config, "received_value": node["inputs"].get(name)}
            if (wrong := self.wrong(graph, node["class_type"], config, extra["received_value"])) is not None:
                kind, message = wrong
                found.append(problem(kind, message, name, extra))
        return found

    def wrong(self, graph: dict[str, Any], of: str, config: list[Any], value: Any) -> tuple[str, str] | None:
        """What execution.py says of one input, in its order."""
        kind, bounds = config[0], config[1] if len(config) > 1 else {}
        if value is None:
            return "required_input_missing", "Required input is missing"
        if isinstance(value, list):
            linked = len(value) == 2 and str(value[0]) in graph
            return None if linked else ("bad_linked_input", "Bad linked input, must be a length-2 list")
        if kind in ("INT", "FLOAT") and not isinstance(value, (int, float)):
            return "invalid_input_type", f"Failed to convert an input value to a {kind} value"
        if "min" in bounds and value < bounds["min"]:
            return "value_smaller_than_min", f"Value {value} smaller than min of {bounds['min']}"
        if "max" in bounds and value > bounds["max"]:
            return "value_bigger_than_max", f"Value {value} bigger than max of {bounds['max']}"
        if of == "LoadImage":
            return None if value in self.uploads else ("custom_validation_failed", "Custom validation failed for node")
        values = kind if isinstance(kind, list) else bounds.get("options")
        return ("value_not_in_list", "Value not in list") if values is not None and value not in values else None

    async def work(self) -> None:
        while True:
            await self.holds.wait()
            if not self.pending:
                self._wake.clear()
                await self._wake.wait()
                continue
            item = self.pending.pop(0)
            self.running.append(item)
            await self.run(item)
            if item in self.running:
                self.running.remove(item)
            await self.tell("status", {"status": self.queue_info()})

    async def said(self, kind: str, data: dict[str, Any], client: str | None) -> None:
        if kind.startswith("execution_"):
            self._messages.append([kind, {**data, "timestamp": 1}])
        await self.tell(kind, data, client)

    async def run(self, item: list[Any]) -> None:
        _, job, graph, extra, _ = item
        client, self._interrupted, self._messages = extra.get("client_id", ""), False, []
        await self.said("execution_start", {"prompt_id": job}, client)
        await self.said("execution_cached", {"nodes": [], "prompt_id": job}, client)
        outputs: dict[str, Any] = {}
        ending = "success"
        for name, node in graph.items():
            where = {"node": name, "display_node": name, "prompt_id": job}
            await self.said("executing", where, client)
            if node["class_type"] == "KSampler":
                await self.sample(name, job, node["inputs"]["steps"], client)
            if self._interrupted:
                at = {"prompt_id": job, "node_id": name, "node_type": node["class_type"], "executed": []}
                await self.said("execution_interrupted", at, client)
                ending = "error"
                break
            if node["class_type"] == self.fails:
                at = {"prompt_id": job, "node_id": name, "node_type": node["class_type"], "executed": []}
                at |= {"exception_message": "/home/ann/secret", "exception_type": "torch.OutOfMemoryError"}
                await self.said("execution_error", {**at, "traceback": ["/home/ann/secret"]}, client)
                ending = "error"
                break
            if node["class_type"] == "SaveImage":
                outputs[name] = {"images": [self.saved(node)]}
                await self.said("executed", {**where, "output": outputs[name]}, client)
        if ending == "success":
            await self.said("execution_success", {"prompt_id": job}, client)
            await self.tell("executing", {"node": None, "prompt_id": job}, client)
        status = {"status_str": ending, "completed": ending == "success", "messages": self._messages}
        self.history[job] = {"prompt": item, "outputs": outputs, "status": status, "meta": {}}

    async def sample(self, name: str, job: str, steps: int, client: str) -> None:
        for step in range(1, steps + 1):
            await asyncio.sleep(self.step_seconds)
            if self._interrupted:
                return
            at = {"value": step, "max": steps, "prompt_id": job}
            await self.tell("progress", {**at, "node": name}, client)
            state = {**at, "state": "running", "node_id": name, "display_node_id": name, "real_node_id": name}
            await self.tell("progress_state", {"prompt_id": job, "nodes": {name: state}})
            await self.preview(client)

    def saved(self, node: dict[str, Any]) -> dict[str, str]:
        content = BytesIO()
        Image.new("RGB", (64, 64), "teal").save(content, "PNG")
        name = f"{node['inputs']['filename_prefix']}_{len(self.files) + 1:05}_.png"
        self.files[name] = content.getvalue()
        return {"filename": name, "subfolder": "", "type": "output"}

    async def get_queue(self, _: Request) -> Response:
        return JSONResponse({"queue_running": self.running, "queue_pending": self.pending})

    async def post_queue(self, request: Request) -> Response:
        body = await request.json()
        gone = body.get("delete", [])
        self.pending[:] = [item for item in self.pending if item[1] not in gone and not body.get("clear")]
        return Response()

    async def interrupt(self, request: Request) -> Response:
        job = (await request.json()).get("prompt_id")
        if job is None or any(item[1] == job for item in self.running):
            self._interrupted = True
        return Response()

    async def history_of(self, request: Request) -> Response:
        job = request.path_params["job"]
        return JSONResponse({job: self.history[job]} if job in self.history else {})

    async def object_info(self, request: Request) -> Response:
        wanted = request.path_params.get("node")
        there = NODES if wanted is None else {name: NODES[name] for name in (wanted,) if name in NODES}
        return JSONResponse({name: {"input": {"required": inputs}, "name": name} for name, inputs in there.items()})

    async def view(self, request: Request) -> Response:
        content = self.files.get(request.query_params["filename"])
        return Response(status_code=404) if content is None else Response(content, media_type="image/png")

    async def upload(self, request: Request) -> Response:
        async with request.form() as form:
            file: Any = form["image"]
            self.uploads[file.filename] = await file.read()
            return JSONResponse({"name": file.filename, "subfolder": "", "type": form["type"]})


def problem(kind: str, message: str, details: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": extra or {}}
