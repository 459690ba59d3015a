"""Files and workflows over real HTTP."""

from io import BytesIO

import pytest
from PIL import Image

from app.services.comfy.files import headers_of
from tests.peers.comfy import LORAS, SAMPLERS
from tests.services.comfy.conftest import Studio
from tests.services.comfy.test_jobs import OWN

pytestmark = pytest.mark.anyio


def png() -> bytes:
    content = BytesIO()
    Image.new("RGB", (16, 16), "red").save(content, "PNG")
    return content.getvalue()


async def test_names_and_nodes_are_told(studio: Studio) -> None:
    told = (await studio.get("models")).json()
    assert (told["samplers"], told["loras"]) == (SAMPLERS, LORAS)
    assert set((await studio.get("object-info", node="SaveImage")).json()) == {"SaveImage"}
    assert "KSampler" in (await studio.get("object-info")).json()
    assert (await studio.get("object-info", node="NoSuchNode")).json() == {}


async def test_an_upload_gets_a_name_of_its_own_and_is_loaded(studio: Studio) -> None:
    files = {"file": ("../../etc/passwd", png(), "text/html")}
    answer = await studio.house.client.post("/api/comfy/upload", files=files, headers=studio.ann)
    name = answer.json()["name"]
    assert name.startswith("reynard-")
    assert studio.comfy.uploads == {name: png()}
    workflow = {
        "1": {"class_type": "LoadImage", "inputs": {"image": name}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }
    assert (await studio.events(await studio.queued(workflow=workflow)))[-1]["type"] == "done"
    others = await studio.house.client.post("/api/comfy/upload", files=files, headers=studio.bob)
    assert others.json()["name"] != name


@pytest.mark.parametrize("content", [b"", b"<svg onload='x'/>", png()[:40]])
async def test_what_is_no_picture_is_not_passed_on(studio: Studio, content: bytes) -> None:
    files = {"file": ("a.png", content, "image/png")}
    answer = await studio.house.client.post("/api/comfy/upload", files=files, headers=studio.ann)
    assert (answer.status_code, answer.json()["code"]) == (422, "picture_unusable")
    assert studio.comfy.uploads == {}


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "con", "a%00b", "other_00001_.png"])
async def test_no_name_leads_to_a_file_that_no_job_made(studio: Studio, name: str) -> None:
    studio.comfy.files["other_00001_.png"] = png()
    assert (await studio.get(f"images/{name}")).status_code == 404


async def test_a_file_that_comfyui_lost_is_told(studio: Studio) -> None:
    image = (await studio.events(await studio.queued()))[-1]["images"][0]["filename"]
    studio.comfy.files.clear()
    answer = await studio.get(f"images/{image}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_comfy_image")


def test_what_a_browser_could_run_is_saved() -> None:
    assert headers_of("a.PNG")["Content-Type"] == "image/png"
    for name in ("a.svg", "a.html", "a", 'a".png\r\nX: y'):
        headers = headers_of(name)
        assert "\r" not in str(headers)
        if not name.startswith('a"'):
            assert headers["Content-Disposition"].startswith("attachment")
            assert headers["Content-Type"] == "application/octet-stream"


async def test_workflows_are_kept_by_name_and_run(studio: Studio) -> None:
    client = studio.house.client
    kept = await client.post("/api/comfy/workflows", json={"name": "blue box", "workflow": OWN}, headers=studio.ann)
    assert kept.json()["workflow"] == OWN
    changed = {**OWN, "1": {**OWN["1"], "inputs": {**OWN["1"]["inputs"], "width": 128}}}
    again = await client.post(
        "/api/comfy/workflows", json={"name": "blue box", "workflow": changed}, headers=studio.ann
    )
    assert again.json()["created_at"] == kept.json()["created_at"]
    assert (await studio.get("workflows/blue box")).json()["workflow"] == changed
    assert (await studio.events(await studio.queued(workflow_name="blue box")))[-1]["type"] == "done"
    assert studio.comfy.prompts[-1]["prompt"] == changed
    listed = await studio.get("workflows")
    assert ([item["name"] for item in listed.json()], listed.headers["x-total-count"]) == (["blue box"], "1")


async def test_workflows_are_their_owners_and_so_many(studio: Studio) -> None:
    client = studio.house.client
    for name in ("a", "b"):
        await client.post("/api/comfy/workflows", json={"name": name, "workflow": OWN}, headers=studio.ann)
    full = await client.post("/api/comfy/workflows", json={"name": "c", "workflow": OWN}, headers=studio.ann)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_workflows")
    assert (await client.get("/api/comfy/workflows/a", headers=studio.bob)).status_code == 404
    assert (await client.delete("/api/comfy/workflows/a", headers=studio.bob)).status_code == 404
    stolen = await client.post("/api/comfy/generate", json={"workflow_name": "a"}, headers=studio.bob)
    assert (stolen.status_code, stolen.json()["code"]) == (404, "unknown_workflow")
    gone = await client.delete("/api/comfy/workflows/a", headers=studio.ann)
    assert gone.json()["name"] == "a"
    assert (await studio.get("workflows/a")).status_code == 404
