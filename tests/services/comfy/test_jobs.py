"""Pictures and jobs over real HTTP and a real WebSocket."""

import asyncio
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from app.services.comfy import jobs as jobs_module
from tests.peers.comfy import CHECKPOINTS, LORAS
from tests.services.comfy.conftest import Studio
from tests.services.ollama.test_chat import until

pytestmark = pytest.mark.anyio

OWN: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 255}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "mine"}},
}


async def test_an_anonymous_caller_is_asked_to_log_in(studio: Studio) -> None:
    client, job = studio.house.client, uuid4()
    for path in (f"jobs/{job}", f"jobs/{job}/events", "history", "queue", "models", "object-info", "images/a.png"):
        assert (await client.get(f"/api/comfy/{path}")).status_code == 401, path
    assert (await client.post("/api/comfy/generate", json={"prompt": "x"})).status_code == 401
    assert (await client.get("/api/comfy/status")).json()["version"] == "0.4.0"


async def test_a_picture_from_words_is_made_followed_and_fetched(studio: Studio) -> None:
    sent = {"prompt": "a red fox", "steps": 4, "seed": 7, "loras": [{"name": LORAS[0], "strength": 0.5}]}
    answer = await studio.post("generate", **sent)
    assert (answer.status_code, answer.json()["seed"]) == (202, 7)
    job = answer.json()["prompt_id"]
    events = await studio.events(job)
    kinds = [event["type"] for event in events]
    assert kinds[:3] == ["queued", "started", "cached"]
    assert kinds[-2:] == ["executed", "done"]
    assert [event["value"] for event in events if event["type"] == "progress"] == [1, 2, 3, 4]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    (image,) = events[-1]["images"]
    shown = (await studio.get(f"jobs/{job}")).json()
    assert (shown["state"], shown["images"]) == ("done", [image])
    picture = await studio.get(f"images/{image['filename']}")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert Image.open(BytesIO(picture.content)).size == (64, 64)
    graph = studio.comfy.prompts[0]["prompt"]
    assert graph["checkpoint"]["inputs"]["ckpt_name"] == CHECKPOINTS[0]
    assert graph["sampler"]["inputs"]["model"] == ["lora_1", 0]
    assert graph["positive"]["inputs"] == {"text": "a red fox", "clip": ["lora_1", 1]}


async def test_a_stream_goes_on_behind_the_last_event(studio: Studio) -> None:
    job = await studio.queued()
    events = await studio.events(job)
    assert await studio.events(job, last=events[2]["id"]) == events[3:]
    assert await studio.events(job, last=99_999) == events, "what this process never told is told from the beginning"


async def test_names_are_looked_at_and_close_ones_suggested(studio: Studio) -> None:
    answer = await studio.post(
        "generate",
        prompt="x",
        sampler="eulr",
        scheduler="karas",
        checkpoint="sdxl base",
        loras=[{"name": "pixelart.safetensors"}],
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "workflow_refused")
    errors = {error["field"]: error["message"] for error in answer.json()["errors"]}
    assert set(errors) == {"sampler", "scheduler", "checkpoint", "loras.0.name"}
    assert "euler" in errors["sampler"]
    assert "karras" in errors["scheduler"]
    assert "sd_xl_base_1.0.safetensors" in errors["checkpoint"]
    assert LORAS[0] in errors["loras.0.name"]
    assert studio.comfy.prompts == []


async def test_what_a_node_refuses_is_told_by_its_input(studio: Studio) -> None:
    broken = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 99_999, "color": "red"}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["9", 0], "filename_prefix": "x"}},
        "3": {"class_type": "LoadImage", "inputs": {"image": "/etc/passwd"}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5"}},
    }
    answer = await studio.post("generate", workflow=broken)
    assert answer.status_code == 422
    errors = {error["field"].removeprefix("workflow."): error["message"] for error in answer.json()["errors"]}
    assert errors["1.inputs.width"] == "is smaller than 16"
    assert errors["1.inputs.height"] == "is larger than 16384"
    assert errors["1.inputs.batch_size"] == "is missing"
    assert errors["1.inputs.color"] == "is no value of its kind"
    assert "output" in errors["2.inputs.images"]
    assert "does the file exist" in errors["3.inputs.image"]
    assert "v1-5-pruned-emaonly" in errors["4.inputs.ckpt_name"]
    for workflow, words in (
        ({"1": OWN["1"]}, "SaveImage"),
        ({"1": {"class_type": "NoSuchNode", "inputs": {}}}, "custom node"),
    ):
        refused = await studio.post("generate", workflow=workflow)
        assert refused.status_code == 422
        assert words in refused.json()["detail"]


async def test_a_workflow_of_ones_own_is_run(studio: Studio) -> None:
    events = await studio.events(await studio.queued(workflow=OWN))
    assert events[-1]["images"][0]["filename"].startswith("mine_")
    assert studio.comfy.prompts[0]["prompt"] == OWN


async def test_a_node_that_fails_is_named_without_the_words_of_comfyui(studio: Studio) -> None:
    studio.comfy.fails = "VAEDecode"
    job = await studio.queued()
    last = (await studio.events(job))[-1]
    assert (last["type"], last["state"]) == ("error", "failed")
    assert "decode (VAEDecode) failed with OutOfMemoryError" in last["detail"]
    shown = (await studio.get(f"jobs/{job}")).json()
    assert (shown["state"], shown["reason"]) == ("failed", last["detail"])
    assert "secret" not in str(shown)


async def test_a_job_is_interrupted_while_it_runs_or_waits(studio: Studio) -> None:
    studio.comfy.step_seconds = 0.05
    running = await studio.queued(prompt="x", steps=400)
    waiting = await studio.queued(prompt="y", steps=400)
    await until(lambda: len(studio.comfy.running) == 1)
    queue = (await studio.get("queue")).json()
    assert queue == {"running": 1, "pending": 1, "mine": [running, waiting]}
    taken = (await studio.post("interrupt", prompt_id=waiting)).json()
    assert taken["state"] == "interrupted"
    await studio.post("interrupt", prompt_id=running)
    assert (await studio.events(running))[-1]["state"] == "interrupted"
    assert (await studio.get(f"jobs/{running}")).json()["state"] == "interrupted"


async def test_a_job_of_somebody_else_is_not_there(studio: Studio) -> None:
    job = await studio.queued()
    image = (await studio.events(job))[-1]["images"][0]["filename"]
    client, bob = studio.house.client, studio.bob
    for path in (f"jobs/{job}", f"jobs/{job}/events", f"history/{job}", f"images/{image}"):
        assert (await client.get(f"/api/comfy/{path}", headers=bob)).status_code == 404, path
    stopped = await client.post("/api/comfy/interrupt", json={"prompt_id": job}, headers=bob)
    assert stopped.status_code == 404
    assert (await client.get("/api/comfy/history", headers=bob)).json() == []
    mine = await studio.get("history")
    assert ([item["id"] for item in mine.json()], mine.headers["x-total-count"]) == ([job], "1")


async def test_only_so_many_jobs_at_once(studio: Studio) -> None:
    studio.comfy.holds.clear()
    for _ in range(3):
        await studio.queued()
    refused = await studio.post("generate", prompt="x")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
    studio.comfy.holds.set()
    await until(lambda: len(studio.comfy.history) == 3)
    assert (await studio.post("generate", prompt="x")).status_code == 202


async def test_a_job_is_known_by_its_history_after_a_restart_of_ours(studio: Studio) -> None:
    job = await studio.queued()
    await until(lambda: job in studio.comfy.history)
    board = studio.house.service("comfy").board
    board._jobs.clear()  # what a new process knows
    assert (await studio.get(f"jobs/{job}")).json()["state"] == "done"
    board._jobs.clear()
    queued, last = await studio.events(job, last=7)
    assert (queued["type"], last["type"], len(last["images"])) == ("queued", "done", 1)


async def test_a_job_that_comfyui_forgot_is_lost(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "LOOK_SECONDS", 0.05)
    studio.comfy.holds.clear()
    job = await studio.queued()
    following = asyncio.ensure_future(studio.events(job))
    await asyncio.sleep(0.2)
    studio.comfy.forget()
    last = (await following)[-1]
    assert (last["type"], last["state"]) == ("error", "lost")
    assert "restarted" in last["detail"]


async def test_another_process_follows_by_looking(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "LOOK_SECONDS", 0.05)
    studio.comfy.step_seconds = 0.02
    monkeypatch.setattr(studio.house.service("comfy"), "client_id", "of another process")
    job = await studio.queued(prompt="x", steps=10)
    events = await studio.events(job)
    assert (events[0]["type"], events[-1]["type"]) == ("queued", "done")
    assert any(event["type"] == "progress" for event in events), "progress_state is told to every socket"


async def test_one_socket_however_many_follow_and_it_comes_back(studio: Studio) -> None:
    studio.comfy.step_seconds = 0.05
    await until(lambda: len(studio.comfy.sockets) == 1)
    job = await studio.queued(prompt="x", steps=40)
    following = [asyncio.ensure_future(studio.events(job)) for _ in range(5)]
    await until(lambda: len(studio.comfy.running) == 1)
    assert len(studio.comfy.sockets) == 1
    for socket in list(studio.comfy.sockets.values()):
        await socket.close()
    for events in await asyncio.gather(*following):
        assert events[-1]["type"] == "done"
        assert len(events[-1]["images"]) == 1
    await until(lambda: len(studio.comfy.sockets) == 1)


async def test_what_cannot_be_asked(studio: Studio) -> None:
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"prompt": "x", "workflow": OWN},
        {"prompt": "x", "width": 7},
        {"prompt": "x", "width": 100_000},
        {"prompt": "x", "steps": 0},
        {"prompt": "x", "extra": 1},
        {"workflow": {}},
        {"workflow": {"nodes": [], "links": []}},
        {"workflow": {"1": {"inputs": {}}}},
        {"workflow_name": "../x"},
    )
    for body in bodies:
        assert (await studio.post("generate", **body)).status_code == 422, body
    assert (await studio.get("jobs/7")).status_code == 422
    assert (await studio.get(f"jobs/{uuid4()}")).status_code == 404
    assert studio.comfy.prompts == []
